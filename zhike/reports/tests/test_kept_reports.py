"""Reports under a name: su's own, shared with zhou's role, opened by lin with her own customers; and sent by a real mail server with what each sees."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from datetime import date
from email.message import Message
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from zhike.core.jobs import Workshop
from zhike.reports import sending
from zhike.reports.actions import next_day
from zhike.reports.models import Subscription
from zhike.testing.databases import Bank

ASKED = {"rows": "branch,kind", "columns": "month", "measures": "aum,eva", "months": "12"}


class Post(socketserver.ThreadingTCPServer):
    """A mail server that takes everything; what came is in `taken`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Speaking)
        self.taken: list[tuple[list[str], Message]] = []


class _Speaking(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Post)
        self._say("220 here")
        to: list[str] = []
        for raw in self.rfile:
            verb = raw.decode().strip()
            if verb.upper().startswith("RCPT"):
                to.append(verb.partition("<")[2].partition(">")[0])
            if verb.upper() == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append((to, email.message_from_bytes(b"".join(lines))))
            self._say("221 bye" if verb.upper() == "QUIT" else "250 fine")
            if verb.upper() == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with Post() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.ZHIKE_MAIL_HOST, settings.ZHIKE_MAIL_PORT, settings.ZHIKE_MAIL_TLS = "127.0.0.1", server.server_address[1], "none"
        settings.ZHIKE_MAIL_DOMAINS = ("bank.example",)
        yield server
        server.shutdown()


def written(message: Message) -> str:
    """The text of a mail without files."""
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


@pytest.fixture(autouse=True)
def _nothing_left(people: Any, shared_bank: Bank) -> Iterator[None]:
    yield
    with shared_bank.connected("job") as job:
        job.execute("delete from reports_subscription")
        job.execute("delete from reports_report")


def keep(client: Client, **given: str) -> int:
    answer = client.post("/reports/kept/", {**ASKED, "name": "EVA 月报", **given})
    assert answer.status_code == 302
    return int(answer["Location"].rstrip("/").rpartition("/")[2])


def test_su_keeps_a_report_and_it_opens_as_what_it_asks(as_person: Any) -> None:
    su = as_person("su")
    number = keep(su)
    opened = su.get(f"/reports/kept/{number}/")
    assert opened["Location"].startswith("/reports/?rows=branch,kind&columns=month&measures=aum,eva")
    assert opened["Location"].endswith(f"&of={number}")
    assert "EVA 月报" in su.get("/reports/kept/").content.decode()


def test_a_report_of_her_own_is_nobody_elses(as_person: Any) -> None:
    number = keep(as_person("su"))
    assert as_person("gao").get(f"/reports/kept/{number}/").status_code == 404
    assert "EVA 月报" not in as_person("gao").get("/reports/kept/").content.decode()


def test_zhou_shares_with_her_role_and_qian_finds_it(as_person: Any) -> None:
    number = keep(as_person("zhou"), shared="role")
    assert as_person("qian").get(f"/reports/kept/{number}/").status_code == 302
    assert as_person("lin").get(f"/reports/kept/{number}/").status_code == 404
    assert as_person("qian").post(f"/reports/kept/{number}/describe/", {"name": "mine"}).status_code == 404


def test_lin_cannot_share_beyond_her_unit(as_person: Any) -> None:
    lin = as_person("lin")
    assert lin.post("/reports/kept/", {**ASKED, "name": "x", "shared": "bank"}).status_code == 403
    keep(lin, shared="unit")
    assert "EVA 月报" not in as_person("chen").get("/reports/kept/").content.decode()


def test_a_report_put_away_comes_back(as_person: Any) -> None:
    su = as_person("su")
    number = keep(su)
    page = su.post(f"/reports/kept/{number}/away/", follow=True).content.decode()
    assert "EVA 月报" not in page and "data-zk-undo" in page
    su.post(f"/reports/kept/{number}/away/", {"back": "1"})
    assert "EVA 月报" in su.get("/reports/kept/").content.decode()


@pytest.mark.parametrize(
    ("rhythm", "after", "next_"),
    [
        ("weekly", date(2026, 11, 2), date(2026, 11, 9)),
        ("weekly", date(2026, 11, 8), date(2026, 11, 9)),
        ("monthly", date(2026, 12, 31), date(2027, 1, 1)),
        ("monthly", date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_the_next_day_on_which_it_is_sent(rhythm: str, after: date, next_: date) -> None:
    assert next_day(rhythm, after) == next_


def test_nothing_goes_to_an_address_outside_the_bank(as_person: Any, post: Post, shared_bank: Bank) -> None:
    su = as_person("su")
    number = keep(su)
    page = su.post(f"/reports/kept/{number}/send/", {"rhythm": "weekly", "address": "su@elsewhere.example"}, follow=True)
    assert "bank.example" in page.content.decode()
    with shared_bank.connected("job") as job:
        assert job.execute("select count(*) from reports_subscription").fetchone() == (0,)


def test_each_gets_the_link_on_her_day_and_once(as_person: Any, post: Post, bank: Bank) -> None:
    zhou = as_person("zhou")
    number = keep(zhou, shared="role")
    for login in ("zhou", "qian"):
        as_person(login).post(f"/reports/kept/{number}/send/", {"rhythm": "weekly", "address": f"{login}@bank.example"})
    today = timezone.localdate()
    with bank.acting_as("job"):
        Subscription.objects.update(next_date=today)
        assert sending.ask_for_all(at=timezone.now(), on=today) == 2
        assert sending.ask_for_all(at=timezone.now(), on=today) == 0
        Workshop().work_off()
    assert sorted(to for to, _message in post.taken) == [["qian@bank.example"], ["zhou@bank.example"]]
    [text] = {written(message) for _to, message in post.taken}
    assert f"/reports/kept/{number}/" in text
    assert not any(message.is_multipart() for _to, message in post.taken)
