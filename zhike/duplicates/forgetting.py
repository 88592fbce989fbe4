"""What is done with likely pairs and merges when a customer is forgotten (`core.forgetting`)."""

from __future__ import annotations

from zhike.core.forgetting import Rows, declare

declare(
    Rows("duplicates_pair", column="left_id", is_law=True),
    Rows("duplicates_pair", column="right_id", is_law=True),
    Rows("duplicates_merge", column="survivor_id", is_law=True),  # holds the absorbed row as it stood; taken apart it can never be again
)
