"""A token acts as a person until it ends; its text is nowhere."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.api.actions import revoke_token
from zhike.api.entering import RATES
from zhike.api.models import Token
from zhike.api.tests.asking import Program, program_of, token_of
from zhike.workspace.tests.books import rows


def test_without_a_token_nobody_is_answered_even_when_logged_in(bank, people, as_person):
    refused = as_person("lin").get("/api/v1/customers")
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_a_token_stands_for_its_person_whoever_is_logged_in(bank, people, as_person):
    asked = as_person("gao").get("/api/v1/me", headers={"Authorization": f"Bearer {token_of(bank, 'lin')}"})
    assert asked.json()["login"] == "lin"


def test_a_revoked_token_an_expired_one_and_a_made_up_one_do_not_open(bank, people):
    text = token_of(bank, "lin")
    assert Program(text).get("/me").status_code == 200
    with bank.acting_as("job"), entered(system_viewer("test")) as actor:
        revoke_token(actor=actor, at=timezone.now(), token=Token.objects.get(begins=text[:10]))
    expired = token_of(bank, "lin")
    with bank.connected("job") as job:
        job.execute("update api_token set expires_at = now() - interval '1 second' where begins = %s", [expired[:10]])
    said = [Program(token).get("/me") for token in (text, expired, "zhk_nobody", "\udcff")]
    assert [answer.status_code for answer in said] == [401] * 4
    assert "revoked" in said[0].json()["detail"] and "expired" in said[1].json()["detail"]


def test_the_token_of_somebody_who_may_not_log_in_any_more_does_not_open(fresh_bank):
    fresh_bank.zhike("person", "add", "mo", "--name", "莫", "--role", "analyst", "--password-env", "P", P="a-long-sentence-for-tests-1")
    program = program_of(fresh_bank, "mo")
    assert program.get("/me").status_code == 200
    with fresh_bank.connected("job") as job:
        job.execute("update access_person set is_active = false where login = 'mo'")
    assert program.get("/me").status_code == 401


def test_the_text_of_a_token_is_kept_nowhere(bank, people):
    text = token_of(bank, "lin")
    Program(text).get("/me")
    for table in ("api_token", "access_auditentry"):
        assert rows(bank, f"select 1 from {table} t where strpos(t::text, %s) > 0", text[4:]) == []
    assert rows(bank, f"select last_used_at is not null from api_token where begins = '{text[:10]}'") == [(True,)]


def test_a_token_asks_only_so_often(bank, people, settings, monkeypatch):
    settings.API_RATE = 3
    monkeypatch.setattr(RATES, "_left", {})
    program = program_of(bank, "lin")
    answers = [program.get("/me") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 20
    assert program_of(bank, "lin").get("/me").status_code == 200, "another token has its own"


def test_an_administrator_makes_lists_and_ends_tokens_by_the_command_line(bank, people):
    text = bank.zhike("token", "new", "su", "--name", "nightly", "--scope", "customers.read").strip()
    assert Program(text).get("/me").json()["rights"] == ["customers.read"]
    line = next(line for line in bank.zhike("token", "list").splitlines() if text[:10] in line)
    assert "nightly" in line and text not in line
    bank.zhike("token", "revoke", line.split()[0])
    assert Program(text).get("/me").status_code == 401
    acts = [act for (act,) in rows(bank, "select act from access_auditentry where starts_with(act, 'api.token') order by id")]
    assert acts[-2:] == ["api.token_made", "api.token_revoked"]


def test_the_description_is_for_those_who_have_logged_in_or_have_a_token(bank, people, as_person):
    assert Client().get("/api/v1/openapi.json").status_code == 401
    assert as_person("lin").get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert program_of(bank, "su").get("/openapi.json").status_code == 200
