"""Settings are read once; wrong ones are all told at once, with what to do, in both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from zhike import settings as declared
from zhike.core.env import Environment, SettingsRefused


def test_values_are_read_as_what_they_are() -> None:
    env = Environment({"A": " word ", "B": "Yes", "C": "12", "D": "x", "E": "a, b,", "F": "postgresql://u:p@h:5432/bank"})
    assert env.text("A", "", "") == "word"
    assert env.flag("B", False, "") is True
    assert env.whole("C", 1, "") == 12
    assert env.path("D", ".", "") == Path.cwd() / "x"
    assert env.words("E", "", "") == ("a", "b")
    assert env.url("F", "", "", schemes=("postgresql",)).endswith("/bank")
    assert env.choice("G", "web", ("web", "job"), "") == "web"
    env.refuse_if_wrong()


def test_everything_wrong_is_told_at_once_in_both_languages() -> None:
    env = Environment({"FLAG": "maybe", "WHOLE": "-3", "CHOICE": "king", "URL": "mysql://root:secret@h/x"})
    env.flag("FLAG", False, "")
    env.whole("WHOLE", 1, "")
    env.choice("CHOICE", "web", ("web", "job"), "")
    env.url("URL", "", "", schemes=("postgresql",))
    with pytest.raises(SettingsRefused) as refused:
        env.refuse_if_wrong()
    lines = str(refused.value).splitlines()
    assert [line.partition("=")[0] for line in lines] == ["FLAG", "WHOLE", "CHOICE", "URL"]
    assert all("请" in line and "write" in line for line in lines)
    assert "secret" not in str(refused.value)


def test_the_program_does_not_start_with_wrong_settings() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zhike.cli", "layouts"], env={**os.environ, "ZHIKE_PORT": "http"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert "ZHIKE_PORT=http" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_setting_stands_in_the_documents_with_its_default() -> None:
    page = (Path(declared.ROOT) / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", page, flags=re.MULTILINE)}
    assert rows.keys() == declared.ENV.declared.keys()
    for name, default in rows.items():
        assert default.strip("`") == (declared.ENV.declared[name].default or "–"), name


def test_the_session_key_is_made_once_and_kept() -> None:
    kept = settings.INSTALLATION.secrets / "session.key"
    assert settings.SECRET_KEY
    assert not kept.exists() or kept.stat().st_mode & 0o077 == 0
