"""Acts of this area that need a second person: what is set for measures, tiers and stages, a tier scheme in force, a tier by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, kind
from zhike.access.proposals import decided_name
from zhike.access.scope import Viewer
from zhike.core.dates import full_day
from zhike.core.money import money
from zhike.core.words import language
from zhike.insight import overriding, schemes, setting_values
from zhike.insight.dated import flattened, read, settings_on
from zhike.insight.models import PredictorVersion
from zhike.insight.overriding import OverrideRefused
from zhike.insight.predictors import registering
from zhike.insight.predictors.questions import title_of
from zhike.insight.predictors.registering import VersionRefused
from zhike.insight.scheme_forms import from_json, word_of
from zhike.insight.scheme_forms import in_words as scheme_in_words
from zhike.insight.schemes import SchemeRefused
from zhike.insight.settings_labels import GROUPS, in_words, name_of
from zhike.insight.settings_rules import Settings
from zhike.parties import queries as parties


def _settings_told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    usual = flattened(Settings())
    lines = [
        Line(name_of(path), in_words(path, read(usual[path], asked["was"][path])), in_words(path, read(usual[path], value)))
        for path, value in asked["to"].items()
    ]
    return Told(_("%(group)s, from %(day)s") % {"group": GROUPS[asked["group"]][0], "day": asked["from_date"]}, lines)


def _settings_changed(_viewer: Viewer, asked: Mapping[str, Any]) -> str:
    now = flattened(settings_on(date.fromisoformat(asked["from_date"])))
    if all(str(now[path]) == was for path, was in asked["was"].items()):
        return ""
    return _("Some of these values were set anew since.")


@kind(
    setting_values.KIND, title=gettext_lazy("Settings of measures, tiers and stages"), tell=_settings_told, changed=_settings_changed, route="bank",
    usual=lambda: Need(True),
)  # fmt: skip
def settings(asked: Asked) -> Done:
    """Set them from their day on, in the name of whoever proposed it."""
    setting_values.keep(actor=asked.actor, at=asked.at, asked=asked.values, approved_name=decided_name(asked.proposal_id))
    return Done(_("Builds use them from that day on."), reverse("insight-setting-group", args=[asked.values["group"]]))


def _scheme_told(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    row = schemes.version(viewer, asked["scheme_id"])
    tongue = get_language() or "en"
    before = dict(scheme_in_words(schemes.scheme_on(date.fromisoformat(asked["from_date"])), tongue))
    lines = [Line(what, before.get(what, ""), how) for what, how in scheme_in_words(from_json(asked["rules"]), tongue)]
    title = _("Tier scheme %(title)s, version %(number)s, from %(day)s")
    return Told(title % {"title": row.title, "number": row.number, "day": asked["from_date"]}, lines)


def _scheme_changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    try:
        row = schemes.version(viewer, asked["scheme_id"])
    except Http404:
        return _("The draft was discarded since.")
    return "" if row.state == row.State.DRAFT and row.rules == asked["rules"] else _("The draft was changed since.")


@kind(
    schemes.KIND,
    title=gettext_lazy("Putting a tier scheme in force"),
    tell=_scheme_told,
    changed=_scheme_changed,
    route="bank",
    usual=lambda: Need(True),
)
def tier_scheme(asked: Asked) -> Done:
    """Put it in force from its day on, in the name of whoever proposed it."""
    try:
        schemes.put_in_force(actor=asked.actor, at=asked.at, asked=asked.values, approved_name=decided_name(asked.proposal_id))
    except SchemeRefused as wrong:
        raise CannotBeDone(_("The draft was changed since.")) from wrong
    return Done(_("Builds use it from that day on."), reverse("insight-tiers"))


FIGURES = {
    "auc": gettext_lazy("AUC on later time"), "lift_10": gettext_lazy("Best tenth, times the usual rate"), "ece": gettext_lazy("Calibration error"),
    "rank_correlation": gettext_lazy("Rank correlation with what came"), "said_to_seen": gettext_lazy("Said, as a share of what came"),
}  # fmt: skip


def _predictor_told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    row = PredictorVersion.objects.get(pk=asked["version_id"])
    figures, plain = row.card["figures"], row.card["baseline"]["rule"]
    now = PredictorVersion.objects.filter(predictor=row.predictor, state=PredictorVersion.State.CHAMPION).first()
    was = now.card["figures"] if now else {}
    lines = [
        Line(_("Used as"), row.get_state_display(), PredictorVersion.State(asked["role"]).label),
        Line(_("Version"), str(now.number) if now else _("the rule"), str(row.number)),
        *(Line(word, _figure(was.get(key, plain.get(key))), _figure(figures[key])) for key, word in FIGURES.items() if key in figures),
    ]
    return Told(_("Predictor %(title)s, version %(number)s") % {"title": title_of(row.predictor), "number": row.number}, lines)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _predictor_changed(_viewer: Viewer, asked: Mapping[str, Any]) -> str:
    row = PredictorVersion.objects.filter(pk=asked["version_id"]).first()
    return (
        "" if row and row.state != PredictorVersion.State.RETIRED and row.digest == asked["digest"] else _("The version was retired since.")
    )


@kind(
    registering.KIND, title=gettext_lazy("Using a version of a predictor"), tell=_predictor_told, changed=_predictor_changed, route="bank",
    usual=lambda: Need(True),
)  # fmt: skip
def predictor(asked: Asked) -> Done:
    """Use it as was approved, in the name of whoever proposed it."""
    try:
        registering.take_on(actor=asked.actor, at=asked.at, asked=asked.values, approved_name=decided_name(asked.proposal_id))
    except VersionRefused as wrong:
        raise CannotBeDone(_("The version was retired since.")) from wrong
    return Done(_("It is used from now on; its chances follow within minutes."))


def _override_told(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    scheme = schemes.scheme_on(timezone.localdate())
    name = parties.names(viewer, [asked["party_id"]]).get(asked["party_id"], "")
    until = date.fromisoformat(asked["until_date"])
    was, to = word_of(asked["tier_was"], scheme) if asked["tier_was"] else "", word_of(asked["tier"], scheme)
    lines = [
        Line(_("Service tier"), was, to),
        Line(_("Until"), "", full_day(until, language())),
        Line(_("Serving costs a year"), "", money(Decimal(asked["cost"]), language()).text),
    ]
    return Told(_("%(tier)s by hand for %(name)s") % {"tier": to, "name": name}, lines)


def _override_changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    return _("Its last day has passed.") if date.fromisoformat(asked["until_date"]) <= timezone.localdate() else ""


@kind(
    overriding.KIND,
    title=gettext_lazy("Giving a customer a tier by hand"),
    tell=_override_told,
    changed=_override_changed,
    usual=lambda: Need(True),
)
def tier_override(asked: Asked) -> Done:
    """Give it from today on, in the name of whoever proposed it."""
    try:
        overriding.give(actor=asked.actor, at=asked.at, asked=asked.values, approved_name=decided_name(asked.proposal_id))
    except OverrideRefused as wrong:
        raise CannotBeDone(_("Its last day has passed.")) from wrong
    return Done(_("She is served by it from now on."), reverse("customer", args=[asked.values["party_id"]]))
