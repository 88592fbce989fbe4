"""How complete what is known about a party is, what is missing, and where it is filled in (S10, S12). The first argument of reads is the viewer.

Which facts count for which kind of party and how much stands in `PERSON` and `FIRM`: what identifies and reaches somebody weighs most, then
what an adviser needs, then the rest. A fact counts or it does not; how good its value is, is another question. Each fact carries its own
SQL condition over the alias `p`, so that one party, a page of fifty and a whole book are one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer, seen_where
from zhike.parties import labels, queries
from zhike.parties.labels import Words

INCOMPLETE = 80  # per cent; below it a profile stands in lists of what is to be filled (default)
MOST_WALKED = 5_000  # parties that a list of incomplete profiles looks at


@dataclass(frozen=True)
class Fact:
    """One fact that counts. `panel`: where on the page it is filled in; `is_contact`: only for viewers who may read contacts."""

    name: str
    word: Words
    weight: int
    known: str
    panel: str = "profile"
    is_contact: bool = False


def _text(name: str, weight: int) -> Fact:
    return Fact(name, labels.FIELDS[name], weight, f"p.{name} <> ''")


def _there(name: str, weight: int) -> Fact:
    return Fact(name, labels.FIELDS[name], weight, f"p.{name} is not null")


def _reached(name: str, word: Words, weight: int, kinds: str) -> Fact:
    known = f"exists (select 1 from parties_contactpoint c where c.party_id = p.id and c.valid_to is null and c.is_valid and c.kind in ({kinds}))"  # noqa: S608 - written here
    return Fact(name, word, weight, known, "contact", is_contact=True)


def _related(name: str, word: Words, weight: int, types: str) -> Fact:
    known = f"exists (select 1 from parties_relationship r where r.party_id = p.id and r.valid_to is null and r.type in ({types}))"  # noqa: S608 - the same
    return Fact(name, word, weight, known, "relations")


_IDENTITY = Fact(
    "identity", _("An identity document in force"), 15,
    "exists (select 1 from parties_identifier i where i.party_id = p.id and i.valid_to is null"
    " and (i.expires_date is null or i.expires_date >= %(today)s))", "contact", is_contact=True,
)  # fmt: skip
_PHONE = _reached("phone", _("A telephone"), 15, "'mobile', 'phone'")
_ADDRESS = _reached("address", _("An address"), 8, "'address'")
_EMAIL = _reached("email", _("E-mail"), 4, "'email'")
_MANAGER = Fact("manager", _("A main manager"), 8, "p.main_rm_id is not null")

PERSON: Sequence[Fact] = (
    _IDENTITY, _PHONE, _there("birth_date", 10), _MANAGER, _ADDRESS, _text("occupation", 8), _text("income_band", 8), _text("employer_name", 6),
    _text("sex", 5), _text("marital_status", 5), _text("education", 4), _EMAIL, _text("region", 4),
)  # fmt: skip
FIRM: Sequence[Fact] = (
    _IDENTITY, _PHONE, _related("legal_rep", labels.RELATIONS["legal_rep"], 12, "'legal_rep'"),
    _related("owners", _("Shareholders or beneficial owners"), 10, "'shareholder', 'beneficial_owner'"), _text("industry", 10),
    _related("finance_contact", labels.RELATIONS["finance_contact"], 8, "'finance_contact'"), _MANAGER, _text("size_class", 8), _ADDRESS,
    _there("established_date", 6), _there("registered_capital", 6), _text("region", 4),
)  # fmt: skip
PERSONS = ("individual", "sole_trader")


@dataclass(frozen=True)
class Completeness:
    """How complete a profile is, in per cent of the weights, and what is missing, the weightiest first."""

    percent: int
    missing: Sequence[Fact]

    @property
    def share(self) -> float:
        """The same as 0…1, for a bar."""
        return self.percent / 100


def counted(viewer: Viewer, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that count for this viewer: what she may not read cannot be missing for her."""
    return [fact for fact in facts if viewer.may("contacts.read") or not fact.is_contact]


def percent(facts: Sequence[Fact], known: Sequence[bool]) -> int:
    """The weights of what is known in per cent of all weights, rounded down: only a whole profile has 100."""
    total = sum(fact.weight for fact in facts)
    return 100 * sum(fact.weight for fact, is_known in zip(facts, known, strict=True) if is_known) // total if total else 100


def of_party(viewer: Viewer, party_id: int, kind: str, today: date) -> Completeness:
    """How complete one party is. Raises PartyNotSeen."""
    facts = counted(viewer, PERSON if kind in PERSONS else FIRM)
    where = seen_where(viewer)
    known = ", ".join(f"({fact.known})" for fact in facts)
    statement = f"select {known} from parties_party p where p.id = %(party)s and {where.sql}"  # noqa: S608 - conditions are written here
    row = _rows(statement, {**where.values, "party": party_id, "today": today})
    if not row:
        raise queries.PartyNotSeen
    missing = [fact for fact, is_known in zip(facts, row[0], strict=True) if not is_known]
    return Completeness(percent(facts, row[0]), sorted(missing, key=lambda fact: -fact.weight))


def percents(viewer: Viewer, ids: Sequence[int], today: date) -> dict[int, int]:
    """How complete each of these parties is, in one statement; what the viewer does not see is left out."""
    where = seen_where(viewer)
    statement = f"select p.id, {percent_sql(viewer)} from parties_party p where p.id = any(%(ids)s) and {where.sql}"  # noqa: S608 - the same
    return dict(_rows(statement, {**where.values, "ids": list(ids), "today": today}))


def incomplete(viewer: Viewer, which: queries.Which, today: date, *, below: int = INCOMPLETE, most: int = 20) -> list[tuple[int, int]]:
    """(party, per cent) of customers whose profiles are less complete than `below`, the emptiest first, among the first 5,000 of a list."""
    where = queries.listed(viewer, which)
    statement = f"""select * from (select w.id, {percent_sql(viewer)} as share from (
            select p.* from parties_party p where {where.sql} and p.status = 'customer' order by p.id limit {MOST_WALKED}) w
        cross join lateral (select w.*) p) x where x.share < %(below)s order by x.share, x.id limit %(most)s"""  # noqa: S608 - the same
    return [(key, share) for key, share in _rows(statement, {**where.values, "today": today, "below": below, "most": most})]


def missing(viewer: Viewer, ids: Sequence[int], today: date) -> dict[int, list[Fact]]:
    """What each of these parties lacks, the weightiest first, in one statement; what the viewer does not see is left out."""
    where, person, firm = seen_where(viewer), counted(viewer, PERSON), counted(viewer, FIRM)
    known = ", ".join(f"({fact.known})" for fact in (*person, *firm))
    statement = f"select p.id, p.kind, {known} from parties_party p where p.id = any(%(ids)s) and {where.sql}"  # noqa: S608 - conditions are written here
    found: dict[int, list[Fact]] = {}
    for key, kind, *flags in _rows(statement, {**where.values, "ids": list(ids), "today": today}):
        pairs = zip(person, flags[: len(person)], strict=True) if kind in PERSONS else zip(firm, flags[len(person) :], strict=True)
        found[key] = sorted((fact for fact, is_known in pairs if not is_known), key=lambda fact: -fact.weight)
    return found


def percent_sql(viewer: Viewer) -> str:
    """The share of a party `p` as SQL over `%(today)s`: what `percent` says, for many at once."""

    def share(facts: Sequence[Fact]) -> str:
        total = sum(fact.weight for fact in facts)
        return f"(100 * ({' + '.join(f'case when {fact.known} then {fact.weight} else 0 end' for fact in facts)}) / {total})"

    kinds = ", ".join(f"'{kind}'" for kind in PERSONS)
    return f"case when p.kind in ({kinds}) then {share(counted(viewer, PERSON))} else {share(counted(viewer, FIRM))} end"


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
