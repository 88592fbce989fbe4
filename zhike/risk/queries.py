"""Reads of suitability: what others ask before they suggest anything to anybody. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db import connection

from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.insight.dated import settings_on
from zhike.insight.settings_rules import Suitability
from zhike.risk import gate
from zhike.risk.models import Profile
from zhike.risk.rules import Answer, Code, Investor, Offer, suitable

READ = "customers.read"
ON_SALE = """(p.on_sale_date is null or p.on_sale_date <= %(gate_on)s) and (p.off_sale_date is null or p.off_sale_date > %(gate_on)s)
    and (p.valid_to is null or p.valid_to > %(gate_on)s)"""
SIZE = 50
Ends = Literal["soon", "over"]


@dataclass(frozen=True)
class Product:
    """A product as it is offered on a day."""

    id: int
    name: str
    issuer: str
    offer: Offer


@dataclass(frozen=True)
class Assessed:
    """What is known of a customer on a day: as the rules take it, and how she was assessed."""

    investor: Investor
    place: str
    method: str


@dataclass(frozen=True)
class Ending:
    """A customer whose assessment ends soon or has ended, and when; `manager`: her main relationship manager."""

    party_id: int
    name: str
    level: str
    assessed: date
    until: date
    manager: str


def terms_on(day: date) -> Suitability:
    """The settings of suitability as they hold on a day."""
    return settings_on(day).suitability


def assessed(viewer: Viewer, party_id: int, on: date, *, terms: Suitability | None = None) -> Assessed | None:
    """What is known of a customer on a day; None: the viewer does not see her. Needs customers.read. `terms`: of the day, where they are at hand."""
    require(viewer, READ)
    terms = terms or terms_on(on)
    where = seen_where(viewer) & Where("p.id = %(party)s", {"party": party_id})
    rows = _rows(gate.FEW.format(seen=where.sql), {**where.values, **gate.values(on, terms)})
    return _assessed(rows[0]) if rows else None


def _assessed(row: Mapping[str, Any]) -> Assessed:
    investor = Investor(
        row["is_person"], row["birth_date"], row["level"] or "", row["assessed_date"], row["ends"], bool(row["was_in_person"]), row["experience_years"],
        bool(row["is_professional"]), row["qualified_by"] or "", row["qualified_date"], row["evidence"] or "", bool(row["is_remote_agreed"]),
    )  # fmt: skip
    return Assessed(investor, row["place"] or "", row["method"] or "")


def history(viewer: Viewer, party_id: int, on: date) -> list[Profile]:
    """All assessments of a customer known on a day, the latest first; at most 20. Needs customers.read."""
    require(viewer, READ)
    known = Profile.objects.seen_by(viewer).filter(party=party_id, assessed_date__lte=on, valid_from__lte=on)
    return list(known.exclude(valid_to__lte=on).order_by("-assessed_date", "-pk")[:20])


def products(viewer: Viewer, on: date, *, only: Sequence[int] | None = None, terms: Suitability | None = None) -> list[Product]:
    """Investment products and insurance on sale on a day, or these whatever they are, with their level as of that day; by level and name."""
    if not viewer:
        return []
    which = "p.id = any(%(only)s::bigint[])" if only is not None else f"p.family = any(%(gate_families)s::text[]) and {ON_SALE}"
    values = {**gate.values(on, terms or terms_on(on)), "only": list(only or [])}
    rows = _rows(f"{gate.OFFERS.format(only=which)} order by l.level nulls last, p.name, p.id", values)
    return [
        Product(
            row["product_id"], row["name"], row["issuer"],
            Offer(row["family"], row["level"], row["is_agency"], row["is_private"], row["asset_kind"], row["min_amount"]),
        )
        for row in rows
    ]  # fmt: skip


def answers(viewer: Viewer, party_ids: Sequence[int], product_ids: Sequence[int], on: date) -> dict[tuple[int, int], Answer]:
    """(customer, product) → whether it may be offered, and all reasons; of those of these customers that the viewer sees. One statement."""
    return {
        (party, product): Answer(tuple(codes))
        for party, product, codes in _told(
            viewer, gate.FEW, Where("p.id = any(%(parties)s::bigint[])", {"parties": list(party_ids)}), product_ids, on
        )
    }


def refused(viewer: Viewer, product_id: int, on: date) -> Iterator[tuple[int, tuple[Code, ...]]]:
    """Every customer whom the viewer sees and to whom this product may not be offered, with what refuses it; row after row, however many."""
    for party, _product, codes in _told(viewer, gate.MANY, Where("true", {}), [product_id], on):
        against = Answer(tuple(codes)).refusals
        if against:
            yield party, against


def allowed_where(viewer: Viewer, product_id: int, on: date) -> Where:
    """The customers to whom a product may be offered, as a condition over `parties_party p` for the statements of other areas. Needs customers.read."""
    require(viewer, READ)
    asked = f"""p.id in (select i.party_id from ({gate.MANY.format(seen="true")}) i cross join ({gate.OFFERS.format(only="p.id = %(gate_product)s")}) o
        where {gate.IS_ALLOWED.format(reasons=f"({gate.REASONS})")})"""
    return Where(asked, {**gate.values(on, terms_on(on)), "gate_product": product_id})


def kinds_on_sale(viewer: Viewer, families: Sequence[str], on: date) -> list[Offer]:
    """What is on sale of some families on a day, as far as the rules tell products apart: one for each family, level, seller and circle of buyers."""
    if not viewer:
        return []
    values = {**gate.values(on, terms_on(on)), "families": list(families)}
    rows = _rows(
        f"""select distinct family, level, is_agency, is_private from (
            {gate.OFFERS.format(only=f"p.family = any(%(families)s::text[]) and {ON_SALE}")}) o order by family, level, is_agency, is_private""",
        values,
    )
    return [Offer(row["family"], row["level"], row["is_agency"], row["is_private"]) for row in rows]


def any_allowed_where(viewer: Viewer, families: Sequence[str], on: date) -> Where:
    """The customers to whom something of these families may be offered, as a condition over `parties_party p`, asked row by row: for statements that
    look at few of them. Needs customers.read."""
    require(viewer, READ)
    offers = kinds_on_sale(viewer, families, on)
    held = {
        "gate_of_families": [one.family for one in offers], "gate_of_levels": [one.level for one in offers],
        "gate_of_agency": [one.is_agency for one in offers], "gate_of_private": [one.is_private for one in offers],
    }  # fmt: skip
    return Where(gate.ANY_ALLOWED, {**gate.values(on, terms_on(on)), **held})


def investors(viewer: Viewer, party_ids: Sequence[int], on: date) -> dict[int, Investor]:
    """What is known on a day of those of these customers whom the viewer sees. One statement. Needs customers.read."""
    require(viewer, READ)
    where = seen_where(viewer) & Where("p.id = any(%(parties)s::bigint[])", {"parties": list(party_ids)})
    rows = _rows(gate.FEW.format(seen=where.sql), {**where.values, **gate.values(on, terms_on(on))})
    return {row["party_id"]: _assessed(row).investor for row in rows}


def _told(viewer: Viewer, investors: str, which: Where, product_ids: Sequence[int], on: date) -> Iterator[tuple[int, int, list[Code]]]:
    require(viewer, READ)
    where = seen_where(viewer) & which
    statement = f"""select i.party_id, o.product_id, {gate.REASONS} from ({investors.format(seen=where.sql)}) i
        cross join ({gate.OFFERS.format(only="p.id = any(%(products)s::bigint[])")}) o"""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**where.values, **gate.values(on, terms_on(on)), "products": list(product_ids)})
        while rows := cursor.fetchmany(5_000):
            yield from rows


def ending(viewer: Viewer, on: date, ends: Ends, *, after: tuple[date, int] | None = None) -> list[Ending]:
    """Customers of the viewer whose assessment ends within the days of warning, the first to end first, or has ended, the last to end first; fifty
    after a place. Who is no customer any more is left out. Needs customers.read."""
    require(viewer, READ)
    terms = terms_on(on)
    where = seen_where(viewer) & Where("p.status = 'customer'", {})
    values = {**where.values, **gate.values(on, terms), "last": on + timedelta(days=terms.warn_days), "size": SIZE + 1}
    past, order = (">", "asc") if ends == "soon" else ("<", "desc")
    between = "until > %(gate_on)s and until <= %(last)s" if ends == "soon" else "until <= %(gate_on)s"
    if after:
        between += f" and (until, party_id) {past} (%(after_day)s, %(after_id)s)"
        values |= {"after_day": after[0], "after_id": after[1]}
    statement = f"""
        select e.party_id, p.name, e.level, e.assessed_date, e.until, coalesce(m.name, '') as manager
        from (select i.*, {gate.UNTIL} as until from ({(gate.MANY if viewer.sees_all else gate.FEW).format(seen=where.sql)}) i where i.level is not null) e
        join parties_party p on p.id = e.party_id left join access_employee m on m.id = p.main_rm_id
        where {between} order by e.until {order}, e.party_id {order} limit %(size)s"""
    return [
        Ending(row["party_id"], row["name"], row["level"], row["assessed_date"], row["until"], row["manager"])
        for row in _rows(statement, values)
    ]


@dataclass(frozen=True)
class Level:
    """What a product was said to have, from when to when; `until` None: still."""

    level: str
    issuer: str
    seller: str
    since: date
    until: date | None


def levels(viewer: Viewer, product_ids: Sequence[int]) -> dict[int, list[Level]]:
    """Product → its levels, the latest first (R50). Nobody is told any without having logged in."""
    if not viewer:
        return {}
    found: dict[int, list[Level]] = {}
    statement = """select product_id, level, issuer_level, seller_level, valid_from, valid_to from products_risklevel
        where product_id = any(%(ids)s::bigint[]) order by product_id, valid_from desc"""
    for row in _rows(statement, {"ids": list(product_ids)}):
        line = Level(row["level"], row["issuer_level"], row["seller_level"], row["valid_from"], row["valid_to"])
        found.setdefault(row["product_id"], []).append(line)
    return found


@dataclass(frozen=True)
class Offered:
    """A product held against a customer."""

    product: Product
    answer: Answer


def offered(viewer: Viewer, investor: Investor, on: date, *, terms: Suitability | None = None) -> list[Offered]:
    """Every investment product on sale held against what is known of one customer, by the pure rule."""
    terms = terms or terms_on(on)
    return [Offered(one, suitable(investor, one.offer, on, terms)) for one in products(viewer, on, terms=terms)]


def _rows(statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
