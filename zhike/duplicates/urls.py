"""Addresses of pairs and merges."""

from __future__ import annotations

from django.urls import path

from zhike.duplicates import views

urlpatterns = [
    path("duplicates/", views.pairs, name="duplicates"),
    path("duplicates/<int:pair_id>/", views.compare, name="duplicate"),
    path("duplicates/<int:pair_id>/decide/", views.decide, name="duplicate-decide"),
    path("duplicates/<int:pair_id>/merge/", views.merge, name="duplicate-merge"),
    path("merges/<int:merge_id>/undo/", views.undo, name="merge-undo"),
]
