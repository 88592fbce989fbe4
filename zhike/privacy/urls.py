"""Addresses of requests over personal data."""

from __future__ import annotations

from django.urls import path

from zhike.privacy import deletion_views, dictionary_views, register_views, retention_views, views

urlpatterns = [
    path("privacy/", views.requests, name="privacy-requests"),
    path("privacy/registers/<slug:kind>/", register_views.register, name="privacy-register"),
    path("privacy/entries/<int:entry_id>/", register_views.entry, name="privacy-entry"),
    path("privacy/retention/", retention_views.schedule, name="privacy-retention"),
    path("privacy/<int:request_id>/", views.one, name="privacy-request"),
    path("privacy/<int:request_id>/data/", views.data, name="privacy-data"),
    path("privacy/<int:request_id>/deletion/", deletion_views.page, name="privacy-deletion"),
    path("privacy/<int:request_id>/letters/<slug:which>/", views.letter, name="privacy-letter"),
    path("customers/<int:party_id>/privacy/new/", views.new, name="privacy-new"),
    path("data-dictionary/", dictionary_views.page, name="data-dictionary"),
    path("data-dictionary/export/", dictionary_views.export, name="data-dictionary-csv"),
]
