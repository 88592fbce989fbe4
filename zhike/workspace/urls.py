"""Addresses of the home page, the customer list and one customer."""

from __future__ import annotations

from django.urls import path

from zhike.workspace import finding_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("customers/", views.customers, name="customers"),
    path("customers/<int:party_id>/", views.customer, name="customer"),
    path("customers/<int:party_id>/pin/", finding_views.pin, name="customer-pin"),
    path("find/", finding_views.find, name="find"),
]
