"""Classes of the columns of contacts, notes and what customers do on channels."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("engagement_interaction", _("Contacts with customers"), "C2", "customer", c1="direction seconds"),
    Table("engagement_channelday", _("What customers did on channels, by day"), "C2", "customer", c1="keys seconds"),
    Table("engagement_note", _("Notes on customers"), "C2", "customer", c1="written_at edited_at pinned_at deleted_at"),
    Table("engagement_notefile", _("Files attached to notes"), "C2", "customer", c1="media_type size added_at"),
    Table("engagement_mention", _("Colleagues mentioned in notes"), "C1", "customer"),
)
