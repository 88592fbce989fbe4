"""Which passwords are refused, and that old hashes are renewed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import make_password
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from zhike.access import passwords
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.settings import PASSWORD_HASHERS

HASHERS = list(PASSWORD_HASHERS)  # as a bank runs; tests have a quicker one
STOLEN = "correct-horse-battery"


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def listed(path: Path, stolen: list[str], *, counted: bool) -> Path:
    lines = sorted(sha1(password) + (":17" if counted else "") for password in stolen)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("counted", [True, False])
@given(stolen=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=40, unique=True), other=st.text(max_size=12))
def test_a_sorted_list_of_digests_finds_what_is_on_it_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, counted: bool, stolen: list[str], other: str
) -> None:
    path = listed(tmp_path_factory.mktemp("lists") / "sha1", stolen, counted=counted)
    assert all(passwords.is_listed(password, path) for password in stolen)
    assert passwords.is_listed(other, path) == (other in stolen)


def test_a_plain_list_finds_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(b"123456\r\nlong-winter-evening\n" + STOLEN.encode())
    assert passwords.is_listed(STOLEN, path) and passwords.is_listed("123456", path) and passwords.is_listed("long-winter-evening", path)
    assert not passwords.is_listed("winter", path) and not passwords.is_listed("23456", path)


def test_nobody_takes_a_stolen_password_nor_her_own_name(small_bank: SmallBank, settings: LazySettings, tmp_path: Path) -> None:
    settings.ZHIKE_BREACHED_PASSWORDS = listed(tmp_path / "sha1", [STOLEN, "another"], counted=True)
    small_bank.person("linzhiyuan", "analyst")
    client = Client()
    assert client.post("/login/", {"login": "linzhiyuan", "password": PASSWORD}).status_code == 302

    def tried(new: str) -> tuple[int, str]:
        answer = client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
        return answer.status_code, answer.content.decode()

    status, page = tried(STOLEN)
    assert status == 422 and "stolen" in page
    status, page = tried("xx-LinZhiyuan-2026")
    assert status == 422 and "own log-in name" in page
    assert tried("a-quiet-river-at-night")[0] == 302


def test_a_list_that_is_missing_refuses_rather_than_lets_pass(settings: LazySettings, tmp_path: Path) -> None:
    settings.ZHIKE_BREACHED_PASSWORDS = tmp_path / "gone"
    with pytest.raises(OSError, match="gone"):
        passwords.refusal_of(STOLEN, "lin")


def test_an_old_hash_opens_once_more_and_is_an_argon2_hash_from_then_on(small_bank: SmallBank, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    small_bank.person("lin", "analyst")
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set password = %s", [make_password(PASSWORD, hasher="pbkdf2_sha256")])
    client = Client()
    assert client.post("/login/", {"login": "lin", "password": PASSWORD}).status_code == 302
    assert client.get("/me/").status_code == 200
    with small_bank.bank.connected("job") as job:
        (kept,) = job.execute("select password from access_person").fetchone() or ("",)
    assert kept.startswith("argon2$argon2id$")
