"""Tombstones: of whom the bank's files may bring nothing back."""

from __future__ import annotations

from django.db import models


class Forgotten(models.Model):
    """A key in a source whose customer was forgotten. The key itself is nowhere: only its keyed digest, which a load compares (`forgotten`).

    The job role alone reads it: that somebody was deleted is nobody's business.
    """

    class What(models.TextChoices):
        PARTY = "party"
        ACCOUNT = "account"

    source = models.TextField()
    what = models.TextField(default=What.PARTY, help_text="party, or account: one of hers, whose postings land without words")
    key_digest = models.BinaryField(
        help_text="keyed digest of the key in the source, 12 bytes; what stands for a customer's key is made of it"
    )
    is_whole = models.BooleanField(help_text="nothing of her comes back; else only words from before `forgotten_at` stay out")
    forgotten_at = models.DateTimeField(help_text="when what may not come back was deleted")

    class Meta:
        db_table = "parties_forgotten"
        constraints = [models.UniqueConstraint(fields=["source", "what", "key_digest"], name="forgotten_key")]
