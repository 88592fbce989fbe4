"""What files say about consent becomes entries of a ledger; log-ins and visits are summed up by customer, day and channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zhike.ingestion.tests.canonical import deliver, differing, fingerprint
from zhike.testing.databases import Bank

PARTIES = [{"party_key": key, "kind": "individual", "name": key} for key in ("A", "B")]
_LEDGER = """
    select p.external_key, c.purpose, c.channel, c.state, c.at at time zone 'Asia/Shanghai', c.notice_version, c.valid_from from parties_consent c
    join parties_party p on p.id = c.party_id order by c.valid_from, c.id
"""
_DAYS = """
    select p.external_key, d.day::text, d.channel, array(select k from unnest(d.kinds) k order by 1), d.details, d.seconds, d.last_at at time zone 'Asia/Shanghai'
    from engagement_channelday d join parties_party p on p.id = d.party_id order by 1, 2, 3, d.id
"""


def _rows(bank: Bank, statement: str) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(statement).fetchall()]


def _consent(party: str, state: str, at: str = "", channel: str = "sms", **more: str) -> dict[str, str]:
    return {"party_key": party, "purpose": "marketing", "channel": channel, "state": state, "at": f"{at}+08:00" if at else "", **more}


def _event(key: str, at: str, kind: str = "login", channel: str = "mobile_app", **more: str) -> dict[str, str]:
    return {"event_key": key, "party_key": "A", "at": f"{at}+08:00", "channel": channel, "kind": kind, **more}


def _counts(told: dict[str, Any], feed: str) -> list[tuple[int, int]]:
    return [(one["feeds"][feed]["loaded"], one["feeds"][feed]["unchanged"]) for one in told["batches"]]


def test_a_file_adds_entries_and_says_nothing_new_by_repeating_itself(empty_bank: Bank, tmp_path: Path) -> None:
    first = [_consent("A", "given", "2026-01-02T09:00:00", notice_version="V1"), _consent("B", "given")]
    deliver(tmp_path, "20260105", parties=PARTIES, consents=first)
    deliver(tmp_path, "20260106", consents=[*first, _consent("A", "given", channel="")])
    deliver(tmp_path, "20260107", consents=[_consent("A", "withdrawn", "2026-01-07T10:00:00")])
    deliver(tmp_path, "20260108", consents=[first[0]])
    told = empty_bank.load(tmp_path, "zhike")
    assert _counts(told, "consents") == [(2, 0), (1, 2), (1, 0), (1, 0)]
    shown = [
        (party, channel, state, f"{at:%m-%d %H:%M}", version) for party, _, channel, state, at, version, _ in _rows(empty_bank, _LEDGER)
    ]
    assert shown == [
        ("A", "sms", "given", "01-02 09:00", "V1"), ("B", "sms", "given", "01-05 00:00", ""), ("A", "", "given", "01-06 00:00", ""),
        ("A", "sms", "withdrawn", "01-07 10:00", ""), ("A", "sms", "given", "01-02 09:00", "V1"),
    ]  # fmt: skip


def test_what_a_full_file_no_longer_names_has_ended_once(empty_bank: Bank, tmp_path: Path) -> None:
    layout = tmp_path / "full.toml"
    layout.write_text(
        'source = "zhike"\n[files.c]\npath = "c*.csv"\n[[feed]]\nfeed = "consents"\nfrom = "c"\nmode = "full"\n'
        '[feed.fields]\nparty_key = "a"\npurpose = { value = "marketing" }\nchannel = { value = "sms" }\nstate = { value = "given" }\n',
        encoding="utf-8",
    )
    empty_bank.load(deliver(tmp_path / "zhike", "20260104", parties=PARTIES), "zhike")
    for day, lines in (("20260105", "A\nB\n"), ("20260106", "A\n"), ("20260107", "A\n"), ("20260108", "A\nB\n")):
        (tmp_path / "in" / day).mkdir(parents=True)
        (tmp_path / "in" / day / "c.csv").write_text(f"a\n{lines}", encoding="utf-8")
    empty_bank.load(tmp_path / "in", str(layout))
    assert [(party, state, f"{day:%d}") for party, _, _, state, _, _, day in _rows(empty_bank, _LEDGER)] == [
        ("A", "given", "05"), ("B", "given", "05"), ("B", "ended", "06"), ("B", "given", "08"),
    ]  # fmt: skip


def test_events_of_a_day_are_one_row_and_one_delivered_twice_counts_once(empty_bank: Bank, tmp_path: Path) -> None:
    late = _event("e4", "2026-01-05T23:59:00", seconds="5")
    deliver(
        tmp_path, "20260105", parties=PARTIES,
        channel_events=[_event("e1", "2026-01-05T08:00:00", seconds="30"), _event("e2", "2026-01-05T21:00:00", "browse", detail="理财", seconds="60"),
                        _event("e3", "2026-01-05T09:00:00", "counter_visit", "counter")],
    )  # fmt: skip
    deliver(tmp_path, "20260106", channel_events=[_event("e1", "2026-01-05T08:00:00", seconds="30"), late])
    told = empty_bank.load(tmp_path, "zhike")
    assert _counts(told, "channel_events") == [(3, 0), (1, 1)]
    assert [(party, day, channel, kinds, details, seconds, f"{at:%H:%M}") for party, day, channel, kinds, details, seconds, at in _rows(empty_bank, _DAYS)] == [
        ("A", "2026-01-05", "counter", ["counter_visit"], [], None, "09:00"),
        ("A", "2026-01-05", "mobile_app", ["browse", "login"], ["理财"], 90, "21:00"),
        ("A", "2026-01-05", "mobile_app", ["login"], [], 5, "23:59"),
    ]  # fmt: skip


def test_a_date_delivered_again_replays_both_as_if_it_had_come_so_first(empty_bank: Bank, tmp_path: Path) -> None:
    def both(root: Path, state: str) -> Path:
        deliver(root, "20260105", parties=PARTIES, consents=[_consent("A", state)], channel_events=[_event("e1", "2026-01-05T08:00:00")])
        return deliver(
            root,
            "20260106",
            consents=[_consent("A", "given")],
            channel_events=[_event("e1", "2026-01-05T08:00:00"), _event("e2", "2026-01-06T08:00:00")],
        )

    empty_bank.load(both(tmp_path / "right", "withdrawn"), "zhike")
    expected = fingerprint(empty_bank)
    empty_bank.load(both(tmp_path / "wrong", "given") / "20260105", "zhike")
    assert differing(expected, fingerprint(empty_bank)), "the other story differs"
    empty_bank.load(tmp_path / "right" / "20260105", "zhike", "--again")
    assert differing(expected, fingerprint(empty_bank)) == {}


def test_of_an_unknown_customer_nothing_is_taken(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "20260105",
        parties=PARTIES[:1],
        consents=[_consent("B", "given")],
        channel_events=[{**_event("e1", "2026-01-05T08:00:00"), "party_key": "B"}],
    )
    feeds = empty_bank.load(tmp_path, "zhike")["feeds"]
    assert (feeds["consents"]["rejected"], feeds["channel_events"]["rejected"]) == (1, 1)
