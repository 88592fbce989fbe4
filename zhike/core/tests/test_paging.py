"""Pages of a keyset table: forward and back, each row exactly once, whatever arrives meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhike.core.models import Event
from zhike.core.tables import Column, Page, page_of
from zhike.testing.databases import Bank

COLUMNS = (Column("name", "Name", "name"), Column("payload", "Payload"))


@pytest.fixture
def _seven_events(empty_bank: Bank) -> Iterator[None]:
    with empty_bank.acting_as("job"):
        Event.objects.bulk_create(Event(name=name) for name in ("b", "a", "c", "b", "a", "b", "d"))
        yield


def page(size: int = 3, **query: str) -> Page[Event]:
    return page_of(Event.objects.all(), COLUMNS, query, sort="name", size=size)


@pytest.mark.usefixtures("_seven_events")
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_paging_forward_shows_every_row_once(order: str) -> None:
    seen, cursor = [], ""
    for _ in range(3):
        found = page(sort="name", order=order, after=cursor)
        seen += [(row.name, row.pk) for row in found.rows]
        cursor = found.next
    assert cursor == ""
    assert seen == sorted(seen, reverse=order == "desc") and len(seen) == 7


@pytest.mark.usefixtures("_seven_events")
def test_paging_back_shows_the_page_before() -> None:
    first = page()
    second = page(after=first.next)
    back = page(before=second.previous)
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    assert back.previous == "" and back.next == first.next


@pytest.mark.usefixtures("_seven_events")
def test_a_row_that_arrives_shifts_nothing() -> None:
    first = page()
    expected = [row.pk for row in page(after=first.next).rows]
    Event.objects.create(name="a")
    assert [row.pk for row in page(after=first.next).rows][-2:] == expected[-2:]


@pytest.mark.usefixtures("_seven_events")
def test_an_unknown_sorting_or_cursor_gives_the_first_page() -> None:
    first = [row.pk for row in page().rows]
    assert [row.pk for row in page(sort="payload", after="forged").rows] == first
