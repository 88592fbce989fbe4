"""What is done with the requests of a customer when she is forgotten (`core.forgetting`)."""

from __future__ import annotations

from zhike.core.forgetting import Rows, Stays, declare

declare(
    # That she asked and was answered is proof for three years (the retention schedule ends it); her words are not needed for it.
    Rows("privacy_request", sets="wanted = '—', extended_reason = case when t.extended_reason = '' then '' else '—' end", is_law=True),
    Stays("core_event", "keys only"),
)
