"""Classes of the columns of people, organisation, scope, sealing and audit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("access_unit", _("Head office, branches, outlets"), "C1", "bank", public="name level region opened_date closed_date"),
    Table("access_calendarday", _("On which days the bank works"), "public", "bank"),
    Table("access_employee", _("Who works at the bank"), "C1", "bank", c2="name"),
    Table("access_person", _("Who may log in"), "C1", "bank", c2="name password networks"),
    Table("access_role", _("Roles"), "C1", "bank"),
    Table("access_session", _("Log-ins that are open"), "C2", "once", c1="expire_date way opened_at seen_at"),
    Table("mfa_authenticator", _("Second factors of who logs in"), "C1", "person", c2="data", area="access"),
    Table("account_emailaddress", _("Unused: a library wants it"), "C1", "unused", c2="email", area="access"),
    Table("account_emailconfirmation", _("Unused: a library wants it"), "C1", "unused", c2="key", area="access"),
    Table("access_absence", _("Deputies of who is away"), "C1", "bank", c2="reason"),
    Table("access_participation", _("Who takes part in the work for a customer"), "C1", "customer", c2="reason"),
    Table("access_brokenglass", _("Emergency access to a customer"), "C1", "audit", c2="reason remark"),
    Table("access_barrier", _("Special lists"), "C2", "bank", c1="made_at ended_at"),
    Table("access_listed", _("Customers on special lists"), "C2", "customer", c1="listed_at", c2="barrier_id party_id"),
    Table("access_admission", _("Whom special lists admit"), "C1", "bank", c2="reason"),
    Table("access_serviceteam", _("Service teams"), "C1", "bank", c2="name"),
    Table("access_teammember", _("Who has which post in a service team"), "C1", "bank", c2="reason"),
    Table("access_approvalrule", _("When acts need a second person"), "C1", "bank", c2="set_name"),
    Table(
        "access_proposal",
        _("Acts that wait for a second person"),
        "C1",
        "audit",
        c2="asked words why proposer_name decided_name answer note",
    ),
    Table("access_proposalstep", _("What happened to a proposal"), "C1", "audit", c2="person_name words"),
    Table("access_protectedcolumn", _("Which columns may be revealed, and by whom"), "C1", "bank"),
    Table("access_vault", _("Encrypted values: ID numbers, telephones, accounts, cards, e-mail, addresses"), "C2", "law", c1="key_version"),
    Table("access_viewersecret", _("The key by which the database knows who asks"), "C2", "bank"),
    Table("access_auditentry", _("Who did and saw what, when, why"), "C2", "audit", c1="at act area subject_type request_id door stamp"),
    Table("access_auditlink", _("The chain of the audit"), "C1", "audit"),
    Table("access_auditwithheld", _("Entries of the audit without their words"), "C1", "audit"),
    Table("access_auditseal", _("Seals of the audit"), "C1", "audit"),
    Table("access_work", _("Work that takes longer than a page"), "C1", "once", c2="title asked note error"),
)
