"""Addresses of tiers, stages and the settings of measures."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
