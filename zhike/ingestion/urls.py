"""Addresses of batches."""

from __future__ import annotations

from django.urls import path

from zhike.ingestion import views

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/<int:batch_id>/", views.batch, name="batch"),
    path("batches/<int:batch_id>/rejects.csv", views.rejects_csv, name="batch-rejects"),
]
