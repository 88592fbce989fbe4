"""What is deleted vanishes everywhere, lies in the trash for thirty days, and comes back as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from zhike.parties import trash
from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}


def prospect(client: Any, name: str) -> int:
    answer = client.post("/prospects/new/", {"kind": "individual", "name": name, "mobile": "13766660002"})
    return int(answer["Location"].strip("/").split("/")[-1])


def in_trash(bank: Any, title: str) -> int:
    return int(one(bank, "select id from parties_trash where title = %s", title))


def test_a_deleted_prospect_is_nowhere_and_comes_back_whole(bank, people, as_person):
    lin, friend = as_person("lin"), book_of(bank, people, "lin")[0][0]
    key = prospect(lin, "司徒回收")
    lin.post(f"/customers/{key}/tags/", {"tag": "回收试验"}, headers=HX)
    assert lin.post(f"/customers/{friend}/relations/new/", {"other": key, "type": "friend"}, headers=HX).status_code == 204
    assert lin.post(f"/prospects/{key}/", {"act": "delete"}).status_code == 302
    assert lin.get(f"/customers/{key}/").status_code == 404
    assert f"/customers/{key}/" not in lin.get("/customers/", {"q": "司徒回收"}).content.decode()
    assert f"/customers/{key}/" not in lin.get("/customers/", {"q": "13766660002"}).content.decode()
    relations = lin.get(f"/customers/{friend}/relations/").content.decode()
    assert "司徒回收" not in relations and "zk-icon-lock" not in relations
    assert one(bank, "select count(*) from parties_relationship where to_party_id = %s", key) == 0
    assert "司徒回收" in lin.get("/trash/").content.decode()
    assert lin.post(f"/trash/{in_trash(bank, '司徒回收')}/").status_code == 302
    assert "司徒回收" in lin.get(f"/customers/{key}/").content.decode()
    assert "回收试验" in lin.get(f"/customers/{key}/tags/").content.decode()
    assert "司徒回收" in lin.get(f"/customers/{friend}/relations/").content.decode()
    assert "司徒回收" not in lin.get("/trash/").content.decode()


def test_the_manager_of_the_outlet_may_bring_it_back_and_a_stranger_may_not(bank, people, as_person):
    key = prospect(as_person("lin"), "归还")
    as_person("lin").post(f"/prospects/{key}/", {"act": "delete"})
    thing = in_trash(bank, "归还")
    assert "归还" not in as_person("chen").get("/trash/").content.decode()
    assert as_person("chen").post(f"/trash/{thing}/").status_code == 404
    assert as_person("su").get("/trash/").status_code == 403
    assert as_person("zhou").post(f"/trash/{thing}/").status_code == 302
    assert as_person("lin").get(f"/customers/{key}/").status_code == 200


def test_a_deleted_relation_is_undone_from_its_toast(bank, people, as_person):
    lin, (one_, other, *_rest) = as_person("lin"), book_of(bank, people, "lin")
    lin.post(f"/customers/{one_[0]}/relations/new/", {"other": other[0], "type": "supplier"}, headers=HX)
    own = one(bank, "select id from parties_relationship where source = 'own' and type = 'supplier' and party_id = %s", one_[0])
    done = lin.post(f"/customers/{one_[0]}/relations/{own}/", {"act": "delete"}, headers=HX)
    assert done.status_code == 204
    assert rows(bank, "select id from parties_relationship where source = 'own' and type in ('supplier', 'buyer')") == []
    assert lin.post(f"/trash/{in_trash(bank, f'{one_[1]} – {other[1]}')}/", headers=HX).status_code == 302
    assert len(rows(bank, "select id from parties_relationship where source = 'own' and type in ('supplier', 'buyer')")) == 2


def test_after_thirty_days_it_is_forgotten(bank, people, as_person):
    lin = as_person("lin")
    old, young = prospect(lin, "旧物"), prospect(lin, "新物")
    for key in (old, young):
        lin.post(f"/prospects/{key}/", {"act": "delete"})
    with bank.connected("job") as job:
        job.execute("update parties_trash set deleted_at = now() - interval '31 days' where title = '旧物'")
    with bank.acting_as("job"):
        assert trash.purge(at=timezone.now()) == 1
        assert trash.purge(at=timezone.now() + timedelta(days=29)) == 0
    assert rows(bank, "select id from parties_contactpoint where party_id = %s", old) == []
    assert "新物" in lin.get("/trash/").content.decode()
