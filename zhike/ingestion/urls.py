"""Addresses of batches, and of what people bring themselves."""

from __future__ import annotations

from django.urls import path

from zhike.ingestion import import_views, views

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/<int:batch_id>/", views.batch, name="batch"),
    path("batches/<int:batch_id>/changes/", views.batch_changes, name="batch-changes"),
    path("batches/<int:batch_id>/history/", views.batch_history, name="batch-history"),
    path("batches/<int:batch_id>/rows/", views.batch_rows, name="batch-rows"),
    path("batches/<int:batch_id>/rejects.csv", views.rejects_csv, name="batch-rejects"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<int:import_id>/", import_views.one, name="import"),
    path("imports/<int:import_id>/run/", import_views.run, name="import-run"),
    path("imports/<int:import_id>/state/", import_views.state, name="import-state"),
    path("imports/<int:import_id>/rejects.csv", import_views.rejects, name="import-rejects"),
    path("imports/<int:import_id>/undo/", import_views.undo, name="import-undo"),
]
