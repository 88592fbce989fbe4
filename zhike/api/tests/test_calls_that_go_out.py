"""What happens is told to who asked for it: signed, in keys only, again until it is taken; to nowhere it may not go."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.scope import Viewer, entered, system_viewer
from zhike.api import calls, rules
from zhike.api.models import Delivery, Subscription
from zhike.api.subscribing import MadeSubscription, SubscriptionRefused, send_again, subscribe, switch
from zhike.api.tests.asking import program_of
from zhike.core.events import drain
from zhike.core.jobs import Workshop
from zhike.privacy.registers import keep_entry, take_step
from zhike.testing.databases import Bank
from zhike.testing.people import add_to, cast_of
from zhike.wiring import REACTIONS
from zhike.workspace.tests.books import rows

OFFICER = Viewer(None, "officer", "合规", "compliance_officer", "bank", permissions=frozenset({"customers.read", "privacy.manage"}))
ALLOWED = {
    "receiver": "Example Pte", "purpose": "核对", "data": "编号", "basis": "合同", "country": "SG", "way": "contract", "until": "2099-12-31", "place": "备案号 12",
}  # fmt: skip
ADMIN = Viewer(None, "system:test", "test", "system", "bank", permissions=frozenset({"webhooks.manage"}))


class Receiver:
    """A real program that takes calls, and answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/zhike"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribed(url: str, *events: str, country: str = "CN") -> MadeSubscription:
    with entered(ADMIN):
        return subscribe(
            actor=ADMIN,
            at=timezone.now(),
            name="core banking",
            url=url,
            country=country,
            events=events or ("engagement.InteractionRecorded",),
        )


def keep_contact(bank: Bank, text: str) -> int:
    if not rows(bank, "select 1 from access_person where login = 'lin'"):
        add_to(bank, cast_of(bank)["lin"])
    program, key = program_of(bank, "lin"), {"Idempotency-Key": f"key-{text}"}
    with bank.acting_as("web"):
        party: int = program.get("/customers?limit=1").json()["data"][0]["id"]
        body = {"channel": "phone", "direction": "out", "subject": text}
        assert program.post(f"/customers/{party}/interactions", body, **key).status_code == 201
    return party


def work_off() -> None:
    drain(REACTIONS)
    Workshop().work_off()


def test_a_contact_is_told_signed_and_in_keys_only(fresh_bank: Bank, receiver: Receiver) -> None:
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        made = subscribed(receiver.url)
    party = keep_contact(fresh_bank, "a-secret-subject")
    with fresh_bank.acting_as("job"):
        work_off()
        work_off()
    ((headers, body),) = receiver.heard
    told = json.loads(body)
    assert (told["event"], told["party_id"], told["data"]["channel"]) == ("engagement.InteractionRecorded", party, "phone")
    assert b"a-secret-subject" not in body
    seconds, signed = (part.split("=", 1)[1] for part in headers["Zhike-Signature"].split(","))
    assert hmac.new(made.secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest() == signed
    assert rows(fresh_bank, "select state, answered, tries from api_delivery") == [("done", 204, 1)]
    assert made.secret.encode() not in bytes(rows(fresh_bank, "select secret_sealed from api_subscription")[0][0])


def test_what_is_not_taken_is_told_again_later_and_what_nobody_asked_for_is_told_to_nobody(fresh_bank: Bank, receiver: Receiver) -> None:
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        subscribed(receiver.url)
        subscribed(receiver.url + "/batches", "ingestion.BatchLoaded")
    receiver.answers = [503]
    keep_contact(fresh_bank, "again")
    with fresh_bank.acting_as("job"):
        work_off()
        ((state, tries, waits),) = rows(fresh_bank, "select state, tries, next_at > now() from api_delivery")
        assert (state, tries, waits, len(receiver.heard)) == ("waiting", 1, True, 1)
        assert rows(fresh_bank, "select count(*) from procrastinate_jobs where task_name = 'api.send' and status = 'todo'") == [(1,)]
        number = Delivery.objects.get().subscription_id
        assert calls.send_due(number, timezone.now() + timedelta(minutes=1)) is None
    assert json.loads(receiver.heard[0][1]) == json.loads(receiver.heard[1][1]), "the same again, known by its id"
    assert rows(fresh_bank, "select state, tries, answered from api_delivery") == [("done", 2, 204)]


def test_after_a_day_of_trying_it_is_given_up_and_can_be_sent_again(fresh_bank: Bank, receiver: Receiver) -> None:
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        made = subscribed(receiver.url)
        keep_contact(fresh_bank, "given-up")
        receiver.answers = [500] * rules.MOST_TRIES
        work_off()
        now = timezone.now()
        for days in range(1, rules.MOST_TRIES + 1):
            calls.send_due(made.subscription.pk, now + timedelta(days=days))
        assert rows(fresh_bank, "select state, tries from api_delivery") == [("given_up", rules.MOST_TRIES)]
        with entered(ADMIN):
            send_again(actor=ADMIN, at=timezone.now(), delivery=Delivery.objects.get())
        Workshop().work_off()
        assert rows(fresh_bank, "select state, tries from api_delivery") == [("done", 1)]


def test_a_paused_subscription_is_told_nothing_and_goes_on_afterwards(fresh_bank: Bank, receiver: Receiver) -> None:
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        made = subscribed(receiver.url)
        receiver.answers = [503]
        keep_contact(fresh_bank, "paused")
        work_off()
        with entered(ADMIN):
            switch(actor=ADMIN, at=timezone.now(), subscription=Subscription.objects.get(), on=False)
        assert calls.send_due(made.subscription.pk, timezone.now() + timedelta(hours=1)) is None
        assert len(receiver.heard) == 1
        with entered(ADMIN):
            switch(actor=ADMIN, at=timezone.now(), subscription=Subscription.objects.get(), on=True)
        calls.send_due(made.subscription.pk, timezone.now() + timedelta(hours=1))
    assert len(receiver.heard) == 2


def test_a_call_does_not_go_where_the_setting_does_not_let_it(fresh_bank: Bank, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ()
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        subscribed(receiver.url)
        keep_contact(fresh_bank, "inside")
        work_off()
    assert receiver.heard == []
    ((answered, said),) = rows(fresh_bank, "select answered, answer from api_delivery")
    assert answered is None and "ZHIKE_WEBHOOK_NETWORKS" in said


def test_a_receiver_abroad_is_told_nothing_until_the_register_says_what_allows_it(fresh_bank: Bank, receiver: Receiver) -> None:
    with fresh_bank.acting_as("job"):
        drain(REACTIONS)
        with pytest.raises(SubscriptionRefused, match="country: abroad"):
            subscribed(receiver.url, country="SG")
        with entered(OFFICER):
            allowed = keep_entry(actor=OFFICER, at=timezone.now(), kind="sharing", title="SG", facts=ALLOWED)
        made = subscribed(receiver.url, country="sg")
        keep_contact(fresh_bank, "told-abroad")
        work_off()
        assert len(receiver.heard) == 1
        with entered(OFFICER):
            take_step(actor=OFFICER, at=timezone.now(), entry_id=allowed.pk, step="close")
        keep_contact(fresh_bank, "kept-at-home")
        work_off()
        assert len(receiver.heard) == 1
        ((answered, said),) = rows(fresh_bank, "select answered, answer from api_delivery where state = 'waiting'")
        assert answered is None and "register of sharing" in said
        with entered(ADMIN):
            switch(actor=ADMIN, at=timezone.now(), subscription=made.subscription, on=False)
            with pytest.raises(SubscriptionRefused, match="country: abroad"):
                switch(actor=ADMIN, at=timezone.now(), subscription=made.subscription, on=True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/x", "https"),
        ("https://lin:secret@example.com/", "password"),
        ("ftp://example.com/", "address"),
        ("https://[::1", "address"),
    ],
)
def test_an_address_that_cannot_be_kept_secret_is_refused(empty_bank: Bank, url: str, reason: str) -> None:
    with empty_bank.acting_as("job"), entered(ADMIN), pytest.raises(SubscriptionRefused) as refused:
        subscribe(actor=ADMIN, at=timezone.now(), name="x", url=url, country="CN", events=("ingestion.BatchLoaded",))
    assert (refused.value.field, refused.value.reason) == ("url", reason)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.7", "::1", "fe80::1", "fd00::1"])
def test_addresses_of_the_bank_itself_need_to_be_named(address: str) -> None:
    place = ip_address(address)
    assert not rules.may_reach([place], ())
    assert not rules.may_reach([ip_address("93.184.216.34"), place], ()), "one is enough to refuse the name"
    assert rules.may_reach([place], (ip_network("0.0.0.0/0"), ip_network("::/0")))


@given(st.integers(1, rules.MOST_TRIES - 1))
def test_each_wait_is_longer_than_the_one_before_up_to_six_hours(tries: int) -> None:
    wait, following = rules.wait_after(tries), rules.wait_after(tries + 1)
    assert wait is not None and timedelta(seconds=30) <= wait <= rules.LONGEST_WAIT
    assert following is None or following >= wait


def test_only_an_administrator_has_events_told(fresh_bank: Bank) -> None:
    with fresh_bank.acting_as("job"), entered(system_viewer("test")) as somebody, pytest.raises(Exception, match=r"webhooks\.manage"):
        subscribe(actor=somebody, at=timezone.now(), name="x", url="https://example.com/", country="CN", events=("ingestion.BatchLoaded",))
