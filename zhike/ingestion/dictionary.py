"""Classes of the columns of batches, rows kept aside and imports."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("ingestion_batch", _("Deliveries of the bank's files"), "C1", "bank"),
    Table("ingestion_check", _("Check figures of deliveries"), "C1", "bank"),
    Table("ingestion_dataasof", _("Up to which day each source is loaded"), "C1", "bank"),
    Table("ingestion_feedrun", _("What came of each feed"), "C1", "bank"),
    Table("ingestion_held", _("Rows that wait for others"), "C1", "once", c2="missing_key row"),
    Table("ingestion_reject", _("Rows kept aside"), "C1", "bank", c2="value_masked row_sealed"),
    Table(
        "ingestion_import", _("Tables brought in the browser"), "C2", "once",
        c1="mapping mode alike count_rows count_created count_changed count_unchanged count_skipped count_rejected purged_at finished_at taggings",
    ),
)  # fmt: skip
