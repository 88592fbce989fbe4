"""The page of the retention schedule: what the next nightly run forgets, what a legal hold keeps, what a law keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.privacy import retention
from zhike.privacy.actions import MANAGE


@dataclass(frozen=True)
class RetentionPage:
    """privacy/retention.html."""

    title: str
    crumbs: Sequence[Crumb]
    lines: Sequence[retention.Line]
    by_law: Sequence[retention.Kept]


@require_GET
def schedule(request: ViewerRequest) -> HttpResponse:
    """A dry run as of now."""
    require(request.viewer, MANAGE)
    title = _("How long data are kept")
    crumbs = [Crumb(_("Requests over personal data"), reverse("privacy-requests")), Crumb(title)]
    page = RetentionPage(title, crumbs, retention.dry_run(at=timezone.now()), retention.BY_LAW)
    return answer(request, "privacy/retention.html", vars(page))
