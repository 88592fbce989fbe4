"""Addresses of tiers, stages and the settings of measures."""

from __future__ import annotations

from django.urls import path

from zhike.insight import (
    dependence_views,
    method_views,
    mix_views,
    override_views,
    overview_views,
    scheme_views,
    setting_views,
    stage_views,
    trial_views,
    worth_views,
)
from zhike.insight.lab import condition_views
from zhike.insight.lab import views as lab_views
from zhike.insight.network import views as network_views
from zhike.insight.predictors import chance_views, outcome_views, register_views

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
    path("customers/<int:party_id>/chances/", chance_views.panel, name="customer-chances"),
    path("customers/<int:party_id>/chances/<slug:predictor>/why/", chance_views.why, name="customer-chance-why"),
    path("customers/<int:party_id>/chances/<slug:predictor>/overrule/", chance_views.overrule, name="customer-overrule"),
    path("customers/<int:party_id>/chances/overrules/<int:overrule_id>/end/", chance_views.take_back, name="customer-overrule-end"),
    path("insight/chances/", chance_views.every, name="insight-chances"),
    path("insight/chances/outcomes/", outcome_views.outcomes, name="insight-outcomes"),
    path("insight/predictors/", register_views.register, name="insight-predictors"),
    path("insight/predictors/begin/", register_views.begin, name="insight-predictors-work"),
    path("insight/predictors/<slug:predictor>/", register_views.card, name="insight-predictor"),
    path("insight/predictors/versions/<int:version_id>/", register_views.act, name="insight-predictor-act"),
    path("insight/lab/", lab_views.lab, name="insight-lab"),
    path("insight/lab/new/", lab_views.new, name="insight-lab-new"),
    path("insight/lab/conditions/<slug:part>/", condition_views.editor, name="insight-lab-conditions"),
    path("insight/lab/conditions/<slug:part>/read/", condition_views.read, name="insight-lab-read"),
    path("insight/lab/<int:question_id>/", lab_views.question, name="insight-lab-question"),
    path("insight/lab/<int:question_id>/export/", lab_views.export, name="insight-lab-export"),
    path("insight/lab/<int:question_id>/away/", lab_views.put_away, name="insight-lab-away"),
    path("insight/overrides/", override_views.every, name="insight-overrides"),
    path("prospects/network/", network_views.finder, name="insight-prospects"),
    path("prospects/network/communities/", network_views.communities, name="insight-communities"),
    path("prospects/network/communities/<int:community>/", network_views.community, name="insight-community"),
    path("prospects/network/<slug:outsider_key>/", network_views.outsider, name="insight-prospect"),
    path("prospects/network/<slug:outsider_key>/add/", network_views.add, name="insight-prospect-add"),
    path("insight/dependence/", dependence_views.page, name="insight-dependence"),
    path("insight/dependence/group/", dependence_views.group, name="insight-dependence-group"),
    path("insight/mix/", mix_views.page, name="insight-mix"),
    path("insight/mix/who/", mix_views.who, name="insight-mix-who"),
    path("insight/mix/export/", mix_views.export, name="insight-mix-export"),
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
