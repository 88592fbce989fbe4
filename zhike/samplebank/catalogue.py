"""What the sample bank sells, at which rates, and how the prices of its investments move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhike.samplebank.plan import Chance, Ints, Plan

BANK = "清川银行"
SCALE = 10_000  # units and net asset values are whole ten-thousandths


@dataclass(frozen=True)
class Product:
    """A row of the products feed; `drift` and `volatility` per month drive the price of an investment."""

    key: str
    name: str
    side: str
    family: str
    rate: float | None = None
    term_days: int | None = None
    minimum: int | None = None
    risk: str = ""
    issuer: str = BANK
    drift: float = 0.0
    volatility: float = 0.0
    price: float = 1.0
    issuer_risk: str = ""
    offering: str = ""
    asset_kind: str = ""


TERMS = (1, 3, 6, 12, 24, 36, 60)
TERM_RATE_PPM = {1: 4_500, 3: 8_500, 6: 10_500, 12: 11_500, 24: 12_500, 36: 15_500, 60: 16_000}
DEPOSIT_FAMILIES = ("time_deposit", "cd", "structured_deposit", "call_deposit")
_EXTRA_PPM = {"time_deposit": 0, "cd": 2_500, "structured_deposit": 5_000, "call_deposit": 0}
_NAMES = {"time_deposit": "整存整取", "cd": "大额存单", "structured_deposit": "清川结构性存款", "call_deposit": "七天通知存款"}
_MINIMUM = {"time_deposit": 50, "cd": 200_000, "structured_deposit": 10_000, "call_deposit": 50_000}


def deposit_rate_ppm(family: int, term: Ints) -> Ints:
    """Yearly rate in millionths of a deposit of this family (number in DEPOSIT_FAMILIES) and these terms in months."""
    table = np.zeros(61, dtype=np.int64)
    for months, rate in TERM_RATE_PPM.items():
        table[months] = rate + _EXTRA_PPM[DEPOSIT_FAMILIES[family]]
    return table[term]


INVESTMENTS: tuple[Product, ...] = (
    Product("LC101", "清川安享日日盈", "intermediary", "wealth_product", risk="R1", minimum=1, drift=0.0016, volatility=0.0002),
    Product(
        "LC102", "清川安享月月增", "intermediary", "wealth_product", risk="R1", term_days=30, minimum=1_000, drift=0.0019, volatility=0.0003
    ),
    Product(
        "LC201",
        "清川稳健季季丰",
        "intermediary",
        "wealth_product",
        risk="R2",
        term_days=90,
        minimum=10_000,
        drift=0.0023,
        volatility=0.0008,
    ),
    Product(
        "LC202",
        "清川稳健半年开",
        "intermediary",
        "wealth_product",
        risk="R2",
        term_days=180,
        minimum=10_000,
        drift=0.0025,
        volatility=0.001,
    ),
    Product(
        "LC203",
        "清川固收增强一年",
        "intermediary",
        "wealth_product",
        risk="R2",
        term_days=365,
        minimum=10_000,
        drift=0.0028,
        volatility=0.0015,
    ),
    Product(
        "LC301", "清川平衡优选", "intermediary", "wealth_product", risk="R3", term_days=365, minimum=10_000, drift=0.0031, volatility=0.009
    ),
    Product(
        "LC302",
        "青岩理财混合一号",
        "intermediary",
        "wealth_product",
        risk="R3",
        term_days=365,
        minimum=10_000,
        issuer="青岩理财",
        drift=0.0032,
        volatility=0.011,
    ),
    Product(
        "LC401", "清川进取成长", "intermediary", "wealth_product", risk="R4", term_days=540, minimum=50_000, drift=0.0038, volatility=0.024
    ),
    Product(
        "LC501",
        "清川专享权益",
        "intermediary",
        "wealth_product",
        risk="R5",
        offering="private",
        asset_kind="equity",
        term_days=720,
        minimum=1_000_000,
        drift=0.0045,
        volatility=0.04,
    ),
    Product("JJ001", "川江货币基金A", "intermediary", "fund", risk="R1", issuer="川江基金", minimum=1, drift=0.0014, volatility=0.0001),
    Product(
        "JJ002",
        "川江纯债债券C",
        "intermediary",
        "fund",
        risk="R2",
        issuer="川江基金",
        minimum=10,
        drift=0.0025,
        volatility=0.004,
        price=1.12,
    ),
    Product(
        "JJ003",
        "白沙沪深指数联接",
        "intermediary",
        "fund",
        risk="R4",
        issuer="白沙基金",
        minimum=10,
        drift=0.005,
        volatility=0.05,
        price=1.35,
    ),
    Product(
        "JJ004",
        "白沙消费精选混合",
        "intermediary",
        "fund",
        risk="R3",
        issuer_risk="R4",
        issuer="白沙基金",
        minimum=10,
        drift=0.004,
        volatility=0.055,
        price=2.08,
    ),
    Product(
        "JJ005",
        "川江养老目标2045",
        "intermediary",
        "fund",
        risk="R3",
        issuer="川江基金",
        minimum=10,
        drift=0.004,
        volatility=0.025,
        price=1.21,
    ),
    Product("GJ001", "清川积存金", "intermediary", "precious_metal", risk="R3", minimum=1, drift=0.012, volatility=0.03, price=480.0),
    Product(
        "BX001", "福满年年年金保险", "intermediary", "insurance", risk="R1", issuer="白沙人寿", minimum=5_000, drift=0.0021, price=0.93
    ),
    Product(
        "BX002", "安康终身重疾保险", "intermediary", "insurance", risk="R1", issuer="白沙人寿", minimum=2_000, drift=0.0012, price=0.70
    ),
    Product(
        "BX003", "鑫享增额终身寿险", "intermediary", "insurance", risk="R2", issuer="青岩人寿", minimum=10_000, drift=0.0023, price=0.95
    ),
)
POSITION_CHOICES: tuple[range, ...] = (range(5), range(4, 9), range(9, 14), range(14, 15), range(15, 18))
"""For each holding slot (steady wealth, bolder wealth, fund, gold, insurance) the investments it may hold."""

PLAIN: tuple[Product, ...] = (
    Product("HQ001", "个人活期存款", "liability", "demand_deposit", rate=0.0005),
    Product("HQ002", "个人外币活期(美元)", "liability", "demand_deposit", rate=0.0005),
    Product("HQ101", "单位活期存款", "liability", "demand_deposit", rate=0.0005),
    Product("DQ101", "单位定期存款", "liability", "time_deposit", rate=0.0125, term_days=1080, minimum=10_000),
    Product("BZ101", "单位保证金", "liability", "margin", rate=0.0005),
    Product("AJ001", "个人住房按揭贷款", "asset", "mortgage", rate=0.0365),
    Product("XF001", "清川快贷(消费)", "asset", "consumer_loan", rate=0.0480),
    Product("JY001", "个体经营贷", "asset", "business_loan", rate=0.0420),
    Product("LD101", "流动资金贷款", "asset", "working_capital", rate=0.0395),
    Product("GD101", "固定资产贷款", "asset", "fixed_asset_loan", rate=0.0410),
    Product("TX101", "银行承兑汇票贴现", "asset", "discount", rate=0.0160),
    Product("XY001", "清川信用卡", "asset", "credit_card", rate=0.1825),
    Product("JK001", "清川借记卡", "intermediary", "debit_card"),
    Product("DZ001", "手机银行", "intermediary", "e_banking"),
    Product("DF101", "代发工资", "intermediary", "payroll"),
    Product("SD101", "收单商户", "intermediary", "merchant"),
    Product("JS101", "单位结算与现金管理", "intermediary", "settlement"),
)


def deposit_key(family: int, term: int) -> str:
    """Product key of a deposit family and term in months."""
    return f"{('DQ', 'CD', 'JG', 'TZ')[family]}{term:03d}"


def deposit_products() -> list[Product]:
    """All deposits with a term, one product per family and term."""
    made = []
    for number, family in enumerate(DEPOSIT_FAMILIES):
        for term in TERMS:
            if (family == "call_deposit") == (term == 1):
                rate = float(deposit_rate_ppm(number, np.array([term]))[0]) / 1e6
                name = _NAMES[family] + ("" if term == 1 else f"{term}个月" if term < 12 else f"{term // 12}年")
                made.append(
                    Product(
                        deposit_key(number, term),
                        name,
                        "liability",
                        family,
                        rate,
                        7 if term == 1 else term * 30,
                        _MINIMUM[family],
                        risk="R1" if family == "structured_deposit" else "",
                    )
                )
    return made


def price_paths(plan: Plan, chance: Chance) -> Ints:
    """Net asset values in ten-thousandths of a yuan, investments × month ends (column 0: the opening)."""
    number = np.arange(len(INVESTMENTS), dtype=np.int64)
    drift = np.array([p.drift for p in INVESTMENTS])
    volatility = np.array([p.volatility for p in INVESTMENTS])
    paths = [np.array([p.price for p in INVESTMENTS])]
    for month in range(plan.months):
        paths.append(paths[-1] * np.exp(drift + volatility * chance.normal("price", number, month)))
    return np.rint(np.stack(paths, axis=1) * SCALE).astype(np.int64)
