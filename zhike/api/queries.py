"""What the API and the assistants' tools read, in the API's shapes: the same queries, scope and masks as the pages. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from zhike.access.scope import Viewer, require
from zhike.api import bank_queries, schemas
from zhike.api.bank_queries import OWN
from zhike.api.models import Token
from zhike.core.deadlines import within
from zhike.holdings import queries as holdings
from zhike.parties import consents as ledger
from zhike.parties import queries as parties
from zhike.parties import restrictions, searching, tags
from zhike.parties.queries import Which
from zhike.risk import queries as offers
from zhike.risk.rules import valid_until
from zhike.workspace import conditions

CUSTOMER_FIELDS: tuple[str, ...] = tuple(schemas.Customer.model_fields)
WHOLE_FIELDS: tuple[str, ...] = tuple(schemas.CustomerWhole.model_fields)
_NEEDS = {"phone": "contacts.read", "document": "contacts.read", "held": "accounts.read"}  # fields that a further right opens


@dataclass(frozen=True)
class CustomersAsked:
    """What a list of customers is asked for: `after` the key of the last one seen, `most` of them, `fields` of each (none: all).

    `where`: a condition's stored form, as text."""

    which: Which
    words: str = ""
    fields: frozenset[str] = frozenset()
    after: int = 0
    most: int = 50
    where: str = ""


@dataclass(frozen=True)
class CustomersFound:
    """Customers as they are answered; `last`: the key to go on after, None where nothing follows."""

    rows: Sequence[dict[str, Any]]
    last: int | None
    is_cut: bool = False


def customers(viewer: Viewer, asked: CustomersAsked) -> CustomersFound:
    """Customers within the viewer's scope by their key; with words what they find, best first, at most fifty.

    Raises conditions.Refused for a condition that she may not or cannot ask, TookTooLong for one that finds too few among too many.
    """
    require(viewer, "customers.read")
    if not asked.where:
        return _found(viewer, asked)
    which = replace(asked.which, also=conditions.where_of(viewer, asked.where))
    with within(conditions.SECONDS):
        return _found(viewer, replace(asked, which=which))


def _found(viewer: Viewer, asked: CustomersAsked) -> CustomersFound:
    if asked.words:
        keys = _searched(viewer, asked)
        return CustomersFound(_rows(viewer, keys, asked.fields), None, len(keys) >= min(asked.most, searching.MOST_FOUND))
    keys = customer_keys(viewer, asked.which, asked.after, asked.most + 1)
    more, keys = len(keys) > asked.most, keys[: asked.most]
    return CustomersFound(_rows(viewer, keys, asked.fields), keys[-1] if more else None)


def _searched(viewer: Viewer, asked: CustomersAsked) -> list[int]:
    most = min(asked.most, searching.MOST_FOUND)
    keys = searching.search(viewer, asked.words, most=searching.MOST_FOUND)
    keys += [key for key in holdings.parties_by_number(viewer, asked.words, most=most) if key not in keys]
    if not asked.which.is_everything:
        fitting = parties.fitting(viewer, asked.which, keys)
        keys = [key for key in keys if key in fitting]
    return keys[:most]


def customer_keys(viewer: Viewer, which: Which, after: int, most: int) -> list[int]:
    """The next keys of parties in the viewer's scope. Who sees units walks along each unit's own index, and the walks are merged."""
    where = parties.listed(viewer, which)
    values = {**where.values, "after": after, "most": most, "units": list(viewer.unit_ids)}
    window = f"select p.id from parties_party p where {where.sql} and p.id > %(after)s"  # noqa: S608 - conditions are written in queries
    if viewer.unit_ids and not viewer.employee_ids and not viewer.opened and not viewer.sees_all:
        each = f"{window} and p.unit_id = one.id order by p.id limit %(most)s"
        statement = f"select walk.id from unnest(%(units)s::bigint[]) one(id) cross join lateral ({each}) walk order by 1 limit %(most)s"  # noqa: S608 - the same
    else:
        statement = f"{window} order by p.id limit %(most)s"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


def _rows(viewer: Viewer, keys: Sequence[int], fields: frozenset[str]) -> list[dict[str, Any]]:
    wanted = _wanted(viewer, CUSTOMER_FIELDS, fields)
    if not keys:
        return []
    held = holdings.summaries(viewer, keys) if "held" in wanted else {}
    known = _known(viewer, keys, wanted, fields)
    return [_only(wanted, _row(line, held.get(line.id)) | known[line.id]) for line in parties.lines(viewer, keys)]


def _known(viewer: Viewer, keys: Sequence[int], wanted: frozenset[str], fields: frozenset[str]) -> dict[int, dict[str, Any]]:
    """Party → what Zhike itself keeps of it: tags, and the declared fields asked for; read only where wanted."""
    named = tags.tags_of(viewer, keys) if "tags" in wanted else {}
    names = frozenset() if "declared" in fields else frozenset(name.removeprefix(OWN) for name in fields if name.startswith(OWN))
    declared = bank_queries.declared_values(viewer, keys, names) if "declared" in wanted else {}
    return {key: {"tags": [tag.name for tag in named.get(key, [])], "declared": declared.get(key, {})} for key in keys}


def _wanted(viewer: Viewer, all_fields: Sequence[str], fields: frozenset[str]) -> frozenset[str]:
    """The fields to answer with: those asked for (none: all) that the viewer's rights open, and always the key."""
    allowed = {name for name in all_fields if name not in _NEEDS or viewer.may(_NEEDS[name])}
    asked = {"declared" if name.startswith(OWN) else name for name in fields}
    return frozenset({"id"} | (allowed & asked if asked else allowed))


def _only(wanted: frozenset[str], row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in wanted}


def _row(line: parties.Line, held: holdings.Held | None) -> dict[str, Any]:
    return {
        "id": line.id, "customer_no": line.customer_no or None, "name": line.name, "kind": line.kind_code, "status": line.status,
        "manager": line.rm or None, "unit": line.unit or None, "since_date": line.since, "phone": line.phone.masked if line.phone else None,
        "held": _held(held) if held else None,
    }  # fmt: skip


def _held(held: holdings.Held) -> schemas.Held:
    return schemas.Held(
        currency=held.currency, aum=held.aum, deposits=held.deposits, investments=held.wealth, loans=held.loans, accounts=held.count_accounts,
        families=held.count_families, next_maturity_date=held.next_maturity_date, next_maturity_amount=held.next_maturity_amount,
        as_of=held.as_of, other_currencies=list(held.others),
    )  # fmt: skip


def customer(viewer: Viewer, party_id: int, today: date, fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """One customer. Raises PartyNotSeen."""
    about = parties.about(viewer, party_id, today)
    require(viewer, "customers.read")
    wanted = _wanted(viewer, WHOLE_FIELDS, fields)
    held = holdings.summaries(viewer, [party_id]).get(party_id) if "held" in wanted else None
    document = about.identity
    row = _row(about.line, held) | {
        "sex": about.sex or None, "birth_date": about.birth_date, "industry": about.industry or None, "is_staff": about.is_staff,
        "is_related_party": about.is_related_party, "assisting": list(about.assisting),
        "document": schemas.Document(type=document.code, number=document.value.masked, expires_date=document.expires) if document else None,
        **_known(viewer, [party_id], wanted, fields)[party_id],
    }  # fmt: skip
    return _only(wanted, row)


def contact_points(viewer: Viewer, party_id: int) -> schemas.ContactPoints:
    """How to reach a customer, masked, best first. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "contacts.read")
    rows = parties.contact_points(viewer, party_id)
    return schemas.ContactPoints(
        data=[schemas.ContactPoint(kind=row.kind, value=row.value.masked, region=row.region, is_main=row.is_main, is_valid=row.is_valid) for row in rows]
    )  # fmt: skip


def consents(viewer: Viewer, party_id: int, at: datetime) -> schemas.Consents:
    """What a customer agreed to, as it counts at an instant. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "customers.read")
    return schemas.Consents(
        data=[
            schemas.Consent(
                purpose=line.purpose, channel=line.channel, answer=line.answer, at=line.decisive.at if line.decisive else None,
                notice_version=line.decisive.notice_version if line.decisive else "", expires_date=line.decisive.expires if line.decisive else None,
                entries=len(line.entries),
            )
            for line in ledger.consents(viewer, party_id, until=at)
        ]
    )  # fmt: skip


def may_be_contacted(viewer: Viewer, party_id: int, *, purpose: str, channel: str, at: datetime) -> schemas.MayBeContacted:
    """Whether a customer may be approached. Raises PartyNotSeen."""
    may = restrictions.may_be_contacted(viewer, party_id, purpose=purpose, channel=channel, at=at)
    require(viewer, "customers.read")
    return schemas.MayBeContacted(yes=may.yes, because=list(may.because))


def suitability(viewer: Viewer, party_id: int, on: date) -> schemas.Suitability:
    """A customer's risk profile and what may be offered to her on a day. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    known = offers.assessed(viewer, party_id, on)
    if known is None:
        raise parties.PartyNotSeen
    lines = offers.offered(viewer, known.investor, on)
    return schemas.Suitability(
        level=known.investor.level, assessed_date=known.investor.assessed, valid_until=valid_until(known.investor, offers.terms_on(on)),
        data=[
            schemas.OfferAnswer(
                product_id=one.product.id, name=one.product.name, risk_level=one.product.offer.level, may_be_offered=one.answer.allowed,
                needs_second_person=one.answer.needs_second_person, needs_outlet=one.answer.needs_outlet, because=list(one.answer.codes),
            )
            for one in lines
        ],
    )  # fmt: skip


def relationships(viewer: Viewer, party_id: int) -> schemas.Relationships:
    """Who is what to a customer, and her households and groups. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "customers.read")
    linked = [
        schemas.Relationship(type=row.code, customer_id=row.party_id, name=row.name or None, share=row.share, since_date=row.since)
        for row in parties.relations(viewer, party_id)
    ]
    groups = [
        schemas.Group(
            kind=group.kind, name=group.name,
            members=[schemas.GroupMember(customer_id=m.party_id, name=m.name, role=m.role, is_head=m.is_head) for m in group.members],
        )
        for group in parties.groups(viewer, party_id)
    ]  # fmt: skip
    return schemas.Relationships(data=linked, groups=groups)


def tokens(viewer: Viewer) -> QuerySet[Token]:
    """The viewer's own tokens, newest first."""
    return Token.objects.filter(person=viewer.person_id).order_by("-created_at", "-pk")


def all_tokens(viewer: Viewer) -> QuerySet[Token]:
    """Everybody's tokens, newest first. Needs people.manage."""
    require(viewer, "people.manage")
    return Token.objects.select_related("person").order_by("-created_at", "-pk")
