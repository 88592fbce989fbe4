"""What does not fit into memory is written beside it, and never stays behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zhike.insight import spills, warehouse

HOLDER = """
import sys, time
from zhike.insight import warehouse
engine = warehouse.connect()
print(engine.execute("select current_setting('temp_directory')").fetchone()[0], flush=True)
time.sleep(60)
"""


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_an_engine_s_folder_goes_when_the_engine_goes(own_temporary_folder: Path) -> None:
    engine = warehouse.connect()
    (folder,) = own_temporary_folder.glob(spills.PREFIX + "*")
    assert folder.stat().st_mode & 0o777 == 0o700
    engine.close()
    del engine
    gc.collect()
    assert not folder.exists()


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(own_temporary_folder: Path) -> None:
    holders = [subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    killed, living = (Path(holder.stdout.readline().strip()) for holder in holders if holder.stdout is not None)
    try:
        holders[0].send_signal(signal.SIGKILL)
        holders[0].wait(30)
        assert killed.is_dir() and living.is_dir()
        long_ago = time.time() - 2 * spills.YOUNG
        for folder in (killed, living):
            os.utime(folder, (long_ago, long_ago))
        assert spills.sweep(own_temporary_folder) == [killed]
        assert living.is_dir() and not killed.exists()
    finally:
        holders[1].kill()
        holders[1].wait(30)


def test_a_folder_that_is_being_made_is_let_be(own_temporary_folder: Path) -> None:
    folder = own_temporary_folder / f"{spills.PREFIX}new"
    folder.mkdir()
    assert spills.sweep(own_temporary_folder) == [] and folder.is_dir()
