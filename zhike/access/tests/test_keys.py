"""Keys: wrapped by a master key, rotated while people work, retired when nothing needs them."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.test import override_settings
from django.utils import timezone

from zhike.access import chaining, keys, masters, resealing
from zhike.access.actions import record
from zhike.access.models import Person
from zhike.access.scope import entered, system_viewer
from zhike.access.sealing import digest_of, open_sealed, seal_one
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, add_to, cast_of
from zhike.testing.serving import Served, served, session_cookie

PHONE = "13812346209"


@pytest.fixture
def own_keys(fresh_bank: Bank) -> Bank:
    """A loaded bank whose secrets are a copy of its own: what is rotated or retired here is so nowhere else."""
    return with_own_secrets(fresh_bank)


def with_own_secrets(bank: Bank) -> Bank:
    link = bank.home / "secrets"
    shared = link.resolve()
    link.unlink()
    shutil.copytree(shared, link)
    return bank


def versions(bank: Bank) -> dict[str, dict[int, int]]:
    with bank.acting_as("job"):
        return {place.name: used for place in resealing.places() if (used := resealing.versions_used(place))}


def test_the_file_of_keys_holds_none_in_clear_and_opens_with_the_master_key_only(own_keys: Bank) -> None:
    sealed = seal_one("phone", PHONE)["sealed"]
    told = (own_keys.home / "secrets" / "keys.json").read_text()
    ring = keys.keyring()
    assert all(key.hex() not in told for key in (*ring.data.values(), ring.digest_root or b"", ring.viewer_root or b""))
    assert open_sealed(sealed) == PHONE
    masters.keep([b"\1" * 32])
    keys._MASTERS.clear()
    with pytest.raises(keys.KeyUnavailable, match="not among those given"):
        keys.load_keyring(keys.keys_file())


def test_keys_of_the_first_format_open_what_they_sealed_and_are_wrapped_by_init(own_keys: Bank) -> None:
    (own_keys.home / "secrets" / "keys.json").write_text(json.dumps({"masters": {"1": "ab" * 32}}))
    row = seal_one("phone", PHONE)
    own_keys.zhike("init", "--quiet")
    assert json.loads(keys.keys_file().read_text())["format"] == 2
    assert "ab" * 32 not in keys.keys_file().read_text()
    assert open_sealed(row["sealed"]) == PHONE
    assert digest_of("phone", PHONE) == row["digest"]


def test_a_command_gives_the_master_key_and_none_lies_in_the_folder(own_keys: Bank, tmp_path: Path) -> None:
    script = tmp_path / "kms"
    script.write_text(f"#!{sys.executable}\nprint('cd' * 32)\nprint('{masters.masters().keys[0].hex()}')\n")
    script.chmod(0o755)
    row = seal_one("phone", PHONE)
    own_keys.zhike("keys", "rewrap", ZHIKE_KEY_COMMAND=str(script))
    (own_keys.home / "secrets" / "master.key").unlink()
    script.write_text(f"#!{sys.executable}\nprint('cd' * 32)\n")
    with override_settings(KEY_COMMAND=str(script)):
        assert open_sealed(row["sealed"]) == PHONE
    assert masters.fingerprint(bytes.fromhex("cd" * 32)) in own_keys.zhike("keys", "list", ZHIKE_KEY_COMMAND=str(script))
    script.write_text("#!/bin/sh\necho not a key\n")
    done = own_keys.run.zhike(own_keys.name, "keys", "list", ZHIKE_KEY_COMMAND=str(script))
    assert done.returncode == 3 and "no list of master keys" in done.stderr and "Traceback" not in done.stderr


def test_a_new_master_key_wraps_all_keys_and_no_value_is_sealed_again(own_keys: Bank) -> None:
    before, old, used = masters.masters().newest, keys.keyring(), versions(own_keys)
    own_keys.zhike("keys", "rewrap", "--new")
    keys._MASTERS.clear()
    assert masters.masters().newest != before
    assert len(masters.masters().keys) == 1
    assert keys.keyring() == old
    assert versions(own_keys) == used


def test_a_rotation_seals_everything_again_and_the_old_key_goes_when_nothing_needs_it(own_keys: Bank) -> None:
    ring = keys.keyring()
    newest, found = ring.version, digest_of("phone", PHONE)
    assert set(versions(own_keys)["access_vault.sealed"]) == {newest}
    said = own_keys.zhike("keys", "rotate")
    assert f"version {newest + 1} seals" in said
    assert {version for used in versions(own_keys).values() for version in used} == {newest + 1}
    assert digest_of("phone", PHONE) == found
    with own_keys.connected("job") as job:
        kept = job.execute("select sealed, masked, key_version from access_vault where kind = 'phone' limit 20").fetchall()
    assert kept and all(open_sealed(sealed)[-4:] == masked[-4:] and version == newest + 1 for sealed, masked, version in kept)
    refused = own_keys.run.zhike(own_keys.name, "keys", "retire", str(newest))
    assert refused.returncode == 1 and "landed files" in refused.stderr  # they are never written again
    shutil.rmtree(own_keys.home / "warehouse")
    own_keys.zhike("keys", "retire", str(newest))
    assert newest not in keys.keyring().data
    assert own_keys.run.zhike(own_keys.name, "keys", "retire", str(newest + 1)).returncode == 1
    with own_keys.connected("job") as job:
        acts = {act for (act,) in job.execute("select act from access_auditentry where area = 'keys'").fetchall()}
    assert acts == {"keys.rotated", "keys.resealed", "keys.retired"}


def test_a_rotation_that_was_stopped_goes_on_where_it_was(own_keys: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "STEP", 40)
    newest = keys.add_version(timezone.now())
    with own_keys.acting_as("job"):
        steps = resealing.reseal(resealing.places()[0])
        assert (next(steps), next(steps)) == (40, 40)
        steps.close()
        assert versions(own_keys)["access_vault.sealed"][newest] == 80
    own_keys.zhike("keys", "rotate", "--only-reseal")
    assert set(versions(own_keys)["access_vault.sealed"]) == {newest}


def with_second_factors(bank: Bank, login: str) -> Callable[[], tuple[str, list[str]]]:
    """Gives somebody a telephone and codes on paper; what opens of them is told when asked."""
    with bank.acting_as("job"):
        person = Person.objects.get(login=login)
        TOTP.activate(person, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(person)

    def opened() -> tuple[str, list[str]]:
        with bank.acting_as("job"):
            kept = {one.type: one for one in Authenticator.objects.filter(user__login=login)}
            return decrypt(kept["totp"].data["secret"]), RecoveryCodes(kept["recovery_codes"]).generate_codes()

    return opened


def test_secrets_of_second_factors_are_sealed_again_and_open_as_before(own_keys: Bank) -> None:
    add_to(own_keys, cast_of(own_keys)["lin"])
    opened = with_second_factors(own_keys, "lin")
    before, newest = opened(), keys.keyring().version
    own_keys.zhike("keys", "rotate")
    with own_keys.acting_as("job"):
        assert resealing.factor_versions() == {newest + 1: 2}
    assert opened() == before
    refused = own_keys.run.zhike(own_keys.name, "keys", "retire", str(newest))
    assert "second factors" not in refused.stderr and "landed files" in refused.stderr


def test_a_code_on_paper_that_is_used_while_keys_are_rotated_stays_used(own_keys: Bank) -> None:
    add_to(own_keys, cast_of(own_keys)["lin"])
    opened = with_second_factors(own_keys, "lin")
    codes = opened()[1]
    keys.add_version(timezone.now())
    with own_keys.acting_as("job"):
        steps = resealing.reseal_factors()
        next(steps)
        paper = RecoveryCodes(Authenticator.objects.get(user__login="lin", type="recovery_codes"))
        assert paper.validate_code(codes[3])
        assert sum(steps) == 1
        again = RecoveryCodes(Authenticator.objects.get(user__login="lin", type="recovery_codes"))
        assert not again.validate_code(codes[3]) and again.validate_code(codes[4])


def says(bank: Bank, name: str) -> tuple[str, str]:
    """How one thing is that doctor looks at, and what she says."""
    done = bank.run.zhike(bank.name, "doctor", "--json")
    found = {one["name"]: (one["state"], one["says"]) for one in json.loads(done.stdout)["findings"]}
    return found[name]


def test_doctor_says_what_an_older_key_still_holds_and_what_has_lost_its_key(own_keys: Bank) -> None:
    assert says(own_keys, "sealed values")[0] == "ok"
    newest = keys.add_version(timezone.now())
    state, words = says(own_keys, "sealed values")
    assert state == "warning" and "access_vault.sealed version" in words
    own_keys.zhike("keys", "rotate", "--only-reseal")
    assert says(own_keys, "sealed values") == ("ok", f"all under version {newest}; keys kept: {', '.join(map(str, range(1, newest + 1)))}")
    keys.add_version(timezone.now())
    book = json.loads(keys.keys_file().read_text())
    del book["data"][str(newest)]
    keys.keys_file().write_text(json.dumps(book))
    state, words = says(own_keys, "sealed values")
    assert state == "wrong" and f"version {newest}" in words and "restore keys.json" in words


def test_doctor_says_since_when_the_audit_waits_to_be_sealed(own_keys: Bank) -> None:
    with own_keys.acting_as("job"):
        chaining.seal(at=timezone.now())
        assert says(own_keys, "audit")[0] == "ok"
        with entered(system_viewer("test")):
            record(system_viewer("test"), "notes.written", at=timezone.now() - timedelta(minutes=30))
        state, words = says(own_keys, "audit")
        assert state == "warning" and words.startswith("1 entries wait")
        chaining.seal(at=timezone.now())
    assert says(own_keys, "audit")[0] == "ok"


@pytest.mark.parametrize("rounds", [pytest.param(1, id="once"), pytest.param(20, id="twenty times", marks=pytest.mark.soak)])
def test_keys_are_rotated_under_load_and_no_request_fails(own_keys: Bank, rounds: int) -> None:
    lin, su = cast_of(own_keys)["lin"], cast_of(own_keys)["su"]
    add_to(own_keys, lin)
    add_to(own_keys, su)
    factors = with_second_factors(own_keys, "su")
    before_all = factors()
    with served(own_keys.run, own_keys.name) as site:
        load = [Asking(site, session_cookie(site, "lin", PASSWORD), own_keys, lin.staff_no) for _ in range(2)]
        for one in load:
            one.start()
        until = time.monotonic() + 30
        while time.monotonic() < until and any(len(one.answers) < 10 for one in load):
            time.sleep(0.05)
        before = [len(one.answers) for one in load]
        for _ in range(rounds):
            own_keys.zhike("keys", "rotate")
        during = [len(one.answers) - count for one, count in zip(load, before, strict=True)]
        time.sleep(1)
        for one in load:
            one.stop()
    assert min(during) > 5
    log = (own_keys.home / "serve.log").read_text()[-3000:]
    assert [answer for one in load for answer in one.answers if answer not in (200, 429)] == [], log
    assert all(one.revealed > 2 for one in load)
    newest = keys.keyring().version
    assert {version for used in versions(own_keys).values() for version in used} == {newest}
    with own_keys.acting_as("job"):
        assert set(resealing.factor_versions()) == {newest}
    assert factors() == before_all


class Asking(threading.Thread):
    """Somebody who reads pages and, every half second, looks behind a mask."""

    def __init__(self, site: Served, cookie: str, bank: Bank, staff_no: str) -> None:
        super().__init__(daemon=True)
        self.site, self.cookie, self.answers, self.revealed, self.is_stopped = site, cookie, list[int](), 0, threading.Event()
        with bank.connected("job") as job:
            self.theirs = job.execute(
                """select c.party_id, encode(c.value_digest, 'hex'), c.value_masked from parties_contactpoint c join parties_party p on p.id = c.party_id
                   join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s and c.kind = 'mobile' limit 40""",
                [staff_no],
            ).fetchall()

    def run(self) -> None:
        turn = 0
        while not self.is_stopped.is_set():
            party, digest, masked = self.theirs[turn % len(self.theirs)]
            if turn % 5:
                self.answers.append(self.ask("GET", f"/customers/{party}/")[0])
            else:
                status, text = self.ask("POST", f"/customers/{party}/reveal/", {"token": digest, "purpose": "contact"})
                self.answers.append(status)
                self.revealed += status == 200 and text[-4:] == masked[-4:]
            turn += 1
            time.sleep(0.1)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        token = self.cookie.split("csrftoken=")[-1].split(";")[0]
        headers = {"Cookie": self.cookie, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection(self.site.host, self.site.port, timeout=30)
        connection.request(method, path, urllib.parse.urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", errors="replace")
        connection.close()
        return answer.status, text

    def stop(self) -> None:
        self.is_stopped.set()
        self.join(30)
