"""Classes of the columns of customers, relationships, consents and what people know of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

_PARTY = "customer_no size_class industry since_date left_date is_staff lead_source"

declare(
    Table("parties_party", _("Customers, prospects, former customers"), "C2", "law", c1=_PARTY, c2="barrier_ids"),
    Table("parties_record", _("What each source says of a merged customer"), "C2", "law", c1=_PARTY, c2="barrier_ids"),
    Table("parties_partyhistory", _("What customers were before they changed"), "C2", "law"),
    Table("parties_partysource", _("Customers' keys in each source"), "C1", "law"),
    Table("parties_origin", _("Under which key facts of merged customers came"), "C1", "law"),
    Table("parties_choice", _("Whose value a person chose for a merged customer"), "C1", "customer"),
    Table("parties_sourcerank", _("Which source is believed first"), "C1", "bank"),
    Table("parties_nametoken", _("Words that names are searched by"), "C2", "law"),
    Table("parties_identifier", _("Documents and registrations"), "C2", "law", c1="is_main"),
    Table("parties_contactpoint", _("Ways to reach customers"), "C2", "law", c1="purpose is_main is_valid"),
    Table("parties_relationship", _("What customers are to each other"), "C2", "law", c1="confidence verified_by is_reciprocal"),
    Table("parties_groupmember", _("Households and groups of firms"), "C2", "law", c1="is_head group_key"),
    Table("parties_assignment", _("Who looks after whom"), "C1", "law"),
    Table("parties_handover", _("Books handed over"), "C1", "bank", c2="reason"),
    Table("parties_handovercustomer", _("Customers of a hand-over"), "C1", "customer", c2="frozen"),
    Table("parties_consent", _("The ledger of consents"), "C2", "consent", c1="purpose channel at notice_version expires_date"),
    Table(
        "parties_contactrestriction",
        _("Reasons not to approach a customer"),
        "C2",
        "customer",
        c1="channel begins_at ends_date lifted_at made_by",
        c2="kind",
    ),
    Table("parties_correction", _("What a source has wrong"), "C2", "customer", c1="field asked_at sent_at decided_at"),
    Table("parties_declaredfield", _("Fields that an administrator declared"), "C1", "bank"),
    Table("parties_declared", _("Values of declared fields"), "C2", "customer"),
    Table("parties_declaredchange", _("Changes of declared fields"), "C2", "customer", c1="name at"),
    Table("parties_declaredkey", _("Index of declared fields"), "C2", "customer"),
    Table("parties_tag", _("Tags"), "C1", "bank"),
    Table("parties_tagging", _("Tags on customers"), "C1", "customer"),
    Table("parties_forgotten", _("Keyed digests of forgotten customers"), "C1", "law"),
    Table("parties_teamed", _("Service teams of customers"), "C1", "customer"),
    Table("parties_trash", _("What was deleted and may come back"), "C2", "once", c1="deleted_at"),
)
