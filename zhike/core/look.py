"""Every part on one page, in invented figures: for those who build pages, for screenshots and for the accessibility test."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.core.charts import Chart, Part, Series, months_in_out, sparkline
from zhike.core.frontend import ICONS
from zhike.core.pages import Crumb, Figure, Panel, Tab
from zhike.core.tables import Column, Page
from zhike.core.templatetags.zhike import money_filter

GROUNDS = ("paper", "surface", "sunken", "line", "ink", "ink-2", "ink-3")
MEANINGS = ("accent", "ok", "warn", "bad", "idle", "rise", "fall", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8")
HISTORY = (21, 22, 21.5, 24, 26, 25.5, 27, 31, 30, 33, 34, 36, 35, 47, 51, 54, 52, 54.9)


def _only_in_a_demonstration() -> None:
    if not (getattr(settings, "ZHIKE_DEMO", False) or settings.DEBUG):
        raise Http404


def look(request: HttpRequest) -> HttpResponse:
    """The living page of parts at /_look; 404 unless this is a demonstration or a workshop."""
    _only_in_a_demonstration()
    context = {"title": _("Parts"), "crumbs": [Crumb("Zhike", "/"), Crumb(_("Parts"))], "frame_sample": True}
    return render(request, "core/look.html", context | _parts() | _tables() | _charts())


def broken_panel(request: HttpRequest) -> HttpResponse:
    """A panel that always fails, to see it break alone."""
    _only_in_a_demonstration()
    return render(request, "core/_failed_panel.html", {"status": 500, "number": "7F3A-21C8"}, status=500)


@require_POST
def reveal(request: HttpRequest) -> HttpResponse:
    """What a masked field is answered: here an invented number."""
    _only_in_a_demonstration()
    return JsonResponse({"value": "138 0000 6209"})


def _parts() -> dict[str, Any]:
    rows = [(_("Deposits"), money_filter(Decimal("2769000"))), (_("Loans"), money_filter(Decimal("1860000"))), (_("Points"), "18,420")]
    return {
        "tokens": MEANINGS, "grounds": GROUNDS, "icons": sorted(set(ICONS)), "definition": rows,
        "tabs": [Tab(_("Overview"), "#overview", True), Tab(_("Holdings"), "#holdings", count=12), Tab(_("Contacts"), "#contacts", count=86, alert=True)],
        "panels": [Panel("broken", "/_look/broken", _("Money in and out"), 120), Panel("slow", "/_look/broken", _("Holdings"), 180, "seen", "rail")],
        "amount": Decimal("5486213.08"), "small": Decimal("8300"), "huge": Decimal("386000000"), "negative": Decimal("-45300"),
        "soon": timezone.localdate() + timedelta(6), "day": date(2027, 1, 14), "now": timezone.now(),
        "masked_phone": "138••••6209",
    }  # fmt: skip


def _tables() -> dict[str, Any]:
    names = (("沈佩蓉", "diamond", "138••••6209", "5486213.08", "62000"), ("贺兰舟", "private", "138••••7731", "12104000", "-221000"),
             ("Maximiliana Konstantinopolska-Wysocka", "gold", "139••••0418", "8300", None))  # fmt: skip
    rows = [
        SimpleNamespace(name=n, tier=t, phone=p, value=Decimal(v), change=Decimal(c) if c else None, history=HISTORY)
        for n, t, p, v, c in names
    ]
    columns = (
        Column("name", _("Customer"), "name"), Column("phone", _("Mobile")), Column("value", _("AUM, month average"), "value", True, descending_first=True),
        Column("change", _("on last month"), right=True), Column("history", _("18 months"), hidden_on_phone=True),
    )  # fmt: skip
    return {"page": Page(rows, columns, "value", True, previous="a", next="b")}


def _charts() -> dict[str, Any]:
    months = [f"{at}" for at in range(1, 13)]
    ins = (80, 120, 1980, 100, 230, 90, 480, 100, 90, 60, 250, 60)
    outs = (90, 150, 220, 180, 130, 200, 220, 190, 160, 420, 130, 450)
    flow = months_in_out(
        _("Money in and out by month; in March ¥1.98M came in, in the last month more left than came."), months, [v * 1000 for v in ins],
        [v * 1000 for v in outs], (_("Money in"), _("Money out"), _("Net")),
    )  # fmt: skip
    line = Chart(
        "line",
        _("AUM rose in 18 months from ¥2.1M to ¥5.49M."),
        [str(at) for at in range(18)],
        [Series("AUM", [v * 1e5 for v in HISTORY], "c1", "area")],
        height=160,
    )
    parts = [
        Part(_("Deposits"), 276.9, "c1"),
        Part(_("Wealth"), 141.8, "c2"),
        Part(_("Funds"), 62.3, "c3"),
        Part(_("Insurance"), 31.7, "c4"),
    ]
    figures = [
        Figure(_("AUM, month average"), money_filter(Decimal("5486213.08")), _("1–18 Nov"), hero=True, picture=sparkline(HISTORY, _("18 months, up"), 240, 60)),
        Figure(_("Loans"), money_filter(Decimal("1860000")), "", _("home 1.56 · business 0.30")), Figure(_("Products"), "7", "", _("12 holdings")),
        Figure(_("Risk"), "C3", "", _("until 1 Dec")), Figure(_("Churn"), "27%", "", _("peers 9%")),
    ]  # fmt: skip
    return {"flow": flow, "line": line, "parts": parts, "figures": figures, "history": HISTORY}
