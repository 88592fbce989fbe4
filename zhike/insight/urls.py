"""Addresses of tiers, stages and the settings of measures."""

from __future__ import annotations

from django.urls import path

from zhike.insight import (
    method_views,
    override_views,
    overview_views,
    scheme_views,
    setting_views,
    stage_views,
    trial_views,
    worth_views,
)

urlpatterns = [
    path("insight/", overview_views.home, name="insight"),
    path("insight/fields/", overview_views.dictionary, name="insight-dictionary"),
    path("insight/fields/<slug:profile_key>/", overview_views.spread, name="insight-spread"),
    path("insight/methods/", method_views.methods, name="insight-methods"),
    path("insight/origins/", overview_views.origins, name="insight-origins"),
    path("insight/origins/<slug:table>/", overview_views.origin, name="insight-origin"),
    path("customers/<int:party_id>/value/", worth_views.panel, name="customer-value"),
    path("customers/<int:party_id>/value/rows/", worth_views.page, name="customer-value-rows"),
    path("customers/<int:party_id>/tier/", override_views.give, name="customer-tier"),
    path("customers/<int:party_id>/tier/<int:override_id>/", override_views.end, name="customer-tier-end"),
    path("insight/overrides/", override_views.every, name="insight-overrides"),
    path("insight/stages/", stage_views.stages, name="insight-stages"),
    path("insight/stages/who/", stage_views.who, name="insight-stages-who"),
    path("insight/tiers/", scheme_views.tiers, name="insight-tiers"),
    path("insight/tiers/<int:scheme_id>/", scheme_views.scheme, name="insight-tier-scheme"),
    path("insight/tiers/<int:scheme_id>/discard/", scheme_views.discard, name="insight-tier-discard"),
    path("insight/tiers/<int:scheme_id>/who/", trial_views.who, name="insight-tier-who"),
    path("insight/tiers/<int:scheme_id>/shadow/", scheme_views.shadow, name="insight-tier-shadow"),
    path("insight/tiers/<int:scheme_id>/in-force/", scheme_views.in_force, name="insight-tier-in-force"),
    path("insight/settings/", setting_views.groups, name="insight-settings"),
    path("insight/settings/<slug:group>/", setting_views.group, name="insight-setting-group"),
]
