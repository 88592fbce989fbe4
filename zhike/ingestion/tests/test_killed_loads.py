"""`kill -9` at any moment: the next load ends with the same figures as one that was never disturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zhike.ingestion.tests.canonical import differing, fingerprint
from zhike.testing.databases import Bank

MOMENTS = 20
SOAK_MOMENTS = 200


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample bank of two months."""
    folder = tmp_path_factory.mktemp("killed") / "files"
    subprocess.run(
        [sys.executable, "-m", "zhike.cli", "samplebank", str(folder), "--customers", "150", "--months", "2", "--until", "2026-09-30"], check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


def _killed_after(bank: Bank, folder: Path, seconds: float) -> bool:
    """Start a load and kill it; whether it was still running then."""
    command = [sys.executable, "-m", "zhike.cli", "load", str(folder), "--layout", "zhike", "--json"]
    load = subprocess.Popen(
        command, env={**os.environ, **bank.run.environment(bank.name)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        load.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        load.send_signal(signal.SIGKILL)
        load.wait()
        return True


def _survives(like: Bank, undisturbed: dict[str, tuple[int, str]], files: Path, moments: int, longest: float) -> None:
    """Strike `moments` times. A load that comes to its end between two strikes is compared, and a new bank is begun: so every strike hits."""
    dice = random.Random(20261122)  # noqa: S311 - moments, not secrets
    struck = 0
    while struck < moments:
        bank = Bank(like.run, f"{like.name}_struck")
        bank.run.create(bank.name, like="empty")
        while struck < moments and _killed_after(bank, files, dice.uniform(0.4, longest)):
            struck += 1
        _is_as_undisturbed(bank, undisturbed, files)
        bank.run.drop(bank.name)


def _is_as_undisturbed(bank: Bank, undisturbed: dict[str, tuple[int, str]], files: Path) -> None:
    told = bank.load(files, "zhike")
    assert told["state"] in ("loaded", "unchanged")
    assert differing(undisturbed, fingerprint(bank)) == {}
    with bank.connected("job") as connection:
        assert connection.execute("select count(*) from ingestion_batch where state = 'started'").fetchone() == (0,)
        assert (
            connection.execute(
                "select count(*) from ingestion_batch where state = 'loaded' group by batch_date having count(*) > 1"
            ).fetchall()
            == []
        )


def _undisturbed(bank: Bank, files: Path) -> tuple[dict[str, tuple[int, str]], float]:
    started = time.monotonic()
    bank.load(files, "zhike")
    return fingerprint(bank), time.monotonic() - started


@pytest.fixture
def expected(empty_bank: Bank, files: Path) -> tuple[dict[str, tuple[int, str]], float]:
    """What an undisturbed load leaves, and how long it takes."""
    name = f"{empty_bank.name}_undisturbed"
    empty_bank.run.create(name, like="empty")
    try:
        return _undisturbed(Bank(empty_bank.run, name), files)
    finally:
        empty_bank.run.drop(name)


def test_a_load_killed_at_twenty_random_moments_ends_the_same(
    empty_bank: Bank, expected: tuple[dict[str, tuple[int, str]], float], files: Path
) -> None:
    """Each kill strikes a new attempt at what is still to be loaded, so that every batch is struck somewhere."""
    _survives(empty_bank, expected[0], files, MOMENTS, expected[1] * 0.6)


@pytest.mark.soak
def test_a_load_killed_at_two_hundred_random_moments_ends_the_same(
    empty_bank: Bank, expected: tuple[dict[str, tuple[int, str]], float], files: Path
) -> None:
    _survives(empty_bank, expected[0], files, SOAK_MOMENTS, expected[1] * 0.6)
