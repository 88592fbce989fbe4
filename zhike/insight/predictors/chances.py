"""Reads of chances: of one customer with reasons, of all whom a viewer sees, and of the register. The first argument is the viewer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Max, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404

from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.insight import offering
from zhike.insight.models import PredictorFinding, PredictorVersion, Score, ScoreOverrule
from zhike.insight.offering import Verdict
from zhike.insight.predictors import everybody, model_files, outcomes, reasons
from zhike.insight.predictors.learners import Fitted
from zhike.insight.predictors.questions import QUESTIONS, TITLES, title_of
from zhike.parties.queries import require_seen

READ, MANAGE = "scores.read", "insight.read"


@dataclass(frozen=True)
class Chance:
    """What is said of a customer. `reasons` in the reader's language (None: ask `reasons_for`); `overrule`: what a person says against it; `verdict`: whether
    what it suggests may be offered (None: nothing has to be asked)."""

    predictor: str
    title: str
    chance: Decimal | None
    amount: Decimal | None
    tenth: int
    is_above: bool
    is_bad: bool
    as_of: date
    version: int
    reasons: Sequence[str] | None
    themes: Sequence[str]
    overrule: ScoreOverrule | None
    verdict: Verdict | None

    @property
    def is_refused(self) -> bool:
        """Whether what it suggests may not be offered, so that it is no suggestion."""
        return self.verdict is not None and not self.verdict.is_allowed


def of_customer(viewer: Viewer, party_id: int, day: date) -> list[Chance]:
    """Every chance of a customer, what is to be prevented first, the highest of each first. Raises PartyNotSeen. Needs scores.read."""
    require(viewer, READ)
    require_seen(viewer, party_id)
    held = {row.predictor: row for row in overrules(viewer, day).filter(party=party_id)}
    rows = {
        row.predictor: row for row in Score.objects.seen_by(viewer).filter(party=party_id).order_by("chance")
    }  # of a merged one the highest
    may = offering.verdicts(viewer, [party_id], sorted(rows), day)
    found = [_chance(row, held.get(row.predictor), may.get((party_id, row.predictor))) for row in rows.values() if row.predictor in TITLES]
    return sorted(found, key=lambda one: (not one.is_bad, -(one.chance or 0)))


def _chance(row: Score, overrule: ScoreOverrule | None, verdict: Verdict | None) -> Chance:
    said = row.reasons
    return Chance(
        row.predictor, title_of(row.predictor), row.chance, row.amount, row.tenth, row.is_above,
        row.predictor in QUESTIONS and QUESTIONS[row.predictor].is_bad, row.as_of, row.version,
        None if said is None else reasons.in_words(said, row.as_of), [] if said is None else reasons.themes_in_words(said), overrule, verdict,
    )  # fmt: skip


def reasons_for(viewer: Viewer, party_id: int, predictor: str) -> list[str]:
    """Why a customer's chance is what it is, worked out now where it was not told beforehand; empty where the rule says it. Raises PartyNotSeen, Http404."""
    require(viewer, READ)
    require_seen(viewer, party_id)
    row = Score.objects.seen_by(viewer).filter(party=party_id, predictor=predictor).order_by("-chance").first()
    if row is None:
        raise Http404
    return reasons.in_words(_told(row), row.as_of)


def _told(row: Score) -> Sequence[Any]:
    if row.reasons is not None:
        found: Sequence[Any] = row.reasons
        return found
    snapshot = outcomes.first_of(settings.HOME, row.as_of)
    if not row.version or snapshot is None:
        return []
    fitted = _fitted(row.predictor, row.version)
    values = everybody.one(settings.HOME, snapshot, fitted.model.features, row.party_id)
    return [] if values is None else reasons.reasons_of(fitted.model, values)[0]


@lru_cache(maxsize=32)
def _fitted(predictor: str, number: int) -> Fitted:
    row = PredictorVersion.objects.get(predictor=predictor, number=number)
    return model_files.read(settings.HOME, predictor, number, row.digest)


_NAMED = re.compile(r"%\((\w+)\)s")
_OF_SCORE = "exists (select 1 from parties_party p where p.id = insight_score.party_id and {})"


def above(viewer: Viewer, predictor: str, day: date, *, is_refused: bool = False) -> QuerySet[Score]:
    """Those of the viewer's customers from the threshold on to whom what it suggests may be offered on a day, or (`is_refused`) may not; unordered, for a
    keyset, never inside of another query. Needs scores.read and customers.read."""
    require(viewer, READ)
    require(viewer, "customers.read")
    rows = Score.objects.seen_by(viewer).filter(predictor=predictor, is_above=True)
    where = offering.allowed_where(viewer, predictor, day)
    if where is None:
        return rows.none() if is_refused else rows
    may = RawSQL(*_in_order(where), output_field=BooleanField())  # noqa: S611 - every value is a parameter
    return rows.exclude(may) if is_refused else rows.filter(may)


def _in_order(where: Where) -> tuple[str, list[Any]]:
    """A condition on the customer of a score, with its values in the order of their places, as Django takes what is written out."""
    return _OF_SCORE.format(_NAMED.sub("%s", where.sql)), [where.values[found[1]] for found in _NAMED.finditer(where.sql)]


@dataclass(frozen=True)
class Summed:
    """How many customers, and the AUM of them all (None: the viewer may not see accounts)."""

    customers: int = 0
    money: Decimal | None = None


def summed(viewer: Viewer, predictor: str, day: date) -> tuple[Summed, Summed]:
    """The viewer's customers from the threshold on: to whom what it suggests may be offered, and to whom not. Needs scores.read and customers.read."""
    require(viewer, READ)
    require(viewer, "customers.read")
    seen, may = seen_where(viewer), offering.allowed_where(viewer, predictor, day) or Where("true", {})
    statement = f"""
        select may, count(*), coalesce(sum(aum), 0) from (
            select {may.sql} as may, f.aum from (select distinct party_id from insight_score where predictor = %(predictor)s and is_above) s
            join parties_party p on p.id = s.party_id left join insight_profile f on f.id = p.id where {seen.sql}) found
        group by may"""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**may.values, **seen.values, "predictor": predictor})
        told = {bool(is_allowed): (count, money) for is_allowed, count, money in cursor.fetchall()}
    held, apart = (
        Summed(count, Decimal(money) if viewer.may("accounts.read") else None)
        for count, money in (told.get(True, (0, 0)), told.get(False, (0, 0)))
    )
    return held, apart


def overrules(viewer: Viewer, day: date) -> QuerySet[ScoreOverrule]:
    """What people say against chances of the viewer's customers, as it holds on a day. Needs scores.read."""
    require(viewer, READ)
    return ScoreOverrule.objects.seen_by(viewer).filter(ended_at=None, from_date__lte=day, until_date__gt=day)


def versions(viewer: Viewer, predictor: str = "") -> list[PredictorVersion]:
    """The register, of one predictor or of all, the latest first. Needs insight.read."""
    require(viewer, MANAGE)
    rows = PredictorVersion.objects.filter(predictor=predictor) if predictor else PredictorVersion.objects.all()
    return list(rows.order_by("predictor", "-number"))


def version(viewer: Viewer, version_id: int) -> PredictorVersion:
    """One of them. Raises Http404. Needs insight.read."""
    require(viewer, MANAGE)
    row = PredictorVersion.objects.filter(pk=version_id).first()
    if row is None:
        raise Http404
    return row


def findings(viewer: Viewer, version_id: int) -> list[PredictorFinding]:
    """What watching a version found, the latest day first, alerts first. Needs insight.read."""
    require(viewer, MANAGE)
    return list(PredictorFinding.objects.filter(version=version_id).order_by("-as_of", "-is_alert", "kind", "-value"))


def alerts(viewer: Viewer) -> dict[int, int]:
    """How many alerts stand against each version, of the last day that was looked at. Needs insight.read."""
    require(viewer, MANAGE)
    rows = PredictorFinding.objects.filter(is_alert=True).values_list("version", "as_of")
    last = dict(PredictorFinding.objects.values_list("version").annotate(day=Max("as_of")))
    return Counter(version for version, day in rows if day == last[version])
