"""Account 485 of the Berka bank shows its 131 transactions."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from zhike.testing.people import PASSWORD

pytestmark = pytest.mark.realdata


def test_account_485_shows_all_its_131_transactions_over_pages_with_their_count(empty_bank, real_data):
    empty_bank.load(real_data / "berka", "berka")
    empty_bank.zhike("person", "add", "gao", "--name", "高远", "--role", "administrator", "--password-env", "P", P=PASSWORD)
    with empty_bank.connected("job") as connection:
        key = connection.execute("select id from holdings_account where external_key = '485'").fetchone()[0]
        keys = {row[0] for row in connection.execute("select external_key from holdings_transaction where account_id = %s", [key])}
    client = Client()
    assert client.post("/login/", {"login": "gao", "password": PASSWORD}).status_code == 302
    page = client.get(f"/accounts/{key}/").content.decode()
    assert re.search(r'id="count">131<', page) and len(keys) == 131
    shown, path = 0, f"/accounts/{key}/"
    while path:
        page = client.get(path).content.decode()
        shown += page.count("zk-posting-day")
        link = re.search(r'rel="next" href="([^"]+)"', page)
        path = link.group(1).replace("&amp;", "&") if link else ""
    assert shown == 131
