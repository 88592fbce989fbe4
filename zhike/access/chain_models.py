"""The audit's chain beside the audit: a link for every sealed entry, a signed seal for every sealing (`chain`). Both are only added to."""

from __future__ import annotations

from django.db import models


class AuditLink(models.Model):
    """The place of an entry in the chain. No foreign key: a link must outlive an entry that somebody removes, or nobody would know."""

    place = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 … without a gap")
    entry_id = models.BigIntegerField(unique=True)
    content = models.BinaryField(help_text="keyed hash of the entry, 16 bytes")
    mac = models.BinaryField(help_text="keyed hash over the link before this one, 16 bytes")

    class Meta:
        db_table = "access_auditlink"
        app_label = "access"


class AuditSeal(models.Model):
    """What one sealing closed, signed; see `chain.Seal`. The last of a day is the day's head."""

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 … without a gap")
    day = models.DateField(db_index=True, help_text="the bank's day on which it was sealed")
    sealed_at = models.DateTimeField()
    first_place = models.BigIntegerField()
    last_place = models.BigIntegerField()
    mac = models.BinaryField(help_text="that of the link at `last_place`")
    low_id = models.BigIntegerField(help_text="up to this id every entry was sealed")
    unstamped_to = models.BigIntegerField(help_text="up to this id entries are older than stamps")
    signature = models.BinaryField(help_text="Ed25519, 64 bytes")
    waiting_id = models.BigIntegerField(help_text="the next `low_id`, once every transaction of that moment has ended; not signed")
    waiting_xid = models.BigIntegerField(help_text="below this transaction number all must have ended; not signed")
    waiting_since_at = models.DateTimeField(help_text="of which moment; not signed")

    class Meta:
        db_table = "access_auditseal"
        app_label = "access"


class AuditWithheld(models.Model):
    """An entry whose words are gone because the customer it was about was deleted; see `withholding`. Only added to."""

    entry_id = models.BigIntegerField(primary_key=True)
    mac = models.BinaryField(help_text="keyed hash of the entry as it stands since, 16 bytes: without it the entry counts as changed")
    withheld_at = models.DateTimeField()

    class Meta:
        db_table = "access_auditwithheld"
        app_label = "access"
