"""What the usual tiers are called."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

TIERS: Mapping[str, str | Promise] = {
    "ordinary": gettext_lazy("Ordinary"), "gold": gettext_lazy("Gold"), "platinum": gettext_lazy("Platinum"), "black_gold": gettext_lazy("Black gold"),
    "diamond": gettext_lazy("Diamond"), "private": gettext_lazy("Private banking"), "private_6": gettext_lazy("Private, 6 M"),
    "private_8": gettext_lazy("Private, 8 M"), "private_10": gettext_lazy("Private, 10 M"), "star_3": gettext_lazy("3 stars"),
    "star_4": gettext_lazy("4 stars"), "star_5": gettext_lazy("5 stars"), "star_6": gettext_lazy("6 stars"), "star_7": gettext_lazy("7 stars"),
}  # fmt: skip
