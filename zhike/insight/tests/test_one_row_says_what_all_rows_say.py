"""What a person reads of one customer is worked out from her row alone, and is what scoring says of everybody in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings

from zhike.core.forgetting import Gone
from zhike.insight import snapshots
from zhike.insight.forgetting import clean_marts
from zhike.insight.predictors import everybody, feature_rows, outcomes
from zhike.insight.predictors.features import FEATURES
from zhike.insight.predictors.outcomes import PROFILE
from zhike.insight.profile_fields import BY_KEY
from zhike.insight.snapshots import Piece, Snapshot

DAY, ROWS = date(2026, 8, 31), 400
KEYS = tuple(one.key for one in FEATURES)


def drawn(chance: np.random.Generator, key: str) -> Any:
    """A value that a field may have; a fifth of them nothing, some of them nought or less."""
    field = BY_KEY[key]
    if chance.random() < 0.2:
        return None
    by_type: dict[str, Callable[[], Any]] = {
        "money": lambda: Decimal(int(chance.choice([0, -12_345, 1, 10_050, 987_654_321]))) / 100,
        "rate": lambda: Decimal(int(chance.integers(-3_000_000, 3_000_000))) / 1_000_000,
        "number": lambda: int(chance.integers(-1, 40)), "date": lambda: DAY - timedelta(days=int(chance.integers(-300, 900))),
        "flag": lambda: bool(chance.random() < 0.5),
        "choice": lambda: str(chance.choice([*field.choices, "unheard of"])),
    }  # fmt: skip
    return by_type.get(field.type, lambda: "x")()


def written(home: Path) -> Snapshot:
    chance = np.random.default_rng(9)
    fields = [name for name in PROFILE.names if name != "party_id"]
    columns = {"party_id": list(range(1, ROWS + 1)), **{key: [drawn(chance, key) for _ in range(ROWS)] for key in fields}}
    columns.pop("last_login_date")  # as in a file that is older than the field
    path = snapshots.root(home) / "marts" / "profile" / "one.parquet"
    path.parent.mkdir(parents=True)
    schema = pa.schema([field for field in PROFILE.to_pyarrow() if field.name in columns])
    pq.write_table(pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema=schema), path)
    return Snapshot(DAY, 1, "duckdb", DAY.replace(day=1), (), "", "", {"profile": (Piece("marts/profile/one.parquet"),)})


def in_sql(home: Path, snapshot: Snapshot) -> np.ndarray[Any, Any]:
    with outcomes.opened() as engine:
        t = outcomes.now(engine, home, snapshot)
        rows = outcomes.ask(engine, t.select("party_id", **{f"x_{one.key}": one.value(t) for one in FEATURES}).order_by("party_id"))
    return np.column_stack([np.asarray(rows.column(f"x_{key}").to_numpy(zero_copy_only=False), dtype=np.float64) for key in KEYS])


def test_every_feature_of_every_row_is_the_same_either_way(tmp_path: Path) -> None:
    snapshot = written(tmp_path)
    every = in_sql(tmp_path, snapshot)
    differ = set()
    for party in range(1, ROWS + 1):
        own = everybody.one(tmp_path, snapshot, KEYS, party)
        assert own is not None
        same = (own[0] == every[party - 1]) | (np.isnan(own[0]) & np.isnan(every[party - 1]))
        differ |= {KEYS[place] for place in np.flatnonzero(~same)}
    assert differ == set()
    assert np.isnan(every).any() and (every == -20).any() and (every == 20).any(), "the drawn rows reach the edges"


def test_who_is_not_there_has_no_features_and_who_is_forgotten_is_not_found_again(tmp_path: Path) -> None:
    snapshot = written(tmp_path)
    assert everybody.one(tmp_path, snapshot, KEYS, ROWS + 1) is None
    assert everybody.one(tmp_path, snapshot, KEYS, 7) is not None
    path = snapshots.root(tmp_path) / "marts" / "profile" / "one.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.filter(pa.compute.not_equal(rows["party_id"], 7)), path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)
    assert everybody.one(tmp_path, snapshot, KEYS, 7) is None


def keep(home: Path, snapshot: Snapshot, keys: tuple[str, ...] = KEYS, refused: tuple[int, ...] = ()) -> np.ndarray[Any, Any]:
    """What scoring does, in parts that each go through all keys, as in a large bank."""
    every = in_sql(home, snapshot)[:, [KEYS.index(key) for key in keys]]
    party = np.arange(1, ROWS + 1)
    with feature_rows.keeping(home, snapshot, keys) as kept:
        for part in (party % 3 == 0, party % 3 == 1, party % 3 == 2, party > ROWS):
            kept.keep(party[part], every[part], ~np.isin(party[part], refused))
    return every


def profile_of(home: Path) -> Path:
    return snapshots.root(home) / "marts" / "profile" / "one.parquet"


def test_what_scoring_kept_is_her_row_to_the_last_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_rows, "BLOCK", 64)
    snapshot = written(tmp_path)
    every = keep(tmp_path, snapshot)
    profile_of(tmp_path).unlink()  # the profile is not asked
    some = KEYS[7:90:3][::-1]
    for party in range(1, ROWS + 1):
        own, few = everybody.one(tmp_path, snapshot, KEYS, party), everybody.one(tmp_path, snapshot, some, party)
        assert own is not None and few is not None
        assert own.tobytes() == every[party - 1].tobytes()
        assert few.tobytes() == every[party - 1][[KEYS.index(key) for key in some]].tobytes()


def test_a_large_bank_is_read_in_ranges_of_keys_and_nobody_twice_or_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = written(tmp_path)
    monkeypatch.setattr(everybody, "AT_ONCE", 100)
    with outcomes.opened() as engine:
        found = [
            engine.execute(f"select party_id from known where {where} order by 1").fetchnumpy()["party_id"].tolist()
            for where in everybody.parts(engine, tmp_path, snapshot)
        ]
    assert len(found) == -(-ROWS // 100) > 1 and max(map(len, found)) - min(map(len, found)) <= 1
    assert [party for part in found for party in part] == list(range(1, ROWS + 1))


def test_what_was_not_kept_is_asked_of_the_profile(tmp_path: Path) -> None:
    snapshot = written(tmp_path)
    whole = everybody.one(tmp_path, snapshot, KEYS, 5)
    keep(tmp_path, snapshot, KEYS[:40], refused=(9,))
    assert feature_rows.of(tmp_path, snapshot, KEYS, 5) is None, "features that came later are not in the file"
    assert feature_rows.of(tmp_path, snapshot, KEYS[:40], 9) is None, "who refused is not kept"
    earlier = replace(snapshot, business_date=DAY - timedelta(days=31))
    assert feature_rows.of(tmp_path, earlier, KEYS[:40], 5) is None
    later = everybody.one(tmp_path, snapshot, KEYS, 5)
    assert whole is not None and later is not None and np.array_equal(whole, later, equal_nan=True)
    assert everybody.one(tmp_path, snapshot, KEYS[:40], 9) is not None


def test_who_is_forgotten_is_in_no_kept_row_and_everybody_else_is(tmp_path: Path, settings: LazySettings) -> None:
    settings.HOME = tmp_path
    snapshot = written(tmp_path)
    every = keep(tmp_path, snapshot)
    assert feature_rows.of(tmp_path, snapshot, KEYS, 7) is not None
    gone = Gone([], [], frozenset({7}), datetime(2026, 11, 20, tzinfo=UTC), [])
    assert clean_marts(gone) == 2, "her row of the profile, and the one that scoring kept"
    assert everybody.one(tmp_path, snapshot, KEYS, 7) is None
    assert 7 not in pq.read_table(feature_rows.path_of(tmp_path, snapshot))["party_id"].to_pylist()
    assert clean_marts(gone) == 0
    profile_of(tmp_path).unlink()
    for party in {*range(1, ROWS + 1)} - {7}:
        own = everybody.one(tmp_path, snapshot, KEYS, party)
        assert own is not None and own.tobytes() == every[party - 1].tobytes()


def test_only_days_that_are_shown_are_kept(tmp_path: Path) -> None:
    snapshot = written(tmp_path)
    keep(tmp_path, snapshot)
    earlier = replace(snapshot, business_date=DAY - timedelta(days=31))
    keep(tmp_path, snapshot, KEYS[:3])
    with feature_rows.keeping(tmp_path, earlier, KEYS[:3]) as kept:
        kept.keep(np.array([1]), np.ones((1, 3)), np.array([True]))
    feature_rows.only(tmp_path, {DAY})
    assert feature_rows.of(tmp_path, earlier, KEYS[:3], 1) is None
    assert feature_rows.keys_kept(tmp_path, snapshot) == KEYS[:3], "a day that is scored again is written again"
