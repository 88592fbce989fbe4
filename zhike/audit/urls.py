"""Addresses of the audit."""

from __future__ import annotations

from django.urls import path

from zhike.audit import unusual_views, views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/<int:audit_id>/", views.entry, name="audit-entry"),
    path("audit/export/", views.export, name="audit-export"),
    path("audit/exports/<int:work_id>/", views.export_file, name="audit-export-file"),
    path("audit/people/<int:person_id>/", views.activity, name="audit-person"),
    path("audit/unusual/", unusual_views.unusual, name="audit-unusual"),
    path("audit/unusual/<int:unusual_id>/", unusual_views.review, name="audit-review"),
    path("customers/<int:party_id>/looked/", views.looked, name="customer-looked"),
]
