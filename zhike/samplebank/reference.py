"""Feeds that belong to the bank itself: units, staff, products, rates, calendar."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np

from zhike.samplebank.calendar_cn import holiday_name, is_working
from zhike.samplebank.catalogue import INVESTMENTS, PLAIN, TERM_RATE_PPM, deposit_products
from zhike.samplebank.files import BatchFiles
from zhike.samplebank.plan import Chance, Plan
from zhike.samplebank.words import BRANCH_PLACES, OUTLET_PLACES

POSTS_OF_OUTLET = ("relationship_manager", "relationship_manager", "wealth_adviser", "branch_manager", "lobby_manager", "teller", "teller")
POSTS_OF_SUB_BRANCH = ("branch_manager", "corporate_rm", "corporate_rm")
POSTS_OF_HEAD_OFFICE = (
    "administrator",
    "analyst",
    "marketer",
    "complaint_officer",
    "compliance",
    "agent",
    "agent",
    "agent",
    "agent",
    "analyst",
)


def write_reference(con: duckdb.DuckDBPyConnection, files: BatchFiles, plan: Plan, chance: Chance) -> None:
    """Write organisation, employees, products, rates and calendar."""
    con.execute(
        "create or replace table scale as select ? as outlets, ? as months, ? as outage_month, ? as sub_branches",
        [plan.outlets, plan.months, plan.outage_month, plan.sub_branches],
    )
    units = _units(plan)
    _load(con, "unit", "i bigint, name varchar, level varchar, parent bigint, region varchar", units)
    files.add(
        "organisation",
        "select unit_key(i) as unit_key, name, level, unit_key(parent) as parent_key, region, (date '2001-03-01' + (u(i, 'unit') * 5000)::integer) as opened_date, "
        f"null::date as closed_date, date '{plan.opening}' as _d from unit",
        key="unit_key",
    )
    _load(con, "staff", "i bigint, unit bigint, post varchar, leaves date", _staff(con, plan, units))
    _employees(files, plan)
    _products(con, files, plan)
    _rates(con, files, plan, chance)
    _calendar(con, files, plan)


def _load(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    con.execute(f"create or replace table {table} ({columns})")
    con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def _place(names: list[str], number: int) -> str:
    again = number // len(names)
    return names[number % len(names)] + ("" if not again else f"{again + 1}")


def _units(plan: Plan) -> list[tuple[Any, ...]]:
    """Head office 1, branches from 2, sub-branches from 40, outlets from 100 (unit numbers)."""
    rows: list[tuple[Any, ...]] = [(1, "清川银行总行", "head_office", None, "清川市")]
    rows += [
        (branch_unit(b), f"清川银行{_place(BRANCH_PLACES, b)}分行", "branch", 1, BRANCH_PLACES[b % 16] + "区") for b in range(plan.branches)
    ]
    return rows + [_sub_branch(plan, s) for s in range(plan.sub_branches)] + [_outlet(plan, o) for o in range(plan.outlets)]


def _sub_branch(plan: Plan, sub: int) -> tuple[Any, ...]:
    branch = sub % plan.branches
    return (
        sub_unit(plan, sub),
        f"清川银行{_place(OUTLET_PLACES, sub)}支行",
        "sub_branch",
        branch_unit(branch),
        BRANCH_PLACES[branch % 16] + "区",
    )


def _outlet(plan: Plan, outlet: int) -> tuple[Any, ...]:
    sub = outlet % plan.sub_branches
    name = f"清川银行{_place(OUTLET_PLACES, outlet + plan.sub_branches)}网点"
    return (100 + outlet, name, "outlet", sub_unit(plan, sub), BRANCH_PLACES[sub % plan.branches % 16] + "区")


def branch_unit(branch: int) -> int:
    """Unit number of a branch."""
    return 2 + branch


def sub_unit(plan: Plan, sub: int) -> int:
    """Unit number of a sub-branch: below 100 while they fit there, else above all outlets."""
    return 40 + sub if plan.sub_branches <= 60 else 500_000 + sub


def _staff(con: duckdb.DuckDBPyConnection, plan: Plan, units: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [(1 + k, 1, post, None) for k, post in enumerate(POSTS_OF_HEAD_OFFICE)]
    rows += [(200 + b * 2, branch_unit(b), "branch_manager", None) for b in range(plan.branches)]
    for s in range(plan.sub_branches):
        rows += [(4_000_000 + s * 10 + k, sub_unit(plan, s), post, None) for k, post in enumerate(POSTS_OF_SUB_BRANCH)]
    leaving = {
        int(k): d
        for k, d in con.execute(
            f"select n, on_day(1 + floor(u(n, 'rm month') * {plan.months - 2})::bigint, 15) from range({plan.outlets * 2}) t(n) "
            f"where n % 2 = 1 and u(n, 'rm leaves') < 0.24 and {plan.months} > 3"
        ).fetchall()
    }
    for o in range(plan.outlets):
        rows += [(10_000 + o * 10 + k, 100 + o, post, leaving.get(o * 2 + k) if k < 2 else None) for k, post in enumerate(POSTS_OF_OUTLET)]
    return rows


def _employees(files: BatchFiles, plan: Plan) -> None:
    files.add(
        "employees",
        "select staff_no(i) as staff_no, pick_surnames(u(i, 'staff name')) || given(i + 77, u(i, 'staff sex') < 0.55) as name, unit_key(unit) as unit_key, post, "
        "case when gone then 'left' else 'active' end as status, case when i >= 10000 then case when i % 10 < 3 then '个金团队' else '运营团队' end end as team, "
        "(date '2012-01-01' + (u(i, 'staff since') * 4000)::integer) as joined_date, case when gone then leaves end as left_date, _d "
        f"from (select *, false as gone, date '{plan.opening}' as _d from staff union all select *, true, leaves from staff where leaves is not null)",
        key="staff_no",
    )


def _products(con: duckdb.DuckDBPyConnection, files: BatchFiles, plan: Plan) -> None:
    rows = [
        (
            p.key,
            p.name,
            p.side,
            p.family,
            p.risk or None,
            p.issuer,
            int(p.issuer != "清川银行"),
            "USD" if p.key == "HQ002" else "CNY",
            p.term_days,
            p.minimum,
            p.rate,
            p.issuer_risk or None,
            p.offering or None,
            p.asset_kind or None,
        )
        for p in (*PLAIN, *deposit_products(), *INVESTMENTS)
    ]
    columns = "product_key varchar, name varchar, side varchar, family varchar, risk_level varchar, issuer varchar, is_agency integer, currency varchar, term_days integer, min_amount decimal(20, 2), rate decimal(9, 6), issuer_risk_level varchar, offering varchar, asset_kind varchar"
    _load(con, "product", columns, rows)
    files.add(
        "products",
        "select * exclude (issuer_risk_level, offering, asset_kind), date '2018-01-01' as on_sale_date, null::date as off_sale_date, issuer_risk_level, offering, asset_kind, "
        f"date '{plan.opening}' as _d from product",
        key="product_key",
    )


def _rates(con: duckdb.DuckDBPyConnection, files: BatchFiles, plan: Plan, chance: Chance) -> None:
    """FX on every working day, the FTP curve and the bank's deposit rates on month ends."""
    rows: list[tuple[Any, ...]] = []
    day, step = plan.opening, 0
    while day <= plan.until:
        if is_working(day) or day == plan.opening:
            for k, (code, middle) in enumerate((("USD/CNY", 7.12), ("EUR/CNY", 7.95), ("HKD/CNY", 0.914), ("JPY/CNY", 0.0476))):
                wave = 0.012 * math.sin(step / 37 + k) + 0.002 * float(chance.normal("fx", np.array([k]), step)[0])
                rows.append(("fx", code, day, round(middle * (1 + wave), 6)))
        if day == plan.opening or (day + timedelta(days=1)).day == 1:
            rows += [
                ("ftp", f"CNY-{term}M", day, round(0.012 + 0.0022 * math.log1p(term) - step * 4e-6, 6))
                for term in (1, 3, 6, 12, 24, 36, 60)
            ]
            rows += [("product", f"DQ{term:03d}", day, TERM_RATE_PPM[term] / 1e6) for term in (3, 6, 12, 24, 36, 60)]
            rows += [("product", "RIVAL-DQ036", day, 0.0185 if _month_of(plan, day) in plan.competitor_months else 0.0155)]
        day, step = day + timedelta(days=1), step + 1
    _load(con, "rate", "kind varchar, rate_key varchar, rate_date date, rate decimal(20, 6)", rows)
    files.add("rates", "select *, rate_date as _d from rate", order="kind, rate_key, rate_date")


def _month_of(plan: Plan, day: date) -> int:
    return (day.year - plan.start.year) * 12 + day.month - plan.start.month


def _calendar(con: duckdb.DuckDBPyConnection, files: BatchFiles, plan: Plan) -> None:
    first, last = date(plan.start.year, 1, 1), date(plan.until.year, 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    _load(
        con,
        "calendar",
        "calendar_key varchar, day date, is_working integer, name varchar",
        [("CN", d, int(is_working(d)), holiday_name(d) or None) for d in days],
    )
    files.add("calendar", f"select *, date '{plan.opening}' as _d from calendar", order="day")
