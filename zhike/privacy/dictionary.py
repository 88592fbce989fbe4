"""Classes of the columns of requests over personal data and of the registers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table(
        "privacy_request",
        _("Requests of customers over their data"),
        "C2",
        "customer",
        c1="regime received_at due_date remind_date identity_at given_at decided_at carried_out_at outcome",
    ),
    Table(
        "privacy_entry",
        _("Registers of purposes, assessments, sharing and incidents"),
        "C1",
        "bank",
        c2="title facts made_name changed_name",
    ),
)
