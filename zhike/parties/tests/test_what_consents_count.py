"""What counts of the entries of a ledger of consents, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zhike.parties.consent_rules import CANCELLED, ENDED, EVERY, GIVEN, WITHDRAWN, Entry, standing, standings

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def said(
    number: int, state: str, channel: str = "sms", *, days: int | None = None, expires: date | None = None, cancels: int | None = None
) -> Entry:
    return Entry(number, "marketing", channel, state, START + timedelta(days=number if days is None else days), expires, cancels)


def answer(*entries: Entry, channel: str = "sms") -> str:
    return standing(entries, "marketing", channel, until=NOW, day=DAY).answer


def test_the_last_word_counts_and_silence_is_no_consent() -> None:
    assert answer() == "unknown"
    assert answer(said(1, GIVEN)) == "given"
    assert answer(said(1, GIVEN), said(2, WITHDRAWN)) == "withdrawn"
    assert answer(said(1, WITHDRAWN), said(2, GIVEN)) == "given"
    assert answer(said(1, GIVEN), said(2, ENDED)) == "withdrawn"
    assert answer(said(1, GIVEN), channel="phone") == "unknown"


def test_of_one_instant_the_withdrawal_is_believed() -> None:
    assert answer(said(1, WITHDRAWN, days=3), said(2, GIVEN, days=3)) == "withdrawn"


def test_a_withdrawal_for_every_channel_withdraws_each() -> None:
    assert answer(said(1, GIVEN), said(2, WITHDRAWN, EVERY)) == "withdrawn"
    assert answer(said(1, GIVEN), said(2, WITHDRAWN, EVERY), said(3, GIVEN)) == "given"


def test_a_channels_own_withdrawal_is_lifted_only_for_that_channel() -> None:
    assert answer(said(1, WITHDRAWN), said(2, GIVEN, EVERY)) == "withdrawn"
    assert answer(said(1, WITHDRAWN), said(2, GIVEN, EVERY), channel="phone") == "given"


def test_consent_ends_on_its_day() -> None:
    assert answer(said(1, GIVEN, expires=DAY + timedelta(days=1))) == "given"
    assert answer(said(1, GIVEN, expires=DAY)) == "expired"


def test_a_cancelled_entry_never_was_but_counted_until_it_was_cancelled() -> None:
    entries = [said(1, GIVEN), said(2, WITHDRAWN), said(4, CANCELLED, cancels=2)]
    assert answer(*entries) == "given"
    before = START + timedelta(days=3)
    assert standing(entries, "marketing", "sms", until=before, day=before.date()).answer == "withdrawn"


entries = st.lists(
    st.builds(
        said, st.integers(1, 60), st.sampled_from([GIVEN, WITHDRAWN, ENDED]), st.sampled_from([EVERY, "sms", "phone"]),
        expires=st.sampled_from([None, DAY, DAY + timedelta(days=9)]),
    ),
    max_size=12, unique_by=lambda entry: entry.id,
)  # fmt: skip


@given(entries, st.sampled_from([EVERY, "sms", "phone", "email"]))
def test_whoever_withdraws_is_not_approached_from_that_moment(known: list[Entry], channel: str) -> None:
    for where in {channel, EVERY}:
        last = Entry(99, "marketing", where, WITHDRAWN, NOW)
        assert answer(*known, last, channel=channel) == "withdrawn"


@given(entries)
def test_the_order_of_the_rows_and_other_purposes_change_nothing(known: list[Entry]) -> None:
    others = [replace(entry, id=entry.id + 100, purpose="service") for entry in known]
    for channel in (EVERY, "sms", "phone"):
        assert answer(*known, channel=channel) == answer(*others, *reversed(known), channel=channel)


@given(entries)
def test_every_purpose_and_channel_that_was_spoken_of_has_one_line(known: list[Entry]) -> None:
    lines = standings(known, until=NOW, day=DAY)
    assert {(line.purpose, line.channel) for line in lines} == {(entry.purpose, entry.channel) for entry in known}
    assert len(lines) == len({(entry.purpose, entry.channel) for entry in known})
