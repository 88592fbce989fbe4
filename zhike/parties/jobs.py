"""What the worker does for parties by itself."""

from __future__ import annotations

from django.utils import timezone

from zhike.core.jobs import job
from zhike.parties import indexing, trash


@job("parties.purge_trash", every="40 18 * * *", reason="what was deleted thirty days ago, by dates alone")
def purge_trash() -> None:
    """Forget what was deleted more than thirty days ago; at night where the bank is."""
    trash.purge(at=timezone.now())


@job(
    indexing.JOB, tries=1, reason="the index of a declared field, of all customers' values"
)  # what failed says so on its page, is tried again from there and at night
def index_field(field_id: int) -> None:
    """Make or drop the index of a declared field, as its form asks."""
    indexing.put_right(field_id)


@job("parties.index_fields", every="50 18 * * *", reason="indexes of declared fields, of all customers' values")
def index_fields() -> None:
    """Put right what is left: indexes that failed, and wishes that nobody was there to hear."""
    for field_id in indexing.unfinished():
        indexing.put_right(field_id)
