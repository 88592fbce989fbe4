"""Ten people whose relation to the sample bank is known, and a client logged in as one of them.

林知远 looks after her own customers in one outlet; 陈思 does the same elsewhere; 周敏 manages 林知远's outlet and 钱宁 陈思's; 何平 answers the
telephone; 苏岩 analyses; 高远 administers; 方正 watches over compliance and 严瑾 audits; 吴外 is nobody here: she has no account at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import pytest
from django.db import connection
from django.test import Client

from zhike.testing.databases import Bank
from zhike.testing.run import NotMade, Run

Login = Literal["lin", "chen", "zhou", "qian", "he", "su", "gao", "fang", "yan", "wu"]
PASSWORD = "a-long-sentence-for-tests-1"
CAST = "cast.json"  # in the data folder of the template: who is who there


@dataclass(frozen=True)
class Somebody:
    """A person of the cast: how she logs in, what she is, and whose staff number makes her see what she sees."""

    login: str
    name: str
    role: str
    staff_no: str = ""
    password: str = PASSWORD


Cast = dict[str, Somebody]

# Two managers of different outlets with the most customers; a manager of the first one's outlet; others by their post.
_MANAGERS = """
    select e.staff_no, e.unit_id, count(*) as book
    from access_employee e join parties_assignment a on a.employee_id = e.id and a.valid_to is null and a.role = 'main'
    where e.status <> 'left' and e.post = 'relationship_manager' group by 1, 2 order by book desc, 1
"""
_BY_POST = "select staff_no from access_employee where post = %s and status <> 'left' order by (unit_id = %s) desc, staff_no limit 1"


def _staff(bank: Bank) -> dict[str, str]:
    with bank.connected("job") as connection_:
        managers = connection_.execute(_MANAGERS).fetchall()
        if not managers:
            raise NotMade("the sample bank has no customer with a manager")
        first, unit, _ = managers[0]
        colleague, elsewhere = next(((staff, other) for staff, other, _ in managers if other != unit), ("", None))
        found = {"lin": first, "chen": colleague}
        posts = {"zhou": ("branch_manager", unit), "qian": ("branch_manager", elsewhere), "he": ("agent", unit), "su": ("analyst", unit)}
        for login, (post, where) in (posts | {"gao": ("administrator", unit), "fang": ("compliance", unit)}).items():
            row = connection_.execute(_BY_POST, [post, where]).fetchone()
            found[login] = row[0] if row else ""
    return found


def cast_of(bank: Bank) -> Cast:
    """The ten, with the staff numbers they have in this bank; 严瑾, from outside, has none; 吴外 has none and no account."""
    staff = _staff(bank)
    return {
        "lin": Somebody("lin", "林知远", "relationship_manager", staff["lin"]),
        "chen": Somebody("chen", "陈思", "relationship_manager", staff["chen"]),
        "zhou": Somebody("zhou", "周敏", "branch_manager", staff["zhou"]),
        "qian": Somebody("qian", "钱宁", "branch_manager", staff["qian"]),
        "he": Somebody("he", "何平", "contact_centre_agent", staff["he"]),
        "su": Somebody("su", "苏岩", "analyst", staff["su"]),
        "gao": Somebody("gao", "高远", "administrator", staff["gao"]),
        "fang": Somebody("fang", "方正", "compliance_officer", staff["fang"]),
        "yan": Somebody("yan", "严瑾", "auditor"),
        "wu": Somebody("wu", "吴外", ""),
    }


@pytest.fixture(scope="session")
def peopled_template(run: Run, bank_template: str) -> str:
    """The name of the sample bank in which the cast can log in; made once for all workers."""
    run.once("peopled", lambda: _make_peopled(run, bank_template))
    return "peopled"


@pytest.fixture(scope="session")
def people(run: Run, peopled_template: str) -> Cast:
    """The cast, able to log in to `bank` (吴外 is not)."""
    told = json.loads((run.home(peopled_template) / CAST).read_text("utf-8"))
    return {words["login"]: Somebody(**words) for words in told}


def _make_peopled(run: Run, template: str) -> None:
    run.create("peopled", like=template)
    bank = Bank(run, "peopled")
    cast = cast_of(bank)
    for somebody in cast.values():
        if somebody.role:
            add_to(bank, somebody)
    (bank.home / CAST).write_text(json.dumps([asdict(somebody) for somebody in cast.values()]), "utf-8")


def add_to(bank: Bank, somebody: Somebody) -> None:
    """Makes one of the cast a person of this bank, by the command an administrator would use."""
    arguments = ["person", "add", somebody.login, "--name", somebody.name, "--role", somebody.role]
    arguments += ["--staff-no", somebody.staff_no] if somebody.staff_no else []
    bank.zhike(*arguments, "--password-env", "ZHIKE_TEST_PASSWORD", ZHIKE_TEST_PASSWORD=somebody.password)


@pytest.fixture
def as_person(bank: Bank, people: Cast) -> Callable[[str], Client]:
    """`as_person("lin")` is a client in which 林知远 is logged in, through the log-in page; `"wu"` and `""` are not logged in."""

    def logged_in(login: str) -> Client:
        client = Client()
        somebody = people.get(login)
        if somebody is not None and somebody.role:
            answer = client.post("/login/", {"login": somebody.login, "password": somebody.password})
            assert answer.status_code == 302, f"{somebody.name} could not log in: {answer.status_code}"
        connection.close()
        return client

    return logged_in
