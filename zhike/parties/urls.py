"""Addresses of a party's panels; the page around them is workspace's."""

from __future__ import annotations

from django.urls import path

from zhike.parties import consent_views, correction_views, field_views, known_views, prospect_views, restriction_views, tag_views, views

urlpatterns = [
    path("customers/<int:party_id>/profile/", views.profile, name="customer-profile"),
    path("customers/<int:party_id>/contact/", views.contact, name="customer-contact"),
    path("customers/<int:party_id>/relations/", views.relations, name="customer-relations"),
    path("customers/<int:party_id>/graph/", views.graph, name="customer-graph"),
    path("customers/<int:party_id>/owners/", views.owners, name="customer-owners"),
    path("customers/<int:party_id>/changes/", views.changes, name="customer-changes"),
    path("customers/<int:party_id>/known/", known_views.known, name="customer-known"),
    path("customers/<int:party_id>/known/form/", known_views.form, name="customer-known-form"),
    path("customers/<int:party_id>/known/history/", known_views.history, name="customer-known-history"),
    path("customers/<int:party_id>/known/restore/", known_views.restore, name="customer-known-restore"),
    path("customers/<int:party_id>/tags/", tag_views.customer_tags, name="customer-tags"),
    path("customers/<int:party_id>/corrections/", correction_views.ask, name="customer-corrections"),
    path("customers/<int:party_id>/corrections/form/", correction_views.form, name="customer-correction-form"),
    path("customers/pick/", prospect_views.pick, name="customer-pick"),
    path("customers/<int:party_id>/relations/new/", prospect_views.relation_new, name="customer-relation-new"),
    path("customers/<int:party_id>/relations/<int:relation_id>/", prospect_views.relation, name="customer-relation"),
    path("prospects/new/", prospect_views.new, name="prospect-new"),
    path("prospects/alike/", prospect_views.alike, name="prospect-alike"),
    path("prospects/<int:party_id>/", prospect_views.edit, name="prospect"),
    path("trash/", prospect_views.trash, name="trash"),
    path("trash/<int:trash_id>/", prospect_views.restore, name="trash-restore"),
    path("corrections/", correction_views.corrections, name="corrections"),
    path("corrections/<int:correction_id>/", correction_views.decide, name="correction"),
    path("tags/", tag_views.tags, name="tags"),
    path("tags/<int:tag_id>/", tag_views.tag, name="tag"),
    path("fields/", field_views.fields, name="fields"),
    path("fields/new/", field_views.field_new, name="field-new"),
    path("fields/<slug:name>/", field_views.field_edit, name="field-edit"),
    path("fields/<slug:name>/index/", field_views.field_index, name="field-index"),
    path("customers/<int:party_id>/consents/", consent_views.consents, name="customer-consents"),
    path("customers/<int:party_id>/consents/form/", consent_views.form, name="customer-consent-form"),
    path("customers/<int:party_id>/consents/<int:entry_id>/cancel/", consent_views.cancel, name="customer-consent-cancel"),
    path("customers/<int:party_id>/flags/", restriction_views.flags, name="customer-flags"),
    path("customers/<int:party_id>/restrictions/new/", restriction_views.new, name="customer-restriction-new"),
    path("customers/<int:party_id>/restrictions/<int:restriction_id>/", restriction_views.lift, name="customer-restriction"),
    path("customers/<int:party_id>/reveal/", views.reveal, name="customer-reveal"),
]
