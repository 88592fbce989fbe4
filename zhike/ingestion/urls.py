"""Addresses of batches."""

from __future__ import annotations

from django.urls import path

from zhike.ingestion import views

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/<int:batch_id>/", views.batch, name="batch"),
    path("batches/<int:batch_id>/changes/", views.batch_changes, name="batch-changes"),
    path("batches/<int:batch_id>/history/", views.batch_history, name="batch-history"),
    path("batches/<int:batch_id>/rows/", views.batch_rows, name="batch-rows"),
    path("batches/<int:batch_id>/rejects.csv", views.rejects_csv, name="batch-rejects"),
]
