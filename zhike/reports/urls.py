"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from zhike.reports import file_views, kept_views, views

urlpatterns = [
    path("reports/", views.report, name="reports"),
    path("reports/rows/", views.rows, name="report-rows"),
    path("reports/export/", file_views.export, name="report-export"),
    path("reports/rows/export/", file_views.export_rows, name="report-rows-export"),
    path("reports/kept/", kept_views.kept, name="kept-reports"),
    path("reports/kept/<int:report_id>/", kept_views.opened, name="kept-report"),
    path("reports/kept/<int:report_id>/change/", kept_views.change, name="kept-report-change"),
    path("reports/kept/<int:report_id>/describe/", kept_views.describe, name="kept-report-describe"),
    path("reports/kept/<int:report_id>/away/", kept_views.put_away, name="kept-report-away"),
    path("reports/kept/<int:report_id>/send/", kept_views.subscribe, name="kept-report-send"),
]
