"""On real customers Python and PostgreSQL decide the same of every field and relation of the customer catalogue: trees at random, values as they are."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.core.conditions.days import PERIODS, UNITS, Span
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.kinds import OPERATORS
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.rows import Row
from zhike.core.conditions.trees import Check, Group, Has, Node, stored
from zhike.insight.profile_field import ProfileField
from zhike.insight.profile_fields import FIELDS
from zhike.parties.queries import Which, listed
from zhike.testing.databases import Bank
from zhike.testing.people import add_to, cast_of
from zhike.workspace import conditions
from zhike.workspace.conditions import where_of_tree
from zhike.workspace.customer_fields import catalogue, row_of
from zhike.workspace.tests.books import one, rows

DECLARED: dict[str, tuple[str, list[Any]]] = {
    "d_text": ("text", ["早上", "Evening", "100%"]), "d_number": ("number", ["0", "12.5", "-3"]), "d_money": ("money", ["0.00", "500000.00"]),
    "d_date": ("date", ["2026-02-28", "2026-11-22"]), "d_flag": ("yes_no", [True, False]), "d_choice": ("choice", ["a", "b"]),
    "d_choices": ("choices", [["a"], ["a", "b"], []]),
}  # fmt: skip
CHOICES = json.dumps([{"value": key, "en": key, "zh": key} for key in ("a", "b")])


def kept(bank: Bank, keys: list[int]) -> None:
    """Declared values of every type, tags, and a birthday that most years do not have, at some of these customers."""
    with bank.connected("job") as job:
        for name, (kind, _values) in DECLARED.items():
            job.execute(
                """insert into parties_declaredfield (name, label_en, label_zh, help_en, help_zh, type, choices, kinds, field_group, place, protection,
                    is_required, is_indexed, is_builtin, index_state, index_error) values (%s, %s, %s, '', '', %s, %s, '{}', 'other', 0, 'C1', false, false, false, '', '')""",
                [name, name, name, kind, CHOICES if "choice" in kind else "[]"],
            )
        for number, key in enumerate(keys[::2]):
            values = {name: of[number % len(of)] for name, (_kind, of) in DECLARED.items() if (number + len(name)) % 3}
            job.execute(
                'insert into parties_declared (party_id, "values", version, changed_at) values (%s, %s, 1, now())',
                [key, json.dumps(values)],
            )
        for name in ("新客", "重点"):
            job.execute("insert into parties_tag (name, colour, created_at) values (%s, 'c1', now())", [name])
        job.execute(
            "insert into parties_tagging (party_id, tag_id, at) select p, t.id, now() from unnest(%s::bigint[]) p, parties_tag t where (p + t.id) %% 3 = 0",
            [keys],
        )
        job.execute("update parties_party set birth_date = '2004-02-29' where id = %s", [keys[0]])
        _spoken_of(job, keys)
        _reckoned_of(job, keys)
    for name in ("d_text", "d_number", "d_date"):
        bank.zhike("fields", "index", name)


def _spoken_of(job: Any, keys: list[int]) -> None:
    """Consents given, taken back, expired and cancelled, of one instant too, and restrictions of every kind: past, in force, and not yet begun."""
    chance = random.Random(3)  # noqa: S311 - of a test
    today = timezone.now()
    said = """insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, expires_date, cancels_id,
                  notice_version, evidence, by_name) values ('own', '', '2026-01-01', 0, %s, %s, %s, %s, %s, %s, %s, 'V1', 'form', '') returning id"""
    for key in keys:
        written: list[int] = []
        for _number in range(chance.randint(0, 9)):
            purpose, channel = chance.choice(("marketing", "marketing", "service", "research")), chance.choice(("", "", "sms", "phone"))
            state = chance.choice(("given", "given", "withdrawn", "ended", *(["cancelled"] if written else [])))
            at = today + timedelta(days=chance.choice((-9, -9, -5, -1, 0, 3)))
            expires = chance.choice((None, None, today.date(), today.date() + timedelta(days=1)))
            cancels = chance.choice(written) if state == "cancelled" else None
            written += job.execute(said, [key, purpose, channel, state, at, expires, cancels]).fetchone()
        for kind in chance.sample(("do_not_contact", "complaint", "deceased", "limited", "hold"), chance.choice((0, 0, 1, 2))):
            channel = chance.choice(("", "sms")) if kind == "do_not_contact" else ""
            begins = today + timedelta(days=chance.choice((-9, -2, 0, 2)))
            ends = chance.choice((None, None, today.date(), today.date() + timedelta(days=1)))
            lifted = chance.choice((None, None, today - timedelta(hours=1)))
            job.execute(
                """insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, ends_date, lifted_at, by_name, lifted_name, made_by)
                   values (%s, %s, %s, 'x', %s, %s, %s, '', '', 'people')""",
                [key, kind, channel, begins, ends, lifted],
            )


def _reckoned_of(job: Any, keys: list[int]) -> None:
    """Profiles with something of every kind, and a customer who has none yet."""
    chance = random.Random(5)  # noqa: S311 - of a test
    today = timezone.localdate()

    def value(one: ProfileField) -> Any:
        made: dict[str, Any] = {
            "money": Decimal(chance.randint(-9, 90)), "rate": Decimal(chance.randint(0, 20)) / 20, "number": chance.randint(0, 9),
            "date": today + timedelta(days=chance.randint(-60, 60)), "flag": chance.random() < 0.5, "text": chance.choice("ab"),
            "choice": chance.choice([*one.choices, "elsewhere"]),
        }  # fmt: skip
        return made[one.type]

    for key in keys[1:]:
        values = {one.key: value(one) for one in FIELDS if chance.random() < 0.8}
        job.execute(f"insert into insight_profile (id, {', '.join(values)}) values (%s{', %s' * len(values)})", [key, *values.values()])


@pytest.fixture
def ground(fresh_bank: Bank) -> tuple[dict[str, Viewer], list[int]]:
    cast = cast_of(fresh_bank)
    for login in ("lin", "gao"):
        add_to(fresh_bank, cast[login])
    hers = "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s order by p.id limit 14"
    keys = [key for (key,) in rows(fresh_bank, hers, cast["lin"].staff_no)]
    keys += [
        key
        for (key,) in rows(
            fresh_bank, "select id from parties_party where kind <> 'individual' and not (id = any(%s)) order by id limit 10", keys
        )
    ]
    kept(fresh_bank, keys)
    with fresh_bank.acting_as("job"):
        return {login: viewer_for(Person.objects.select_related("employee__unit").get(login=login)) for login in ("lin", "gao")}, keys


def real_values(field: Field, known: list[Any]) -> list[Any]:
    """What this field says of the customers at hand."""
    today = timezone.localdate()
    return [value for row in known if (value := field.value_of(row, today)) not in (None, [], "")]


def checks(catalogue_: Catalogue, known: list[Any]) -> st.SearchStrategy[Node]:
    return st.sampled_from(sorted(catalogue_.fields.values(), key=lambda one: one.name)).flatmap(
        lambda field: _check(field, real_values(field, known))
    )


def _check(field: Field, values: list[Any]) -> st.SearchStrategy[Node]:
    ways = OPERATORS[field.kind]
    keys = [choice.key for choice in field.choices()] if field.choices else []
    amounts = st.sampled_from([Decimal(str(one)) for one in values if field.kind in ("number", "money")] or [Decimal(0)]) | st.integers(
        -5, 90
    ).map(Decimal)
    days = st.sampled_from(
        [one.date() if field.kind == "instant" else one for one in values if field.kind in ("date", "instant", "birthday")]
        or [timezone.localdate()]
    )
    texts = (
        st.sampled_from([str(one) for one in values if field.kind == "text"] or ["x"])
        .flatmap(lambda text: st.sampled_from([text, text[:2], text[-1:], text.upper()]))
        .filter(lambda text: bool(text.strip()))
    )
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "": st.none(), "text": texts, "amount": amounts, "amounts": st.tuples(amounts, amounts).map(lambda pair: tuple(sorted(pair))), "day": days,
        "days": st.tuples(days, days).map(lambda pair: tuple(sorted(pair))), "period": st.sampled_from(PERIODS), "flag": st.booleans(),
        "month_days": st.tuples(days, days).map(lambda pair: tuple(f"{day:%m-%d}" for day in pair)),
        "span": st.builds(Span, st.integers(0, 40), st.sampled_from(UNITS)),
        "keys": st.lists(st.sampled_from(keys or ["none"]), min_size=1, max_size=3, unique=True).map(tuple),
    }  # fmt: skip
    usable = [way for way in ways if way.shape != "keys" or keys]
    return st.sampled_from(usable).flatmap(lambda way: drawn[way.shape].map(lambda value: Check(field.name, way.name, value)))


def related(catalogue_: Catalogue, known: list[Row]) -> st.SearchStrategy[Node]:
    counts = st.sampled_from([(1, None), (0, 0), (2, None), (0, 2), (1, 3)])

    def of(name: str) -> st.SearchStrategy[Node]:
        relation = catalogue_.relations[name]
        others = [other for row in known for other in relation.rows_of(row, timezone.localdate())][:30]
        inner = st.just(Group("all")) | checks(relation.catalogue(), others)
        return st.builds(lambda where, pair: Has(name, where, *pair), inner, counts)

    return st.sampled_from(sorted(catalogue_.relations)).flatmap(of)


def found(viewer: Viewer, tree: Node, keys: list[int]) -> set[int]:
    where = listed(viewer, Which()) & where_of_tree(viewer, tree)
    with connection.cursor() as cursor:
        cursor.execute(f"select p.id from parties_party p where p.id = any(%(keys)s) and {where.sql}", {**where.values, "keys": keys})
        return {key for (key,) in cursor.fetchall()}


@pytest.mark.parametrize("login", ["gao", "lin"])
def test_python_and_postgresql_choose_the_same_customers(ground: Any, login: str) -> None:
    viewers, keys = ground
    viewer = viewers[login]
    with entered(viewer):
        known = catalogue(viewer)
        hers = sorted(found(viewer, Group("all"), keys))
        customers = {key: row_of(viewer, key) for key in hers}
        trees = st.recursive(
            checks(known, list(customers.values())) | related(known, list(customers.values())),
            lambda inner: st.builds(Group, st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
            max_leaves=4,
        )
    assert len(hers) == (len(keys) if login == "gao" else 14)
    decided: list[int] = []

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def agree(data: Any) -> None:
        with entered(viewer):
            tree = data.draw(trees)  # looks up what the customers have
            holds = predicate(tree, known, today=timezone.localdate(), zone=timezone.get_current_timezone())
            in_python = {key for key, row in customers.items() if holds(row)}
            assert in_python == found(viewer, tree, keys), stored(tree)
        decided.append(0 < len(in_python) < len(hers))

    agree()
    assert sum(decided) > len(decided) / 6, "the trees must tell customers apart"


def test_of_every_purpose_and_channel_both_say_the_same(ground: Any) -> None:
    """Consents and restrictions have more cases than trees at random meet: each choice of each of their fields is asked of everybody."""
    viewers, keys = ground
    viewer, told = viewers["gao"], 0
    with entered(viewer):
        known = catalogue(viewer)
        customers = {key: row_of(viewer, key) for key in keys}
        for field in (one for name, one in known.fields.items() if name.startswith(("consent_", "contact_", "restricted_"))):
            for choice in field.choices() if field.choices else ():
                tree = Check(field.name, "any_of", (choice.key,))
                holds = predicate(tree, known, today=timezone.localdate(), zone=timezone.get_current_timezone())
                in_python = {key for key, row in customers.items() if holds(row)}
                assert in_python == found(viewer, tree, keys), (field.name, choice.key)
                told += 0 < len(in_python) < len(keys)
    assert told > 20, "the answers must tell customers apart"


def test_every_field_and_relation_can_be_decided_in_python(ground: Any) -> None:
    known = catalogue(ground[0]["gao"])
    catalogues = [known, *(relation.catalogue() for relation in known.relations.values())]
    assert [field.name for one_ in catalogues for field in one_.fields.values() if field.value is None] == []
    assert [relation.name for relation in known.relations.values() if relation.rows is None] == []


def test_a_customer_outside_the_scope_fits_nothing(ground: Any, fresh_bank: Bank) -> None:
    viewers, keys = ground
    theirs = one(
        fresh_bank, "select id from parties_party where not (rm_ids && %s::bigint[]) order by id limit 1", list(viewers["lin"].employee_ids)
    )
    everybody = {"version": 1, "where": {"all": []}}
    with entered(viewers["lin"]):
        assert conditions.fits(viewers["lin"], everybody, keys[0]) and not conditions.fits(viewers["lin"], everybody, theirs)
    with entered(viewers["gao"]):
        assert conditions.fits(viewers["gao"], everybody, theirs)
