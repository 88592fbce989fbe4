"""Addresses of core: the page of parts. Only there in a demonstration or while developing."""

from __future__ import annotations

from django.urls import path

from zhike.core import look

urlpatterns = [
    path("_look", look.look, name="look"),
    path("_look/reveal", look.reveal, name="look-reveal"),
    path("_look/broken", look.broken_panel, name="look-broken"),
]
