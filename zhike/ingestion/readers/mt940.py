"""SWIFT MT940 customer statements and MT942 interim reports.

A file may hold many messages; each begins with its :20: field and is read by itself, so that a broken one takes no other with it.
A message must name one account (:25:) and have something in it: entries or a closing balance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import mt940

from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.readers.messages import ENTRIES, STATEMENTS, Broken, Messages, Reader, Row

BEGIN = re.compile(r"(?m)^(?=:20:)")
ACCOUNT = re.compile(r"(?m)^:25:")
ENTRY = re.compile(r"(?m)^:61:")


def read(data: bytes, form: FileFormat) -> Messages:
    """Read a file of messages."""
    found = Messages({"statements": [], "entries": []})
    try:
        text = data.decode(form.encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        found.broken.append(Broken(1, f"not valid {form.encoding}: {error.reason}", data))
        return found
    for line, message in _messages(text):
        _read_message(line, message, found)
    return found


def _messages(text: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of each message; what stands before the first :20: is one too when it holds a field."""
    starts = [0, *(one.start() for one in BEGIN.finditer(text) if one.start())]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        message = text[start:end]
        if re.search(r"(?m)^:\d\d[A-Z]?:", message):
            blank = len(message) - len(message.lstrip("\x01\n \r"))
            yield text.count("\n", 0, start + blank) + 1, message


def _read_message(line: int, message: str, found: Messages) -> None:
    raw = message.strip().encode()
    why = _refused(message)
    if why:
        found.broken.append(Broken(line, why, raw))
        return
    try:
        statement = mt940.parse(message)
    except Exception as error:  # the library raises whatever it stumbles over
        found.broken.append(Broken(line, str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__, raw))
        return
    data: dict[str, Any] = statement.data
    opening, closing = (data.get(f"final_{one}_balance") or data.get(f"intermediate_{one}_balance") for one in ("opening", "closing"))
    account, account_currency = _account(str(data["account_identification"]))
    currency = next((one.amount.currency for one in (opening, closing) if one), None) or account_currency or _floor_currency(message)
    key = f"{data.get('transaction_reference') or ''}/{data.get('statement_number') or ''}/{data.get('sequence_number') or ''}"
    found.rows["statements"].append(Row(line, {
        "statement": key, "number": data.get("statement_number"), "account": account, "currency": currency, "kind": "MT940" if opening else "MT942",
        "opening_date": _text(opening and opening.date), "opening_balance": _text(opening and opening.amount.amount),
        "closing_date": _text(closing and closing.date), "closing_balance": _text(closing and closing.amount.amount),
        "available_balance": _text(data.get("available_balance") and data["available_balance"].amount.amount),
    }))  # fmt: skip
    places = [line + message.lstrip("\x01\n \r").count("\n", 0, one.start() - _blank(message)) for one in ENTRY.finditer(message)]
    total = Decimal(0)
    for number, entry in enumerate(statement.transactions, 1):
        total += _signed(entry.data)
        found.rows["entries"].append(
            Row(places[number - 1] if number <= len(places) else line, _entry(entry.data, number, key, account, currency))
        )
    if opening and closing:
        found.figures.append((f"closing_balance:…{account[-4:]}:{key}", str(closing.amount.amount), str(opening.amount.amount + total)))


def _blank(message: str) -> int:
    return len(message) - len(message.lstrip("\x01\n \r"))


def _refused(message: str) -> str:
    accounts = len(ACCOUNT.findall(message))
    if accounts != 1:
        return "names no account (:25:)" if not accounts else "names more than one account (:25:)"
    if not ENTRY.search(message) and not re.search(r"(?m)^:6[02][FM]:", message):
        return "has neither entries (:61:) nor balances (:60F:, :62F:)"
    return ""


def _account(text: str) -> tuple[str, str | None]:
    """The account and the currency that some banks write behind it."""
    found = re.fullmatch(r"(.*\d)([A-Z]{3})", text.strip())
    return (found.group(1), found.group(2)) if found else (text.strip(), None)


def _floor_currency(message: str) -> str | None:
    """An interim report has no balances; its floor limit (:34F:) says the currency."""
    found = re.search(r"(?m)^:34F:([A-Z]{3})", message)
    return found.group(1) if found else None


def _signed(data: dict[str, Any]) -> Decimal:
    """D and the reversal of a credit (RC) take away, C and the reversal of a debit (RD) add; the library looks at D alone."""
    amount = abs(Decimal(data["amount"].amount))
    return -amount if data.get("status") in ("D", "RC") else amount


def _entry(data: dict[str, Any], number: int, key: str, account: str, currency: str | None) -> dict[str, str | None]:
    amount, status = _signed(data), str(data.get("status") or "")
    details = data.get("transaction_details") or ""
    text = " ".join(filter(None, (data.get("posting_text"), data.get("purpose"), data.get("additional_purpose")))) or details
    return {
        "statement": key, "account": account, "entry": str(number), "booking_date": _text(data.get("entry_date") or data.get("date")), "value_date": _text(data.get("date")),
        "amount": str(abs(amount)), "currency": currency, "direction": "debit" if amount < 0 else "credit", "reversal": "1" if status.startswith("R") else "0",
        "type": data.get("id"), "reference": data.get("customer_reference"), "bank_reference": data.get("bank_reference"), "status": "BOOK",
        "counterparty_name": data.get("applicant_name"), "counterparty_account": data.get("applicant_iban"), "counterparty_bank": data.get("applicant_bin"),
        "text": " ".join(text.split()) or None,
    }  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None or value is False else str(value)


READER = Reader({"statements": STATEMENTS, "entries": ENTRIES}, read)
