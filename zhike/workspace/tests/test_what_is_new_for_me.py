"""The bell tells a person what is news to her, of the kinds she wants, until she has looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from zhike.workspace.tests.books import book_of, rows


def number(client) -> str:
    return str(client.get("/notices/count/").content.decode())


def person_id(bank, login: str) -> int:
    return int(rows(bank, "select id from access_person where login = %s", login)[0][0])


def correction(bank, people, *, state: str, decided_at) -> int:
    """A correction that 林知远 asked for, decided so."""
    customer = book_of(bank, people, "lin")[-1][0]
    with bank.connected("job") as job:
        made = job.execute(
            """insert into parties_correction (party_id, field, kind, was, proposed, proposed_masked, reason, state, asked_at, asked_by_id, asked_name,
                 decided_at, decided_name, answer)
               values (%s, 'occupation', '', '', '教师', '', '本人说', %s, now() - interval '1 day', %s, '林知远', %s, '周敏', '源系统是对的') returning id""",
            [customer, state, person_id(bank, "lin"), decided_at],
        ).fetchone()
    assert made is not None
    return int(made[0])


def finished_work(bank, login: str, *, state: str = "done") -> None:
    with bank.connected("job") as job:
        job.execute(
            """insert into access_work (person_id, kind, title, language, asked, state, begun, done_count, note, error, result_url, undo_url, asked_at, finished_at)
               values (%s, 'workspace.export', '客户名单', 'zh-hans', '{}', %s, 1, 9, '9 行', '', '', '', now(), now())""",
            [person_id(bank, login), state],
        )


@pytest.fixture
def lin(bank, people, as_person):
    """林知远, who has looked at everything there was."""
    client = as_person("lin")
    client.post("/me/choices/", {"wanted": ["mentions", "work", "corrections"]})
    client.post("/notices/read/")
    assert number(client).strip() == ""
    return client


def test_a_decided_correction_and_finished_work_are_news_until_she_has_looked(bank, people, as_person, lin):
    correction(bank, people, state="refused", decided_at=timezone.now())
    finished_work(bank, "lin")
    assert "2 unread" in number(lin)
    page = lin.get("/notices/").content.decode()
    assert "源系统是对的" in page and "客户名单" in page and page.count("zk-unread") == 2
    assert "unread" not in number(lin)
    assert "zk-unread" not in lin.get("/notices/").content.decode()
    assert "客户名单" not in as_person("zhou").get("/notices/").content.decode(), "it is hers alone"


def test_what_she_does_not_want_is_not_told(bank, people, as_person, lin):
    lin.post("/me/choices/", {"wanted": ["mentions", "corrections"]})
    finished_work(bank, "lin", state="failed")
    assert "unread" not in number(lin) and "客户名单" not in lin.get("/notices/").content.decode()
    lin.post("/me/choices/", {"wanted": ["mentions", "work", "corrections"]})
    assert "1 unread" in number(lin)
    assert rows(bank, "select count(*) > 0 from access_auditentry where act = 'notices.chosen' and login = 'lin'") == [(True,)]


def test_a_mention_stays_news_until_its_note_is_opened(bank, people, as_person, lin):
    customer = book_of(bank, people, "lin")[0][0]
    as_person("he").post(f"/customers/{customer}/notes/", {"text": "@林知远 请回电"})
    assert "1 unread" in number(lin)
    lin.get("/notices/")
    assert "1 unread" in number(lin), "looking at the list is not reading the note"
    home = lin.get("/home/mentions/", headers={"HX-Request": "true"}).content.decode()
    assert "zk-unread" in home and "请回电" in home
    address = home.split('href="/mentions/')[1].split('"')[0]
    assert lin.get(f"/mentions/{address}").status_code == 302
    assert "unread" not in number(lin)


def test_what_is_decided_tomorrow_is_no_news_today(bank, people, as_person, lin):
    key = correction(bank, people, state="confirmed", decided_at=timezone.now() + timedelta(days=1))
    assert "unread" not in number(lin)
    with bank.connected("job") as job:
        job.execute("delete from parties_correction where id = %s", [key])


def test_her_list_begins_with_the_view_she_chose(bank, people, as_person):
    zhou = as_person("zhou")
    assert 'value="pool"' in zhou.get("/me/choices/").content.decode()
    assert zhou.post("/me/list/", {"view": "pool"}).status_code == 302
    assert '<option value="pool" selected>' in zhou.get("/me/choices/").content.decode()
    assert zhou.post("/me/list/", {"view": "list-999999"}).status_code == 404
    assert zhou.post("/me/list/", {"view": "all"}).status_code == 302


def test_what_one_person_chose_no_other_reads(bank, people, as_person, lin):
    with bank.connected("web") as web:
        assert web.execute("select count(*) from workspace_noticechoice").fetchone() == (0,)
