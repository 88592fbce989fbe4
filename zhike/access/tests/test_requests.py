"""Each request has its own transaction and its own viewer; the next one on the same connection starts as nobody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from zhike.access.actions import record
from zhike.access.scope import NOBODY
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.parties.models import Party
from zhike.urls import urlpatterns as of_the_house


def count(request: HttpRequest) -> HttpResponse:
    """How many customers the wall lets through, whatever the query says."""
    return HttpResponse(str(Party.objects.unscoped(reason="test of the wall").count()))


def fail_after_writing(request: HttpRequest) -> HttpResponse:
    """Writes, then ends as the address says."""
    record(request.viewer, "people.tested")  # type: ignore[attr-defined]
    if "missing" in request.path:
        raise Http404
    raise ValueError(request.path)


urlpatterns = [*of_the_house, path("count/", count), path("fail/", fail_after_writing), path("missing/", fail_after_writing)]

pytestmark = pytest.mark.urls(__name__)


def client_of(small_bank: SmallBank, role: str, staff_no: str = "") -> Client:
    small_bank.person(role, role, staff_no)
    client = Client(raise_request_exception=False)
    assert client.post("/login/", {"login": role, "password": PASSWORD}).status_code == 302
    return client


def test_requests_on_one_connection_see_each_their_own(small_bank: SmallBank) -> None:
    manager, administrator = client_of(small_bank, "relationship_manager", "E11"), client_of(small_bank, "administrator")
    backends = set()
    for _ in range(3):
        assert manager.get("/count/").content == b"2"
        backends.add(connection.connection.info.backend_pid)
        assert administrator.get("/count/").content == b"6"
        assert Client().get("/count/").status_code == 302
        with connection.cursor() as cursor:
            cursor.execute("select count(*), current_setting('zhike.viewer', true) from parties_party")
            assert cursor.fetchone() == (0, "")
    assert len(backends) == 1


@pytest.mark.parametrize(("address", "status"), [("/fail/", 500), ("/missing/", 404)])
def test_what_a_view_wrote_before_it_failed_is_taken_back(small_bank: SmallBank, address: str, status: int) -> None:
    client = client_of(small_bank, "administrator")
    assert client.get(address).status_code == status
    with small_bank.bank.connected("job") as job:
        assert job.execute("select count(*) from access_auditentry where act = 'people.tested'").fetchone() == (0,)
    assert client.get("/count/").content == b"6"


def test_nobody_is_false_and_somebody_is_true(small_bank: SmallBank) -> None:
    assert not NOBODY
    assert small_bank.viewer("analyst")
