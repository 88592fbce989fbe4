"""Addresses of a party's panels; the page around them is workspace's."""

from __future__ import annotations

from django.urls import path

from zhike.parties import views

urlpatterns = [
    path("customers/<int:party_id>/profile/", views.profile, name="customer-profile"),
    path("customers/<int:party_id>/contact/", views.contact, name="customer-contact"),
    path("customers/<int:party_id>/relations/", views.relations, name="customer-relations"),
    path("customers/<int:party_id>/graph/", views.graph, name="customer-graph"),
    path("customers/<int:party_id>/owners/", views.owners, name="customer-owners"),
    path("customers/<int:party_id>/changes/", views.changes, name="customer-changes"),
    path("customers/<int:party_id>/reveal/", views.reveal, name="customer-reveal"),
]
