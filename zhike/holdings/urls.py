"""Addresses of the panels about holdings and of one account."""

from __future__ import annotations

from django.urls import path

from zhike.holdings import payroll_views, together_views, views

urlpatterns = [
    path("customers/<int:party_id>/holdings/", views.holdings, name="customer-holdings"),
    path("customers/<int:party_id>/balances/", views.balances, name="customer-balances"),
    path("customers/<int:party_id>/flows/", views.flows, name="customer-flows"),
    path("customers/<int:party_id>/counterparties/", views.counterparties, name="customer-counterparties"),
    path("customers/<int:party_id>/payroll/", payroll_views.payroll, name="customer-payroll"),
    path("customers/<int:party_id>/transactions/", views.transactions, name="customer-transactions"),
    path("customers/<int:party_id>/together/", together_views.together, name="customer-together"),
    path("accounts/<int:account_id>/", views.account, name="account"),
]
