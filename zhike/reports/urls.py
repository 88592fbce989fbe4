"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from zhike.reports import views

urlpatterns = [
    path("reports/", views.report, name="reports"),
    path("reports/rows/", views.rows, name="report-rows"),
]
