"""What somebody tries who wants to know more than she may: every address, searches by numbers, files, acts on many, cursors, past days.

What an answer tells beyond her scope is noted by `Snoop.ask`; what each attempt finds besides is added to its `leaks`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import LiteralString

from django.test import Client

from zhike.testing.anybody import COLLEAGUE
from zhike.testing.databases import Bank, using
from zhike.testing.marked import account_no_of, marks_in, phone_of
from zhike.testing.people import PASSWORD
from zhike.testing.snooping import API, Snoop, filled, names_in, routes
from zhike.workspace.queries import SORTS

NOWHERE = 999_999_999
SKIPPED = {"login/", "login/bank/", "login/bank/back/", "login/second/", "_look", "_look/broken"}  # nobody has logged in there
# What stands for the parts of an address besides customers: value and, where it is somebody's, the customer.
IDS: Mapping[str, LiteralString] = {
    "account_id": "select a.id, a.party_id from holdings_account a where a.party_id = %(party)s",
    "interaction_id": "select id, party_id from engagement_interaction where party_id = %(party)s",
    "mention_id": "select id, party_id from engagement_mention where party_id = %(party)s",
    "note_id": "select id, party_id from engagement_note where party_id = %(party)s",
    "relation_id": "select id, party_id from parties_relationship where party_id = %(party)s and source = 'own'",
    "entry_id": "select id, party_id from parties_consent where party_id = %(party)s and source = 'own'",
    "restriction_id": "select id, party_id from parties_contactrestriction where party_id = %(party)s",
    "override_id": "select id, party_id from insight_tieroverride where party_id = %(party)s",
    "overrule_id": "select id, party_id from insight_scoreoverrule where party_id = %(party)s",
    "version_id": "select coalesce(max(id), 0) from insight_predictorversion",
    "outsider_key": "select outsider, party_id from insight_tie where party_id = %(party)s",
    "community": "select community from insight_networkplace where party_id = %(party)s",
    "request_id": "select id, party_id from privacy_request where party_id = %(party)s",
    "correction_id": "select id, party_id from parties_correction where party_id = %(party)s",
    "pair_id": "select id, left_id from duplicates_pair where left_id = %(party)s",
    "tag_id": "select max(id) from parties_tag",
    "batch_id": "select max(id) from ingestion_batch",
    "person_id": "select id from access_person where login = 'colleague'",
    "view_id": "select max(id) from workspace_savedview",
    "question_id": "select coalesce(max(id), 0) from insight_labquestion",
    "audience_id": "select coalesce(max(id), 0) from audiences_audience",
    "report_id": "select coalesce(max(id), 0) from reports_report",
    "barrier_id": "select coalesce(max(id), 0) from access_barrier",
    "glass_id": "select coalesce(max(id), 0) from access_brokenglass",
    "audit_id": "select max(id) from access_auditentry",
    "team_id": "select coalesce(max(id), 0) from access_serviceteam",
    "scheme_id": "select coalesce(max(id), 0) from insight_tierscheme",
}
WORDS = {
    "name": "closed_text",
    "role_name": "any",
    "which": "received",
    "kind": "incident",
    "group": "churn",
    "profile_key": "aum",
    "table": "profile",
    "rest": "nowhere",
    "predictor": "leaving_decline",
    "part": "of",
}
NOT_THERE = {
    "file_id", "list_id", "trash_id", "import_id", "work_id", "proposal_id", "handover_id", "token_id", "subscription_id", "delivery_id",
    "passkey_id", "merge_id", "unusual_id",
}  # fmt: skip


def ask_every_address(hers: Snoop, inside: Sequence[int], outside: Sequence[int]) -> None:
    """Every GET there is, about customers of hers and of others; about others each answers as for a number that nobody has."""
    for route in routes():
        names = names_in(route)
        unknown = [name for name in names if name not in {*IDS, *WORDS, *NOT_THERE, "party_id"}]
        assert not unknown, f"{route}: say in IDS, WORDS or NOT_THERE what stands for {unknown}"
        if route in SKIPPED:
            continue
        if not names:
            hers.ask("/" + route)
            hers.ask("/" + route, is_fragment=True)
            continue
        for party in (*inside, *outside):
            ids, is_of_hers = _ids(hers.bank, names, party)
            address = filled(route, ids)
            status, _text = hers.ask(address, about=party)
            if party in outside and is_of_hers and status not in (400, 403, 404, 405):
                hers.leaks.append(f"{address} answers {status}")
            if party in outside and is_of_hers:
                _tell_apart(hers, route, ids)


def _tell_apart(hers: Snoop, route: str, ids: Mapping[str, object]) -> None:
    """An address of somebody else's customer, as page, fragment and for programs, is answered byte by byte as that of nobody."""
    nobody = {name: NOWHERE if name in IDS or name == "party_id" else what for name, what in ids.items()}
    for is_fragment in (False,) if route.startswith(API) else (False, True):
        theirs, nobodys = (
            hers.bare(filled(route, which), about=int(str(which["party_id"])), is_fragment=is_fragment) for which in (ids, nobody)
        )
        if theirs != nobodys:
            place = next((at for at, (one, other) in enumerate(zip(theirs, nobodys, strict=False)) if one != other), 0)
            said = f"{theirs[place - 30 : place + 50]!r}, {nobodys[place - 30 : place + 50]!r}"
            hers.leaks.append(f"{filled(route, ids)} of somebody else's customer is not answered as that of nobody: {said}")


def _ids(bank: Bank, names: Sequence[str], party: int) -> tuple[dict[str, object], bool]:
    """What stands for the parts of an address about a customer, and whether it is about her alone."""
    found: dict[str, object] = {"party_id": party} | {name: WORDS[name] for name in names if name in WORDS}
    is_hers = "party_id" in names
    with bank.connected("job") as job:
        for name in names:
            if name in IDS:
                row = job.execute(IDS[name], {"party": party} if "%" in IDS[name] else None).fetchone()
                found[name] = row[0] if row else NOWHERE
                is_hers = is_hers or (row is not None and len(row) > 1 and name not in ("account_id", "pair_id"))
            elif name in NOT_THERE:
                found[name] = NOWHERE
    return found, is_hers


def ask_the_lists(hers: Snoop, outside: Sequence[int]) -> None:
    """Lists, counts, files and searches: exactly the customers of the model, and nobody found by what is hidden."""
    whole = sorted(hers.seen)
    assert f"{len(whole):,} in all" in hers.get("/customers/count/", {"view": "all"})[1], "the count is the model's"
    assert sorted(_by_program(hers)) == whole, "the list of the API is the model's, page after page"
    for party in outside:
        nobody = 900_000_000 + party  # as long as hers, and nobody's
        for address, name in (
            ("/find/", "q"),
            ("/customers/", "q"),
            ("/customers/pick/", "q"),
            ("/prospects/alike/", "mobile"),
            (f"/{API}customers", "q"),
        ):
            for hidden, free in ((phone_of(party), f"138{nobody}"[:11]), (f"ZQP{party:05d}QZ", "ZQP99998QZ")):
                if hers.said(address, {name: hidden}) != hers.said(address, {name: free}):
                    hers.leaks.append(f"{address}: {hidden} of somebody else's customer is not answered as {free} of nobody's")
    if "contacts.read" not in hers.rights or "accounts.read" not in hers.rights:
        ask_for_hidden_numbers(hers)


def ask_for_hidden_numbers(hers: Snoop) -> None:
    """A number that she may not see finds nobody, not even a customer of hers."""
    of_whom = {account: min(parties & hers.seen) for account, parties in hers.owners.holders.items() if parties & hers.seen}
    account = min(of_whom, default=0)
    numbers = [account_no_of(account)] if account else []
    numbers += [phone_of(min(hers.seen))] if hers.seen and "contacts.read" not in hers.rights else []
    for number in numbers:
        for address in ("/find/", "/customers/", f"/{API}customers"):
            free = "".join("9" if digit != "9" else "8" for digit in number)
            if hers.said(address, {"q": number}) != hers.said(address, {"q": free}):
                hers.leaks.append(f"{address}: the hidden number {number} finds its customer")


def _by_program(hers: Snoop) -> list[int]:
    found: list[int] = []
    cursor = ""
    while True:
        status, text = hers.get(f"/{API}customers", {"limit": 200, **({"cursor": cursor} if cursor else {})})
        assert status == 200, text
        page = json.loads(text)
        found += [row["id"] for row in page["data"]]
        cursor = page["next"]
        if not cursor:
            return found


def ask_for_files(hers: Snoop) -> None:
    """Exports, of her own list and of a colleague's view with columns and an order that may be hidden from her."""
    with hers.bank.connected("job") as job:
        view = (job.execute("select max(id) from workspace_savedview").fetchone() or (0,))[0]
    for form in ("csv_plain", "csv", "xlsx"):
        for wanted in ("all", str(view)):
            status, text = hers.ask("/customers/export/", form={"form": form, "view": wanted})
            assert (status == 403) == (not {"customers.read", "customers.export"} <= hers.rights), (form, wanted, status)
            if status == 200 and wanted == "all" and form == "csv_plain":
                names = [row[0] for row in list(csv.reader(io.StringIO(text)))[1:]]
                assert {key for name in names for _of, key in marks_in(name)} == set(hers.seen) and len(names) == len(hers.seen)
    hers.get("/customers/", {"view": view})


def act_on_others(hers: Snoop, inside: Sequence[int], outside: Sequence[int]) -> None:
    """An act on many with customers of others among them: shown, done and counted for hers alone."""
    nobody = [NOWHERE + number for number, _party in enumerate(outside)]
    mixed, as_if = (",".join(map(str, (*inside, *others))) for others in (outside, nobody))
    shown = [
        hers.get("/customers/bulk/", {"act": "pin", "view": "all", "ids": ids})[1].replace(f'value="{ids}"', "") for ids in (mixed, as_if)
    ]
    assert shown[0] == shown[1], "customers of others are as customers that are not there"
    for act, more in (("pin", {}), ("list", {"name": "mine"}), ("tag", {"name": "every customer"})):
        hers.ask("/customers/bulk/", form={"act": act, "view": "all", "ids": mixed, **more})
    hers.ask("/customers/export/", form={"form": "csv", "view": "all", "ids": mixed})
    with hers.bank.connected("job") as job:
        touched = job.execute(
            """select v.party_id from workspace_visit v join access_person a on a.id = v.person_id where a.login = 'any' and v.pinned_at is not null
               union select m.party_id from workspace_listmember m join workspace_customerlist l on l.id = m.list_id join access_person a on a.id = l.owner_id
               where a.login = 'any' union select t.party_id from parties_tagging t join access_person a on a.id = t.person_id where a.login = 'any'"""
        ).fetchall()
    assert {key for (key,) in touched} <= hers.seen
    assert set(inside) <= {key for (key,) in touched}


def replay_cursors(hers: Snoop) -> None:
    """A cursor of somebody who sees the whole bank leads through her own customers; one that was changed leads nowhere."""
    for sort, cursor in cursors_of_the_bank(hers.bank):
        changed = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
        for asked in (cursor, changed):
            hers.get("/customers/", {"view": "all", "sort": sort, "after": asked})
            hers.get("/customers/", {"view": "all", "sort": SORTS[0], "before": asked})
            hers.get(f"/{API}customers", {"cursor": asked})


def look_back(hers: Snoop, inside: Sequence[int], outside: Sequence[int]) -> None:
    """Panels of a customer as of a past day, and with what they can be asked for."""
    panels = [route for route in routes() if names_in(route) == ["party_id"] and route.startswith("customers/") and route not in SKIPPED]
    for party in (*inside, *outside):
        for route in panels if party in inside else panels[::5]:
            address = filled(route, {"party_id": party})
            status, _text = hers.get(address, {"as_of": "2026-08-15"}, about=party)
            if party in outside and status not in (403, 404, 405):
                hers.leaks.append(f"{address} of a past day answers {status}")
        for panel, query in (
            ("timeline", {"words": "zq"}),
            ("timeline", {"kind": "transaction"}),
            ("timeline", {"kind": "interaction"}),
            ("graph", {"steps": "3"}),
        ):
            hers.get(f"/customers/{party}/{panel}/", query, about=party)


def cursors_of_the_bank(bank: Bank) -> list[tuple[str, str]]:
    """Of somebody who sees everybody, in every order."""
    with using(bank.run, bank.name, "web"):
        client = Client()
        assert client.post("/login/", {"login": COLLEAGUE, "password": PASSWORD}).status_code == 302
        pages = {sort: client.get("/customers/", {"view": "all", "sort": sort}).content.decode() for sort in SORTS}
    return [(sort, found) for sort, page in pages.items() for found in re.findall(r"[?&;]after=([\w:.%\-]+)", page)[:1]]
