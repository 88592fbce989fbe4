"""Addresses of the panel of notes, of files, and of the mentions of a person."""

from __future__ import annotations

from django.urls import path

from zhike.engagement import mention_views, note_views

urlpatterns = [
    path("customers/<int:party_id>/notes/", note_views.notes, name="customer-notes"),
    path("customers/<int:party_id>/notes/<int:note_id>/", note_views.note, name="customer-note"),
    path("customers/<int:party_id>/notes/<int:note_id>/delete/", note_views.delete, name="customer-note-delete"),
    path("customers/<int:party_id>/notes/<int:note_id>/pin/", note_views.pin, name="customer-note-pin"),
    path("customers/<int:party_id>/files/<int:file_id>/", note_views.file, name="customer-file"),
    path("customers/<int:party_id>/colleagues/", note_views.colleagues, name="customer-colleagues"),
    path("mentions/", mention_views.mentions, name="mentions"),
    path("mentions/read/", mention_views.read_all, name="mentions-read"),
    path("mentions/<int:mention_id>/", mention_views.follow, name="mention"),
]
