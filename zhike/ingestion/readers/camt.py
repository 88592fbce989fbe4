"""ISO 20022 account reports: camt.052 (interim), camt.053 (statement), camt.054 (notification), every version.

Elements are found by their names without the namespace, because versions differ in little else. XML is read by defusedxml:
entities and outside references are refused.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.readers.messages import ENTRIES, STATEMENTS, Broken, Messages, Reader, Row

REPORTS = {"Rpt": "camt.052", "Stmt": "camt.053", "Ntfctn": "camt.054"}
ENTRY = re.compile(rb"<(?:\w+:)?Ntry[\s>]")
REPORT = re.compile(rb"<(?:\w+:)?(?:Rpt|Stmt|Ntfctn)[\s>]")


def read(data: bytes, form: FileFormat) -> Messages:
    """Read one message."""
    found = Messages({"statements": [], "entries": []})
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        found.broken.append(Broken(error.position[0] if isinstance(error, ParseError) else 1, f"is no readable XML: {error}", data))
        return found
    reports = [one for one in root.iter() if _name(one) in REPORTS]
    if not reports:
        found.broken.append(Broken(1, "is not a camt.052, camt.053 or camt.054 message", data))
    lines, entry_lines = (iter(_lines(data, pattern)) for pattern in (REPORT, ENTRY))
    for report in reports:
        _read_report(report, next(lines, 1), [next(entry_lines, 1) for _ in _children(report, "Ntry")], data, found)
    return found


def _read_report(report: Element, line: int, lines: list[int], data: bytes, found: Messages) -> None:
    account = (
        _text(report, "Acct/Id/IBAN")
        or _text(report, "Acct/Id/Othr/Id")
        or _text(report, "Acct/Id/PrtryAcct/Id")
        or _text(report, "Acct/Id/BBAN")
    )
    if not account:
        found.broken.append(Broken(line, "names no account", data))
        return
    balances = {_balance_type(one): one for one in reversed(_children(report, "Bal"))}
    opening = next((balances[one] for one in ("OPBD", "PRCD", "OPAV") if one in balances), None)
    closing, available = balances.get("CLBD"), balances.get("CLAV")
    key = _text(report, "Id") or ""
    entries = _children(report, "Ntry")
    currency = _text(report, "Acct/Ccy") or next((_currency(one) for one in (closing, opening, *entries) if one is not None), None)
    found.rows["statements"].append(Row(line, {
        "statement": key, "number": _text(report, "ElctrncSeqNb") or _text(report, "LglSeqNb"), "account": account, "account_name": _text(report, "Acct/Ownr/Nm") or _text(report, "Acct/Nm"),
        "currency": currency, "kind": REPORTS[_name(report)], "opening_date": _day(opening, "Dt"), "opening_balance": _signed(opening),
        "closing_date": _day(closing, "Dt"), "closing_balance": _signed(closing), "available_balance": _signed(available),
    }))  # fmt: skip
    for number, (entry, entry_line) in enumerate(zip(entries, lines, strict=True), 1):
        found.rows["entries"].append(Row(entry_line, _entry(entry, number, key, account)))
    if opening is not None and closing is not None:
        booked = [one for one in entries if _status(one) in (None, "BOOK")]
        total = sum((_amount(one) for one in (opening, *booked)), Decimal(0))
        found.figures.append((f"closing_balance:…{account[-4:]}:{key}", str(_amount(closing)), str(total)))


def _entry(entry: Element, number: int, key: str, account: str) -> dict[str, str | None]:
    details = [one for group in _children(entry, "NtryDtls") for one in _children(group, "TxDtls")] or _children(entry, "TxDtls")
    first = details[0] if len(details) == 1 else None  # a batch of many has no single counterparty
    credit = _text(entry, "CdtDbtInd") != "DBIT"
    side = "Dbtr" if credit else "Cdtr"
    texts = [
        text
        for one in details
        for text in (_text(one, "RmtInf/Ustrd"), _text(one, "RmtInf/Strd/CdtrRefInf/Ref"), _text(one, "AddtlTxInf"))
        if text
    ]
    code = [_text(entry, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return {
        "statement": key, "account": account, "entry": str(number), "booking_date": _day(entry, "BookgDt"), "value_date": _day(entry, "ValDt"),
        "booked_at": _text(entry, "BookgDt/DtTm"), "amount": _text(entry, "Amt"), "currency": _currency(entry), "direction": "credit" if credit else "debit",
        "reversal": "1" if _text(entry, "RvslInd") in ("true", "1") else "0", "status": _status(entry), "type": "-".join(filter(None, code)) or _text(entry, "BkTxCd/Prtry/Cd"),
        "reference": _text(entry, "NtryRef") or _text(first, "Refs/EndToEndId"), "bank_reference": _text(entry, "AcctSvcrRef") or _text(first, "Refs/AcctSvcrRef"),
        "counterparty_name": _text(first, f"RltdPties/{side}/Nm") or _text(first, f"RltdPties/{side}/Pty/Nm"),
        "counterparty_account": _text(first, f"RltdPties/{side}Acct/Id/IBAN") or _text(first, f"RltdPties/{side}Acct/Id/Othr/Id"),
        "counterparty_bank": _text(first, f"RltdAgts/{side}Agt/FinInstnId/BIC") or _text(first, f"RltdAgts/{side}Agt/FinInstnId/BICFI"),
        "text": " ".join(" ".join(texts).split()) or _text(entry, "AddtlNtryInf"),
    }  # fmt: skip


def _name(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _children(element: Element, name: str) -> list[Element]:
    return [one for one in element if _name(one) == name]


def _find(element: Element | None, path: str) -> Element | None:
    for name in path.split("/"):
        element = next(iter(_children(element, name)), None) if element is not None else None
    return element


def _text(element: Element | None, path: str) -> str | None:
    found = _find(element, path)
    return found.text.strip() or None if found is not None and found.text else None


def _day(element: Element | None, path: str) -> str | None:
    """A date, or the day of an instant as the bank wrote it."""
    day = _text(element, f"{path}/Dt") or _text(element, f"{path}/DtTm")
    return day[:10] if day else None


def _status(entry: Element) -> str | None:
    return _text(entry, "Sts") or _text(entry, "Sts/Cd")


def _balance_type(balance: Element) -> str | None:
    return _text(balance, "Tp/CdOrPrtry/Cd") or _text(balance, "Tp/Cd")


def _currency(element: Element) -> str | None:
    amount = _find(element, "Amt")
    return amount.get("Ccy") if amount is not None else None


def _amount(element: Element) -> Decimal:
    """The signed amount; zero where it cannot be read (the entry itself is then rejected by name)."""
    try:
        amount = Decimal(_text(element, "Amt") or "0")
    except InvalidOperation:
        return Decimal(0)
    return -amount if _text(element, "CdtDbtInd") == "DBIT" else amount


def _signed(balance: Element | None) -> str | None:
    return None if balance is None else str(_amount(balance))


def _lines(data: bytes, pattern: re.Pattern[bytes]) -> list[int]:
    return [data.count(b"\n", 0, one.start()) + 1 for one in pattern.finditer(data)]


READER = Reader({"statements": STATEMENTS, "entries": ENTRIES}, read)
