"""Everything hidden from somebody is changed, and whatever she asks must be answered as before: an order, a filter, a count or a search that knew of it would
answer otherwise."""

from __future__ import annotations

import random
from collections.abc import Sequence

from zhike.access.rules import known_permissions
from zhike.access.scope import Viewer, entered
from zhike.insight.fields import right_to
from zhike.insight.profile_fields import FIELDS
from zhike.testing import marked_marts
from zhike.testing.databases import using
from zhike.testing.figures import Question
from zhike.testing.figures import questions as of_figures
from zhike.testing.snooping import API, Snoop, condition, routes
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.queries import SORTS


def questions(hers: Snoop, *, whole: bool = True) -> list[Question]:
    """Lists in every order, narrowed by every field there is, counted and drawn on other pages: what could tell of what is hidden by what it leaves out."""
    everything = Viewer(None, "all", "all", "all", "bank", permissions=known_permissions())
    with using(hers.bank.run, hers.bank.name, "job"), entered(everything):
        fields = catalogue(everything).fields
    asked: list[Question] = []
    for sort in (*SORTS, "own_closed_text", "own_open_text", "phone"):
        asked += [("/customers/", {"view": "all", "sort": sort, "order": order}) for order in ("asc", "desc")]
    for name, field in sorted(fields.items()):
        where = condition({"field": name, "op": "known"})
        is_closed = bool(field.permission) and field.permission not in hers.rights
        asked.append(("/customers/count/", {"view": "all", "where": where}))
        asked.append(("/customers/conditions/choices/", {"field": name}))
        asked.append(
            (f"/{API}customers", {"where": where, "fields": "id"}) if not is_closed else ("/customers/", {"view": "all", "where": where})
        )
    asked += [
        (address, {})
        for address in (
            "/",
            "/find/",
            "/customers/views/",
            "/audiences/",
            "/reports/",
            "/reports/kept/",
            "/duplicates/",
            "/corrections/",
            "/privacy/",
            "/handovers/",
            "/insight/overrides/",
            "/insight/chances/",
            "/insight/chances/outcomes/",
            "/prospects/network/",
            "/prospects/network/communities/",
            "/tags/",
            "/notices/count/",
        )
    ]
    asked += [("/" + route, {}) for route in routes() if route.startswith("home/")]
    asked += [(f"/{API}{name}", {}) for name in ("tags", "fields", "conditions", "duplicates")]
    return asked + of_figures(hers, whole=whole)


# What is hidden from her, changed: customers of others, and the classes of fields that she may not see of her own.
_OTHERS = """
update parties_party set kind = case kind when 'individual' then 'company' else 'individual' end, status = 'former', since_date = date '2001-01-01' + id::int, birth_date = '1990-10-01' where not id = any(%(seen)s)
delete from holdings_summary where not party_id = any(%(seen)s)
delete from parties_tagging where not party_id = any(%(seen)s)
delete from duplicates_pair where not (left_id = any(%(seen)s) and right_id = any(%(seen)s))
delete from parties_correction where not party_id = any(%(seen)s)
delete from insight_tieroverride where not party_id = any(%(seen)s)
delete from insight_score where not party_id = any(%(seen)s)
delete from insight_scoreoverrule where not party_id = any(%(seen)s)
delete from insight_scoreoutcome where not party_id = any(%(seen)s)
delete from insight_tie where not party_id = any(%(seen)s)
delete from insight_networkplace where not party_id = any(%(seen)s)
delete from privacy_request where not party_id = any(%(seen)s)
delete from engagement_interaction where not party_id = any(%(seen)s)
delete from parties_contactpoint where not party_id = any(%(seen)s)
delete from parties_declared where not party_id = any(%(seen)s)
update parties_contactrestriction set kind = 'deceased' where not party_id = any(%(seen)s)
delete from insight_profile where not id = any(%(seen)s) and mod(id, 2) = 0
update insight_profile set aum = coalesce(aum, 0) + 1234567, contribution_12m = -777, marginal_12m = -777, is_below_cost = true, stage = 'mature', tier_service = 'private', value_percentile = 3 where not id = any(%(seen)s)
insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name) select 'own', 'two', '2026-01-01', 0, id, 'marketing', '', 'given', now(), 'V1', 'x', '' from parties_party where not id = any(%(seen)s)
"""
_CLASS = {
    "accounts.read": """
update holdings_summary set aum = 1000 * party_id, deposits = 7, wealth = 9, loans = 1, count_accounts = 1, count_families = 1, next_maturity_date = null, next_maturity_amount = null, place = 100000 * party_id
delete from holdings_summary where party_id % 3 = 0
delete from holdings_loan""",
    "contacts.read": """
delete from parties_contactpoint where party_id % 2 = 0
update parties_identifier set expires_date = '2027-01-01'
update parties_declared set "values" = "values" - 'closed_text' where party_id % 2 = 0""",
    "interactions.read": """
delete from engagement_interaction where party_id % 2 = 0
delete from engagement_channelday""",
}


def _computed(rights: frozenset[str]) -> str:
    """The fields of the profile that take a right which she has not, unknown of every second customer."""
    closed = [one.key for one in FIELDS if right_to(one) not in {"", *rights}]
    return f"update insight_profile set {', '.join(f'{key} = null' for key in closed)} where mod(id, 2) = 0" if closed else "select 1"


def change_what_is_hidden(hers: Snoop) -> None:
    """Customers of others, and of hers what she may not see, in the database and in the computed warehouse; a transaction tells of amounts, so those stay
    where she may see transactions."""
    with hers.bank.connected("job") as job:
        statements = _OTHERS.strip().splitlines()
        for right, more in _CLASS.items():
            if right not in hers.rights and (right != "accounts.read" or "transactions.read" not in hers.rights):
                statements += more.strip().splitlines()
        statements.append(_computed(hers.rights))
        for statement in statements:
            job.execute(statement, {"seen": list(hers.seen)} if "%(seen)s" in statement else None)
    marked_marts.change(hers.bank.home, hers.seen if "accounts.read" in hers.rights else ())


def ask_twice(hers: Snoop, chance: random.Random, most: int | None, every: Sequence[Question] | None = None) -> None:
    """Whatever is hidden from her may be otherwise: she is told the same. `most`: how many questions are enough; `every`: of which ones."""
    every = questions(hers, whole=most is None) if every is None else every
    asked = every if most is None else chance.sample(every, min(most, len(every)))
    before = [hers.said(address, query) for address, query in asked]
    change_what_is_hidden(hers)
    for (address, query), told in zip(asked, before, strict=True):
        now = hers.said(address, query)
        if now != told:
            hers.leaks.append(f"{address} {query} knows of what is hidden: {_difference(told, now)}")


def _difference(one: str, other: str) -> str:
    at = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))
    return f"{one[max(at - 60, 0) : at + 60]!r} → {other[max(at - 60, 0) : at + 60]!r}"
