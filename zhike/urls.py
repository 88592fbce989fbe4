"""Every address of the application: each area lists its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("zhike.core.urls")),
    path("", include("zhike.access.urls")),
    path("", include("zhike.parties.urls")),
    path("", include("zhike.holdings.urls")),
    path("", include("zhike.engagement.urls")),
    path("", include("zhike.insight.urls")),
    path("", include("zhike.risk.urls")),
    path("", include("zhike.workspace.urls")),
    path("", include("zhike.audiences.urls")),
    path("", include("zhike.reports.urls")),
    path("", include("zhike.ingestion.urls")),
    path("", include("zhike.api.urls")),
    path("", include("zhike.duplicates.urls")),
    path("", include("zhike.audit.urls")),
    path("", include("zhike.privacy.urls")),
]

handler400 = "zhike.api.outside.bad_request"
handler403 = "zhike.core.pages.permission_denied"
handler404 = "zhike.core.pages.not_found"
handler500 = "zhike.api.outside.server_error"
