"""Addresses of what customers may be offered."""

from __future__ import annotations

from django.urls import path

from zhike.risk import views

urlpatterns = [
    path("customers/<int:party_id>/suitability/", views.panel, name="customer-suitability"),
    path("suitability/", views.ending, name="suitability"),
    path("suitability/products/", views.products, name="suitability-products"),
]
