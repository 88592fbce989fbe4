"""Address of the panel of contacts."""

from __future__ import annotations

from django.urls import path

from zhike.engagement import views

urlpatterns = [
    path("customers/<int:party_id>/interactions/", views.interactions, name="customer-interactions"),
]
