"""The second wall, over everything there is: every table that hangs on a customer, however far, every role of the database, every job."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from django.utils.module_loading import autodiscover_modules

from zhike.access import work
from zhike.core.jobs import JOBS, application
from zhike.testing.databases import Bank

NAMES = ("party_id", "to_party_id", "account_id", "left_id", "right_id", "survivor_id", "employer_id")
WITHOUT_CUSTOMERS = ("builtin:", "procrastinate.")  # the queue's own tasks: rows of the queue, where no job holds more than keys


def hanging_on_customers() -> set[str]:
    """Every table that refers to a customer or to something that does, as the models say it: constraints are left out where loads write."""
    tables, models = {"parties_party"}, apps.get_models(include_auto_created=True)
    while True:
        more = {
            model._meta.db_table
            for model in models
            for field in model._meta.get_fields()
            if (isinstance(field, ForeignKey) and field.related_model._meta.db_table in tables) or getattr(field, "column", "") in NAMES
        }
        if more <= tables:
            return tables
        tables |= more


def test_every_table_that_hangs_on_a_customer_has_a_forced_wall(bank: Bank) -> None:
    web = bank.run.installation(bank.name).role("web")
    with bank.connected("migrate") as migrate:
        rows = migrate.execute(
            """select c.relname, c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid),
                      has_any_column_privilege(%s, c.oid, 'select, insert, update') or has_table_privilege(%s, c.oid, 'delete'),
                      exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = any(%s) and not a.attisdropped)
               from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')""",
            [web, web, list(NAMES)],
        ).fetchall()
    hanging = hanging_on_customers()
    assert len(hanging) > 40
    reached = {name: is_walled for name, is_walled, is_reached, is_named in rows if is_reached and (name in hanging or is_named)}
    assert len(reached) > 30
    assert sorted(name for name, is_walled in reached.items() if not is_walled) == []


def test_no_role_that_answers_people_owns_anything_or_passes_a_wall(bank: Bank) -> None:
    installation = bank.run.installation(bank.name)
    answering = [installation.role("web"), installation.role("read")]
    with bank.connected("migrate") as migrate:
        powers = migrate.execute(
            """select rolname from pg_roles r where rolname = any(%s) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
               or exists (select 1 from pg_auth_members m where m.member = r.oid))""",
            [answering],
        ).fetchall()
        owned = migrate.execute(
            """select relname from pg_class where pg_get_userbyid(relowner) = any(%(names)s)
               union select proname from pg_proc where pg_get_userbyid(proowner) = any(%(names)s)
               union select nspname from pg_namespace where pg_get_userbyid(nspowner) = any(%(names)s)""",
            {"names": answering},
        ).fetchall()
        bypassing = migrate.execute(
            "select rolname from pg_roles where rolname = any(%s) and (rolsuper or rolbypassrls)",
            [[installation.role("job"), installation.role("migrate")]],
        ).fetchall()
    assert (powers, owned, bypassing) == ([], [], []), "the job and migrate roles pass by a policy, not by a right"


@pytest.mark.parametrize("process", ["web", "read"])
def test_a_connection_that_comes_back_from_a_pool_is_nobodys(bank: Bank, process: str) -> None:
    with bank.connected(process) as connection:  # type: ignore[arg-type]
        for _again in range(2):
            with connection.transaction():
                assert connection.execute("select count(*) from parties_party").fetchone() == (0,)
                connection.execute("select set_config('zhike.viewer', 'forged', true)")
            assert connection.execute("select coalesce(current_setting('zhike.viewer', true), '')").fetchone() == ("",)


def test_every_task_of_the_queue_says_for_whom_or_why_it_sees_what_it_sees() -> None:
    autodiscover_modules("jobs")
    tasks = application({}).tasks
    ours = {name for name in tasks if not name.startswith(WITHOUT_CUSTOMERS) and not name.startswith("test.")}
    assert {"access.work", "api.send", "parties.index_field", "privacy.retention"} <= ours
    assert sorted(ours - set(JOBS)) == [], "a task that is no @job"
    told = {name: (JOBS[name].viewer, JOBS[name].reason) for name in ours}
    assert sorted(name for name, (viewer, reason) in told.items() if bool(viewer) == bool(reason)) == [], (
        "say viewer or reason, one of them"
    )
    assert [name for name, (viewer, _reason) in told.items() if viewer] == [work.JOB], (
        "what a person asks for is done as work.kind, in her name"
    )


def test_what_is_done_for_a_person_runs_as_the_web_role() -> None:
    autodiscover_modules("jobs")
    kinds = {name: kind.process for name, kind in work.KINDS.items() if not name.startswith("test.")}
    assert len(kinds) >= 2
    assert {name for name, process in kinds.items() if process != "web"} <= {
        "ingestion.import",
        "privacy.deletion",
        "insight.predictor_train",
        "insight.predictor_score",
    }, (  # a file's rows, a customer's own: everywhere; a predictor learns from all customers and keeps figures alone
        "another role sees past her wall: say why here"
    )
