"""Addresses of audiences and segments."""

from __future__ import annotations

from django.urls import path

from zhike.audiences import act_views, part_views, segment_views, views

urlpatterns = [
    path("audiences/", views.audiences, name="audiences"),
    path("audiences/new/", views.new, name="audience-new"),
    path("audiences/overlap/", views.overlap, name="audience-overlap"),
    path("audiences/conditions/", part_views.editor, name="audience-conditions"),
    path("audiences/conditions/read/", part_views.read, name="audience-read"),
    path("audiences/breakdown/", part_views.breakdown, name="audience-breakdown"),
    path("audiences/sample/", part_views.sample, name="audience-sample"),
    path("audiences/<int:audience_id>/", views.audience, name="audience"),
    path("audiences/<int:audience_id>/versions/", views.versions, name="audience-versions"),
    path("audiences/<int:audience_id>/change/", act_views.change, name="audience-change"),
    path("audiences/<int:audience_id>/describe/", act_views.describe, name="audience-describe"),
    path("audiences/<int:audience_id>/copy/", act_views.copy, name="audience-copy"),
    path("audiences/<int:audience_id>/away/", act_views.put_away, name="audience-away"),
    path("audiences/<int:audience_id>/segment/", segment_views.segment, name="segment"),
    path("audiences/<int:audience_id>/segment/end/", segment_views.end, name="segment-end"),
]
