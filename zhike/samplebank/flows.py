"""Money movements as columns: what the simulation writes down month by month, before SQL turns it into transactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhike.samplebank.plan import Ints


@dataclass(frozen=True)
class Kind:
    """How one kind of movement looks in the journal. `other` says who stands on the other side; `summary` has one wording per piece."""

    code: str
    source_code: str
    direction: str
    channel: str  # "any": by the customer's habits
    other: str
    summary: tuple[str, ...]
    own: bool = False
    initiated: bool = True


CREDIT, DEBIT = "credit", "debit"
KINDS: dict[str, Kind] = {
    "salary": Kind("salary", "DFGZ", CREDIT, "system", "employer", ("代发工资",), initiated=False),
    "bonus": Kind("salary", "DFJJ", CREDIT, "system", "employer", ("年终奖金",), initiated=False),
    "pension": Kind("pension", "DFYL", CREDIT, "system", "social", ("养老金",), initiated=False),
    "business_in": Kind("merchant", "SDJS", CREDIT, "system", "acquirer", ("收单结算", "扫码收款结算"), initiated=False),
    "own_in": Kind("transfer", "ZZRJ", CREDIT, "mobile_app", "own", ("本人他行转入",), own=True),
    "gift_in": Kind("transfer", "ZZRJ", CREDIT, "mobile_app", "person", ("转账", "红包", "往来款", "生活费")),
    "first_in": Kind("cash", "XJCK", CREDIT, "counter", "none", ("开户存入",)),
    "inheritance": Kind("transfer", "JCKX", CREDIT, "counter", "person", ("继承款",)),
    "house_sale": Kind("transfer", "SFKX", CREDIT, "counter", "person", ("售房款",)),
    "interest": Kind("interest", "JX", CREDIT, "system", "none", ("结息",), initiated=False),
    "loan_in": Kind("loan", "DKFF", CREDIT, "system", "bank", ("贷款发放",), initiated=False),
    "deposit_back": Kind("deposit", "DQZQ", CREDIT, "system", "bank", ("定期到期转入",), initiated=False),
    "wealth_back": Kind("wealth", "LCSH", CREDIT, "system", "bank", ("理财赎回",)),
    "spend": Kind("card", "XF", DEBIT, "pos", "merchant", ("消费", "扫码支付", "网上消费", "快捷支付")),
    "rent": Kind("rent", "FZ", DEBIT, "mobile_app", "person", ("房租",)),
    "utility": Kind("bill", "JF", DEBIT, "system", "utility", ("水电燃气费", "物业费", "通讯费"), initiated=False),
    "cash_out": Kind("cash", "XJQK", DEBIT, "atm", "none", ("ATM取款",)),
    "own_out": Kind("transfer", "ZZCJ", DEBIT, "mobile_app", "own", ("转本人他行账户",), own=True),
    "leave_out": Kind("transfer", "ZZCJ", DEBIT, "mobile_app", "own", ("转本人他行账户", "转出"), own=True),
    "rival_out": Kind("transfer", "ZZCJ", DEBIT, "counter", "own", ("转存他行",), own=True),
    "close_out": Kind("transfer", "XHZC", DEBIT, "counter", "own", ("销户转出",), own=True),
    "gift_out": Kind("transfer", "ZZCJ", DEBIT, "mobile_app", "person", ("转账", "红包", "孝敬父母", "往来款")),
    "house_down": Kind("transfer", "GFSF", DEBIT, "counter", "developer", ("购房首付款",)),
    "wedding": Kind("card", "XF", DEBIT, "pos", "hotel", ("婚宴", "婚庆服务")),
    "instalment": Kind("loan", "DKHK", DEBIT, "system", "bank", ("贷款还款",), initiated=False),
    "card_pay": Kind("card_repayment", "XYKHK", DEBIT, "system", "bank", ("信用卡还款",), initiated=False),
    "deposit_new": Kind("deposit", "DQKL", DEBIT, "any", "bank", ("转存定期",)),
    "wealth_buy": Kind("wealth", "LCGM", DEBIT, "mobile_app", "bank", ("理财申购",)),
    "premium": Kind("insurance", "BFKK", DEBIT, "system", "bank", ("保险扣费",), initiated=False),
    "purchase_out": Kind("transfer", "HKZF", DEBIT, "online_bank", "firm", ("货款", "进货款", "材料款")),
    "fee": Kind("fee", "SXF", DEBIT, "system", "none", ("手续费",), initiated=False),
    "td_in": Kind("deposit", "DQKL", CREDIT, "system", "none", ("定期存入",), initiated=False),
    "td_interest": Kind("interest", "JX", CREDIT, "system", "none", ("定期利息",), initiated=False),
    "td_out": Kind("deposit", "DQXH", DEBIT, "system", "none", ("定期销户",), initiated=False),
    "loan_out": Kind("loan", "DKFF", DEBIT, "system", "none", ("贷款放款",), initiated=False),
    "loan_principal": Kind("loan", "DKHB", CREDIT, "system", "none", ("归还本金",), initiated=False),
    "card_spend": Kind("card", "XYKXF", DEBIT, "pos", "merchant", ("信用卡消费", "网上消费", "分期消费")),
    "card_credit": Kind("card_repayment", "XYKHK", CREDIT, "system", "none", ("信用卡还款入账",), initiated=False),
    "firm_in": Kind("transfer", "HKJS", CREDIT, "online_bank", "firm", ("货款", "工程款", "服务费", "结算款")),
    "supply_in": Kind("transfer", "HKJS", CREDIT, "online_bank", "buyer", ("供货款",)),
    "supply_out": Kind("transfer", "HKZF", DEBIT, "online_bank", "supplier", ("采购款",)),
    "payroll_out": Kind("salary", "DFZC", DEBIT, "online_bank", "none", ("代发工资支出",)),
    "tax": Kind("tax", "SK", DEBIT, "system", "tax", ("税款", "社保费"), initiated=False),
    "firm_out": Kind("transfer", "HKZF", DEBIT, "online_bank", "firm", ("货款", "租金", "服务费", "材料款", "运费")),
}
KIND_NO = {name: number for number, name in enumerate(KINDS)}
_COLUMNS = ("party", "month", "kind", "amount", "day", "slot", "pieces", "other")


@dataclass
class Flows:
    """Movements of one chunk: party, month, kind, amount (fen), day of month, account slot, pieces to split into, other party."""

    _rows: list[dict[str, Ints]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        month: int,
        party: Ints,
        amount: Ints,
        day: Ints | int,
        *,
        slot: Ints | int = 0,
        pieces: Ints | int = 1,
        other: Ints | int = -1,
    ) -> None:
        """Note down the movements whose amount is positive."""
        where = np.flatnonzero(amount > 0)
        if len(where):
            given: dict[str, Any] = {"month": month, "kind": KIND_NO[kind], "day": day, "slot": slot, "pieces": pieces, "other": other}
            columns = {name: np.broadcast_to(np.asarray(v, dtype=np.int64), party.shape)[where] for name, v in given.items()}
            self._rows.append({"party": party[where], "amount": amount[where].astype(np.int64), **columns})

    def table(self) -> pa.Table:
        """All movements as one Arrow table."""
        empty = np.empty(0, dtype=np.int64)
        return pa.table({name: np.concatenate([r[name] for r in self._rows] or [empty]) for name in _COLUMNS})


@dataclass
class Log:
    """Rows of any other kind (deposits, positions, events ...) gathered column-wise."""

    names: tuple[str, ...]
    _rows: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    def add(self, where: NDArray[Any], *values: Any) -> None:
        """Note down the rows at `where` (flags or positions); scalars are repeated."""
        places = np.flatnonzero(where) if where.dtype == bool else where
        if len(places):
            shape = (len(where),)
            self._rows.append(tuple(np.broadcast_to(np.asarray(v), shape)[places] for v in values))

    def table(self) -> pa.Table:
        """All rows as one Arrow table of whole numbers."""
        empty = np.empty(0, dtype=np.int64)
        return pa.table({n: np.concatenate([r[i] for r in self._rows] or [empty]).astype(np.int64) for i, n in enumerate(self.names)})
