"""Colleagues note things down about a customer: who reads them, who changes them, whom they mention, what they attach."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection
from django.test import Client
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.queries import colleagues
from zhike.access.scope import NOBODY, entered, viewer_for
from zhike.engagement import note_actions as actions
from zhike.engagement.keeping import keep, place_of
from zhike.parties.models import Party
from zhike.testing.databases import Bank
from zhike.testing.people import Cast, cast_of
from zhike.workspace.tests.books import rows

HX = {"HX-Request": "true"}
AsPerson = Callable[[str], Client]


@pytest.fixture
def written_bank(bank: Bank, people: Cast) -> Iterator[Bank]:
    """The sample bank with the cast; what a test writes into it is gone afterwards."""
    yield bank
    with bank.connected("job") as job:
        job.execute("delete from engagement_notefile; delete from engagement_mention; delete from engagement_note")
    for kept in bank.home.glob("files/??"):
        shutil.rmtree(kept, ignore_errors=True)


@pytest.fixture
def login(as_person: AsPerson) -> AsPerson:
    """One client for each of the cast."""
    return cache(as_person)


def customer_of(bank: Bank, login: str) -> int:
    staff = cast_of(bank)[login].staff_no
    found: int = rows(
        bank,
        f"select p.id from parties_party p join access_employee e on e.id = p.main_rm_id where e.staff_no = '{staff}' and p.unit_id = e.unit_id order by p.id limit 1",
    )[0][0]
    return found


def write(client: Client, party: int, text: str, *files: SimpleUploadedFile):
    return client.post(f"/customers/{party}/notes/", {"text": text, "files": files}, headers=HX)


def shown(client: Client, party: int) -> str:
    return client.get(f"/customers/{party}/notes/").content.decode()


def note_of(bank: Bank) -> int:
    found: int = rows(bank, "select max(id) from engagement_note")[0][0]
    return found


def test_what_one_writes_everybody_reads_who_sees_the_customer_and_nobody_else(written_bank, login):
    party = customer_of(written_bank, "lin")
    assert write(login("lin"), party, "**存单** 到期要转走\n- 周五面谈").status_code == 200
    for reader in ("lin", "zhou", "he", "su", "gao"):
        assert "<b>存单</b> 到期要转走" in shown(login(reader), party), reader
    for stranger in ("chen", "qian"):
        assert login(stranger).get(f"/customers/{party}/notes/").status_code == 404, stranger


def test_only_its_writer_changes_a_note_and_deleting_it_can_be_undone(written_bank, login):
    party = customer_of(written_bank, "lin")
    lin, zhou = login("lin"), login("zhou")
    write(lin, party, "周五面谈")
    address = f"/customers/{party}/notes/{note_of(written_bank)}/"
    assert zhou.post(address, {"text": "不谈"}, headers=HX).status_code == 403
    assert zhou.post(f"{address}delete/", {"deleted": "1"}, headers=HX).status_code == 403
    assert "周四面谈" in lin.post(address, {"text": "周四面谈"}, headers=HX).content.decode()
    gone = lin.post(f"{address}delete/", {"deleted": "1"}, headers=HX).content.decode()
    assert "周四面谈" not in gone and "data-zk-undo" in gone
    assert lin.get(address).status_code == 404
    assert "周四面谈" in lin.post(f"{address}delete/", {"deleted": ""}, headers=HX).content.decode()
    acts = rows(written_bank, "select act from access_auditentry where area = 'notes' order by id")
    assert [act for (act,) in acts[-4:]] == [
        "notes.written", "notes.edited", "notes.deleted", "notes.restored",
    ]  # fmt: skip


def test_a_pinned_note_stands_above_newer_ones_for_everybody(written_bank, login):
    party = customer_of(written_bank, "lin")
    lin = login("lin")
    write(lin, party, "只在下午打电话")
    first = note_of(written_bank)
    write(lin, party, "存单到期")
    assert re.findall(r"只在下午打电话|存单到期", shown(lin, party)) == ["存单到期", "只在下午打电话"]
    login("zhou").post(f"/customers/{party}/notes/{first}/pin/", {"pinned": "1"}, headers=HX)
    assert re.findall(r"只在下午打电话|存单到期", shown(lin, party)) == ["只在下午打电话", "存单到期"]


def test_a_secret_or_a_full_number_never_reaches_the_database(written_bank, login):
    party = customer_of(written_bank, "lin")
    answer = write(login("lin"), party, "证件 11010519491231002X，CVV 123，验证码 998877").content.decode()
    assert "an ID number, a password, code or card expiry" in answer
    kept = rows(written_bank, "select text from engagement_note")[0][0]
    told = str(rows(written_bank, "select after from access_auditentry where act = 'notes.written' order by id desc limit 1"))
    for where in (answer, kept, told):
        assert not re.search(r"11010519491231002X|CVV 123|998877", where)


def test_who_is_mentioned_finds_it_and_it_counts_as_read_when_followed(written_bank, login):
    party = customer_of(written_bank, "lin")
    write(login("lin"), party, "@周敏 请批准；@何平 客户会来电")
    zhou = login("zhou")
    assert "1 unread" in zhou.get("/notices/count/").content.decode()
    assert "请批准" in zhou.get("/mentions/").content.decode()
    (mention,) = rows(
        written_bank, "select m.id from engagement_mention m join access_person p on p.id = m.person_id where p.login = 'zhou'"
    )[0]
    followed = zhou.get(f"/mentions/{mention}/")
    assert followed["Location"] == f"/customers/{party}/?note={note_of(written_bank)}#panel-notes"
    assert "unread" not in zhou.get("/notices/count/").content.decode()
    assert "1 unread" in login("he").get("/notices/count/").content.decode(), "hers is still new"
    assert "请批准" not in login("chen").get("/mentions/").content.decode()


def test_who_does_not_see_the_customer_cannot_be_mentioned_and_is_not_offered(written_bank, login):
    party = customer_of(written_bank, "lin")
    lin = login("lin")
    refused = write(lin, party, "@陈思 请看")
    assert (refused.status_code, refused["HX-Retarget"]) == (422, "#note-new-said")
    assert "陈思 does not see this customer" in refused.content.decode()
    assert rows(written_bank, "select 1 from engagement_note") == []
    for typed, name in (("zhoumin", "周敏"), ("周", "周敏"), ("zm", "周敏"), ("chensi", None), ("陈", None)):
        offered = lin.get(f"/customers/{party}/colleagues/", {"q": typed}).content.decode()
        assert re.findall(r'data-call="(周敏|陈思)"', offered) == ([name] if name else []), typed


def test_a_mention_taken_out_of_a_note_is_gone_and_one_put_in_is_new(written_bank, login):
    party = customer_of(written_bank, "lin")
    lin = login("lin")
    write(lin, party, "@周敏 请看")
    lin.post(f"/customers/{party}/notes/{note_of(written_bank)}/", {"text": "@何平 请看"}, headers=HX)
    counted = {name: "unread" in login(name).get("/notices/count/").content.decode() for name in ("zhou", "he")}
    assert counted == {"zhou": False, "he": True}


def test_a_file_is_encrypted_on_the_disk_and_comes_back_as_a_download(written_bank, login):
    party = customer_of(written_bank, "lin")
    content = b"%PDF-1.7 " + "股东会决议".encode() * 50
    write(login("lin"), party, "决议", SimpleUploadedFile("../决议\r\n.exe", content))
    file, digest = rows(written_bank, "select id, digest from engagement_notefile")[0]
    place = place_of(bytes(digest))
    assert place.stat().st_mode & 0o777 == 0o600 and content[9:40] not in place.read_bytes()
    got = login("zhou").get(f"/customers/{party}/files/{file}/")
    assert got.content == content and got["Content-Type"] == "application/pdf" and got["X-Content-Type-Options"] == "nosniff"
    assert (
        got["Content-Disposition"].startswith("attachment")
        and "\n" not in got["Content-Disposition"]
        and got["Content-Disposition"].endswith(".pdf")
    )
    assert login("chen").get(f"/customers/{party}/files/{file}/").status_code == 404
    assert rows(written_bank, "select count(*) from access_auditentry where act = 'notes.file_opened' and login = 'zhou'") >= [(1,)]


def test_names_and_plain_texts_are_screened_as_notes_are(written_bank, login):
    party = customer_of(written_bank, "lin")
    card, text = "6222021234567890128", "客户卡号 6222021234567890128，密码 135790，周五来".encode("gb18030")
    answer = write(login("lin"), party, "附件", SimpleUploadedFile(f"卡{card}.txt", text), SimpleUploadedFile("清单.txt", "无".encode()))
    assert "masked in it" in answer.content.decode()
    kept = rows(written_bank, "select name, id from engagement_notefile order by id")
    assert card not in kept[0][0] and kept[1][0] == "清单.txt"
    content = login("zhou").get(f"/customers/{party}/files/{kept[0][1]}/").content.decode("gb18030")
    assert card not in content and "135790" not in content and "周五来" in content
    assert card not in str(rows(written_bank, "select after from access_auditentry where act = 'notes.written' order by id desc limit 1"))


def test_a_file_that_no_note_has_is_removed_after_two_days_and_others_stay(written_bank, login):
    party = customer_of(written_bank, "lin")
    write(login("lin"), party, "留着", SimpleUploadedFile("留着.txt", b"kept"))
    needed = place_of(bytes(rows(written_bank, "select digest from engagement_notefile")[0][0]))
    orphan, young = place_of(keep(b"nobody's")), place_of(keep(b"just now"))
    long_ago = timezone.now().timestamp() - 3 * 86400
    for place in (needed, orphan):
        os.utime(place, (long_ago, long_ago))
    with pytest.raises(PermissionDenied):
        actions.forget_orphans(at=timezone.now())
    with written_bank.acting_as("job"):
        assert actions.forget_orphans(at=timezone.now()) == 1
    assert needed.exists() and young.exists() and not orphan.exists()


def test_a_file_that_is_too_large_or_could_run_is_refused_with_words_and_nothing_is_kept(written_bank, login, monkeypatch):
    party = customer_of(written_bank, "lin")
    monkeypatch.setattr(settings, "FILE_MB", 1)
    large = write(login("lin"), party, "x", SimpleUploadedFile("a.pdf", b"%PDF-" + b"0" * 1_000_000))
    program = write(login("lin"), party, "x", SimpleUploadedFile("a.pdf", b"MZ\x90\x00\x03"))
    assert "a.pdf is larger than 1 MB" in large.content.decode() and "of a kind that is not kept" in program.content.decode()
    assert rows(written_bank, "select 1 from engagement_note") == [] and not list(written_bank.home.glob("files/??/*"))


def test_the_database_refuses_a_note_of_one_who_may_not_write(written_bank):
    party = customer_of(written_bank, "lin")
    with entered(NOBODY):
        analyst = viewer_for(Person.objects.select_related("employee__unit").get(login="su"))
    statement = "insert into engagement_note (party_id, author_id, text, written_at) values (%s, %s, 'x', now())"
    with pytest.raises(ProgrammingError, match="row-level security"), entered(analyst), connection.cursor() as cursor:
        cursor.execute(statement, [party, analyst.person_id])


def test_who_may_be_mentioned_is_who_sees_the_customer_whatever_her_role(written_bank):
    """The one statement says of everybody what her own viewer says."""
    with entered(NOBODY):
        viewers = {p.pk: viewer_for(p) for p in Person.objects.select_related("employee__unit")}
        gao = viewers[Person.objects.get(login="gao").pk]
    parties = rows(written_bank, "select id, unit_id, rm_ids from parties_party order by id")
    with written_bank.acting_as("job"):
        seen = {key: set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) for key, viewer in viewers.items()}
    with entered(gao):
        for party, unit, rms in parties[:40]:
            told = {one.person_id: one.sees for one in colleagues(gao, party, unit_id=unit, rm_ids=rms)}
            assert told == {key: party in seen[key] for key in viewers}, party


def test_writing_is_refused_to_a_viewer_without_the_right(written_bank):
    party = customer_of(written_bank, "lin")
    with entered(NOBODY):
        analyst = viewer_for(Person.objects.select_related("employee__unit").get(login="su"))
    with pytest.raises(PermissionDenied, match=r"notes\.write"), entered(analyst):
        actions.write_note(actor=analyst, at=timezone.now(), party_id=party, text="x")
