"""What is done with what opens and closes customers by name when one of them is forgotten (`core.forgetting`)."""

from __future__ import annotations

from zhike.access.withholding import withhold
from zhike.core.forgetting import Gone, Rows, Stays, cleaned, declare

declare(
    Rows("access_participation", order=10),
    Rows("access_listed", is_law=True, order=10),
    Rows("access_brokenglass", sets="reason = '—', remark = ''", is_law=True, only="t.reviewed_at is not null"),
    Stays("access_auditentry", "who did what on which number is proved by entries of which only the words go (R35; GDPR 17(3)(b) and (e))"),
    Stays("access_proposal", "what was decided by two people stays as it was put before them"),
)


@cleaned("access.audit")
def words_of_the_audit(gone: Gone) -> int:
    """Before, after and reason of entries about those who go wholly."""
    gone.step("audit")
    return withhold(at=gone.at)
