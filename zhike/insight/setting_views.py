"""Settings of measures, tiers and stages: all groups, and one group as it holds on a day, with what was set when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS
from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, Words, answer
from zhike.insight import setting_values
from zhike.insight.dated import NotASetting, Plain, flattened, read
from zhike.insight.models import DatedSetting
from zhike.insight.setting_values import Held, SettingRefused
from zhike.insight.settings_labels import CHOICES, FIELDS, GROUPS, UNITS, entry_word, in_words, name_of, shown, unit_of
from zhike.insight.settings_rules import Settings

REFUSALS: Mapping[str, Words] = {
    "value": gettext_lazy("This value is not possible."),
    "day": gettext_lazy("Say from which day on."),
    "nothing": gettext_lazy("Nothing is different from what holds on that day."),
    "no_reason": gettext_lazy("Say why; whoever approves it reads this."),
}


@dataclass(frozen=True)
class GroupLine:
    """A group in the list: how many values the bank has set, and when last."""

    key: str
    title: Words
    note: Words
    count: int
    row: DatedSetting | None


@dataclass(frozen=True)
class SettingsPage:
    """insight/settings.html."""

    title: str
    crumbs: Sequence[Crumb]
    groups: Sequence[GroupLine]


@dataclass(frozen=True)
class ValueLine:
    """A value with its input: `typed` as it stands in it."""

    path: str
    word: str
    unit: Words
    typed: str
    usual: str
    row: DatedSetting | None
    is_usual: bool
    choices: Sequence[tuple[str, Words]]
    is_wrong: bool


@dataclass(frozen=True)
class FieldBlock:
    """The values of one field by family, channel or band; or all those of the group that are one value each."""

    title: Words
    lines: Sequence[ValueLine]


@dataclass(frozen=True)
class GroupPage:
    """insight/setting_group.html."""

    title: str
    note: Words
    crumbs: Sequence[Crumb]
    group: str
    day: date
    blocks: Sequence[FieldBlock]
    past: Sequence[tuple[DatedSetting, str, str]]
    may_set: bool
    from_date: str
    why: str
    error: Words


@require_safe
def groups(request: ViewerRequest) -> HttpResponse:
    """All groups of settings."""
    last = setting_values.last_of_groups(request.viewer)
    lines = []
    for key, (title, note) in GROUPS.items():
        count, row = last.get(key, (0, None))
        lines.append(GroupLine(key, title, note, count, row))
    title = _("Settings of measures")
    return answer(request, "insight/settings.html", vars(SettingsPage(title, [Crumb(title)], lines)))


@require_http_methods(["GET", "POST"])
def group(request: ViewerRequest, group: str) -> HttpResponse:
    """One group, as it holds on the day `on`; a POST sets values from a day on, or proposes it."""
    if group not in GROUPS:
        raise Http404
    error: Words = ""
    wrong_path = ""
    if request.method == "POST":
        try:
            proposal = setting_values.set_or_propose(
                actor=request.viewer, at=timezone.now(), group=group, given=request.POST.dict(), from_date=_day(request.POST.get("from_date", "")),
                why=request.POST.get("why", "").replace("\x00", ""),  # which PostgreSQL keeps in no text
            )  # fmt: skip
        except SettingRefused as wrong:
            error, wrong_path = REFUSALS[wrong.reason], wrong.path
        except NotProposed as wrong:
            error = REASONS[wrong.reason]
        else:
            if proposal:
                messages.success(request, _("It waits for somebody else to approve it."))
                return redirect("approval", proposal)
            messages.success(request, _("Kept."))
            return redirect("insight-setting-group", group)
    return _page(request, group, error, wrong_path)


def _page(request: ViewerRequest, group: str, error: Words, wrong_path: str) -> HttpResponse:
    day = _day(request.GET.get("on", "")) or timezone.localdate()
    given: Mapping[str, str] = request.POST.dict() if error else {}
    title, note = GROUPS[group]
    usual = flattened(Settings())
    past = [
        (row, name_of(row.path), _as_it_was_set(row, usual[row.path]))
        for row in setting_values.history(request.viewer, group)
        if row.path in usual
    ]
    crumbs = [Crumb(_("Settings of measures"), reverse("insight-settings")), Crumb(str(title))]
    blocks = _blocks(setting_values.group_on(request.viewer, group, day), given, wrong_path)
    page = GroupPage(
        str(title), note, crumbs, group, day, blocks, past, request.viewer.may(setting_values.SET),
        given.get("from_date", timezone.localdate().isoformat()), given.get("why", ""), error,
    )  # fmt: skip
    return answer(request, "insight/setting_group.html", vars(page), status=422 if error else 200)


def _as_it_was_set(row: DatedSetting, usual: Plain) -> str:
    """A value of the past in words; as it stands there where this version can no longer read it."""
    try:
        return in_words(row.path, read(usual, row.value))
    except NotASetting:
        return row.value


def _blocks(values: Sequence[Held], given: Mapping[str, str], wrong_path: str) -> list[FieldBlock]:
    blocks: dict[str, list[ValueLine]] = {}
    for held in values:
        path = held.path
        field = ".".join(path.split(".")[:2])
        word = entry_word(path) if path.count(".") == 2 else str(FIELDS[field][0])
        blocks.setdefault(field if path.count(".") == 2 else field.split(".")[0], []).append(
            ValueLine(
                path, word, UNITS[unit_of(path)], given.get(path, shown(path, held.value)), in_words(path, held.usual), held.row, held.is_usual,
                list(CHOICES.get(path, {}).items()), path == wrong_path,
            )
        )  # fmt: skip
    return [FieldBlock(FIELDS[name][0] if name in FIELDS else GROUPS[name][0], lines) for name, lines in blocks.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
