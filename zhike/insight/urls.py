"""Addresses of tiers, stages and the settings of measures."""

from __future__ import annotations

from django.urls import path

from zhike.insight import setting_views

urlpatterns = [
    path("insight/settings/", setting_views.groups, name="insight-settings"),
    path("insight/settings/<slug:group>/", setting_views.group, name="insight-setting-group"),
]
