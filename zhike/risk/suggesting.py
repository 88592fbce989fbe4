"""What chances suggest is held against the rules of suitability before anybody sees it: nothing is suggested that fails them (R50–R56, R59)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from zhike.access.scope import Viewer
from zhike.insight.offering import Gate, Verdict, declare
from zhike.insight.settings_rules import Suitability
from zhike.risk import labels, queries
from zhike.risk.rules import FAMILIES, Investor, Offer, easiest


def verdicts(
    viewer: Viewer, party_ids: Sequence[int], families: Mapping[str, Sequence[str]], on: date
) -> Mapping[tuple[int, str], Verdict]:
    """(customer, name of a set of families) → whether anything of it that is on sale may be offered to her, else why not. Three statements, however many."""
    terms = queries.terms_on(on)
    every = queries.kinds_on_sale(viewer, sorted({one for some in families.values() for one in some}), on)
    offers = {name: [one for one in every if one.family in some] for name, some in families.items()}
    return {
        (party, name): verdict(investor, some, on, terms)
        for party, investor in queries.investors(viewer, party_ids, on).items()
        for name, some in offers.items()
    }


def verdict(customer: Investor, offers: Sequence[Offer], on: date, terms: Suitability) -> Verdict:
    """Whether one of these products may be offered, by the pure rule; where none may, what speaks against the one against which least does."""
    found = easiest(customer, offers, on, terms)
    if found is None:
        return Verdict(False, [_("Nothing of it is on sale today.")])
    least, answer = found
    return Verdict(answer.allowed, [labels.reason_of_family(code, customer, least, terms) for code in answer.refusals or answer.codes])


declare(Gate(frozenset(FAMILIES), queries.any_allowed_where, verdicts))
