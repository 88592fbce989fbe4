"""What is done with looks at a customer when she is forgotten (`core.forgetting`)."""

from __future__ import annotations

from zhike.core.forgetting import Stays, declare

declare(Stays("audit_look", "who of the bank opened which number when: about colleagues, and proof (R35)"))
