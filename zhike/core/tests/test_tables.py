"""Cursors of keyset tables: they come back as they went, and none but ours is accepted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from zhike.core.tables import BadCursor, Cursor, decode, encode


@pytest.mark.parametrize("value", [Decimal("5486213.08"), date(2026, 11, 25), datetime(2026, 11, 25, 4, 2, tzinfo=UTC), "沈佩蓉", 7, None])
def test_a_cursor_keeps_the_type_of_its_value(value: Any) -> None:
    cursor = Cursor("aum", True, value, 41)
    assert decode(encode(cursor), sort="aum", descending=True) == cursor


def test_a_cursor_of_another_sorting_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode(encode(Cursor("aum", True, Decimal(1), 41)), sort="name", descending=True)


@pytest.mark.parametrize("forged", ["", "x", "WyJhdW0iLHRydWUsIiIsMSw0MV0:1abc:forged"])
def test_a_forged_cursor_is_refused(forged: str) -> None:
    with pytest.raises(BadCursor):
        decode(forged, sort="aum", descending=True)
