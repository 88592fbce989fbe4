"""What is done with stays in segments when a customer is forgotten (`core.forgetting`): they go."""

from __future__ import annotations

from zhike.core.forgetting import Rows, declare

declare(
    Rows("audiences_membership"),
    Rows("audiences_standing"),
)
