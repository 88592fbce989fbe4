"""For composed roles of any kind and customers outside their scope: no address with a customer in it answers, no list, search or count knows of her."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.rules import BREADTHS, known_permissions
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Somebody, add_to, cast_of

_HERS = re.compile(r"^customers/<int:party_id>/[\w./]*$")
_ROLE = """
insert into access_role (name, title, scope, permissions) values ('any', 'any', %s, %s)
on conflict (name) do update set scope = excluded.scope, permissions = excluded.permissions, version = access_role.version + 1
"""
# Of customers that the role does not open: one whose name nobody else has, not even as a part.
_OUTSIDE = """
select p.id, p.name, p.customer_no from parties_party p where p.customer_no <> '' and length(p.name) > 2 and not p.id = any(%s)
and not exists (select 1 from parties_party o where o.id <> p.id and strpos(o.name, p.name) > 0)
and not exists (select 1 from access_employee e where strpos(e.name, p.name) > 0) order by md5(p.id::text || %s) limit 1
"""
_SEEN = """
select p.id from parties_party p, access_person a join access_role r on r.name = a.role left join access_employee e on e.id = a.employee_id
where a.login = 'any' and (r.scope = 'bank' or r.scope in ('own', 'team') and e.id = any(p.rm_ids)
    or r.scope = 'team' and e.team <> '' and exists (select 1 from access_employee o where o.id = any(p.rm_ids) and o.unit_id = e.unit_id and o.team = e.team)
    or r.scope = 'outlet' and p.unit_id = e.unit_id
    or r.scope = 'unit' and p.unit_id in (with recursive below(id) as (
        select e.unit_id union select u.id from access_unit u join below b on u.parent_id = b.id) select id from below))
"""


def of_a_customer() -> Iterator[str]:
    """Every address that has one customer in it and nothing else."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif _HERS.match(route):
                yield route

    yield from walk(get_resolver().url_patterns, "")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    breadth=st.sampled_from([one for one in BREADTHS if one != "bank"]),
    permissions=st.frozensets(st.sampled_from(sorted(known_permissions())), min_size=5),
    salt=st.sampled_from("abcdef"),
)
def test_nobody_is_told_of_a_customer_outside_her_scope(fresh_bank: Bank, breadth: str, permissions: frozenset[str], salt: str) -> None:
    with fresh_bank.connected("job") as job:
        job.execute(_ROLE, [breadth, sorted(permissions | {"customers.read"})])
        there = job.execute("select 1 from access_person where login = 'any'").fetchone()
    if not there:
        add_to(fresh_bank, Somebody("any", "某人", "relationship_manager", cast_of(fresh_bank)["lin"].staff_no))
    with fresh_bank.connected("job") as job:
        job.execute("update access_person set role = 'any' where login = 'any'")
        seen = [key for (key,) in job.execute(_SEEN).fetchall()]
        row = job.execute(_OUTSIDE, [seen, salt]).fetchone()
    assert row is not None, "the sample bank has somebody outside of every scope but the bank's"
    party, name, number = row
    client = Client()
    assert client.post("/login/", {"login": "any", "password": PASSWORD}).status_code == 302
    routes = list(of_a_customer())
    assert len(routes) > 20
    for route in routes:
        address = "/" + route.replace("<int:party_id>", str(party))
        answer = client.get(address)
        assert answer.status_code in (403, 404, 405), (breadth, address, answer.status_code)
        assert name not in answer.content.decode("utf-8", "replace"), (breadth, address)
    for address in (
        "/customers/?view=all",
        f"/customers/?view=all&words={name}",
        f"/find/?q={name}",
        f"/find/?q={number}",
        "/",
        "/duplicates/",
        "/prospects/alike/?name=" + name,
    ):
        found = client.get(address).content.decode("utf-8", "replace").replace(f'value="{name}"', "")
        assert f"/customers/{party}/" not in found, (breadth, address)
