"""A customer who may be deleted is found nowhere afterwards, the bank's files do not bring her back, sums and the audit's chain stay (PIPL 47, R45)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from zhike.access.scope import system_viewer
from zhike.access.sealing import open_sealed, seal_one
from zhike.core import forgetting
from zhike.core.forgetting import Rows, Stays
from zhike.engagement.keeping import keep, place_of
from zhike.privacy import deletion, retention
from zhike.testing.databases import Bank
from zhike.workspace.tests.books import one, rows

SUMS = """
    select p.unit_id, p.kind, count(distinct p.id), count(a.id), sum(a.balance), (select sum(t.amount) from holdings_transaction t)
    from parties_party p left join holdings_account a on a.party_id = p.id group by 1, 2 order by 1, 2
"""
NOTE, WISH, FILE = "has a yacht at the western pier", "wants to emigrate to Madeira", b"scan of the yacht's papers"


@dataclass(frozen=True)
class Her:
    """Somebody of the sample bank, and what tells who she is: key, number, documents, phones, addresses, accounts, a name that nobody else has."""

    id: int
    key: str
    values: frozenset[str]


def _her(bank: Bank, *, is_over: bool) -> Her:
    """A customer with a name of her own, papers, telephone and accounts. `is_over`: her relation ended long ago."""
    found = rows(
        bank,
        """select p.id, p.name, p.customer_no, p.external_key from parties_party p
           where p.kind = 'individual' and p.source = 'zhike' and length(p.name) > 2 and not exists (select from parties_party o where o.name = p.name and o.id <> p.id)
             and exists (select from holdings_account a where a.party_id = p.id) and exists (select from engagement_interaction i where i.party_id = p.id and i.text <> '')
             and not exists (select from parties_contactrestriction r where r.party_id = p.id)
             and not exists (select from holdings_transaction t where t.counterparty_name = p.name)
           order by p.id limit 1""",
    )
    key, name, number, external = found[0]
    sealed = rows(
        bank,
        """select v.sealed from access_vault v where v.digest in (
               select id_no_digest from parties_identifier where party_id = %s union select value_digest from parties_contactpoint c where party_id = %s
                   and not exists (select from parties_contactpoint o where o.value_digest = c.value_digest and o.party_id <> c.party_id)
               union select account_no_digest from holdings_account where party_id = %s)""",
        key, key, key,
    )  # fmt: skip
    if is_over:
        _end(bank, key)
    return Her(key, external, frozenset({name, number, external, NOTE, WISH, *(open_sealed(bytes(value)) for (value,) in sealed)}))


def _end(bank: Bank, key: int) -> None:
    with bank.connected("job") as job:
        job.execute("update parties_party set status = 'former', left_date = '2010-05-01' where id = %s", [key])
        job.execute(
            "update holdings_account set status = 'closed', closed_date = '2010-05-01', valid_from = '2005-01-01' where party_id = %s",
            [key],
        )
        job.execute("update holdings_accountrole set to_date = '2010-05-01' where party_id = %s", [key])
        job.execute("update holdings_loan set state = 'finished', maturity_date = '2010-05-01' where party_id = %s", [key])


def _plant(bank: Bank, her: Her) -> Path:
    """A note with a file, something known of her, a rejected line, an exported file; the place of the note's file."""
    bank.zhike(
        "person", "add", "writer", "--name", "写作人", "--role", "administrator", "--password-env", "P", P="a-long-sentence-for-tests-1"
    )
    place = place_of(keep(FILE))
    key = her.key
    line = seal_one("row", f"x|{key}|y")["sealed"]
    with bank.connected("job") as job:
        values: Mapping[str, Any] = {
            "party": her.id,
            "note": NOTE,
            "wish": WISH,
            "digest": bytes.fromhex(place.name),
            "line": line,
            "key": key,
        }
        job.execute(
            """with n as (insert into engagement_note (party_id, author_id, text, written_at) select %(party)s, id, %(note)s, now() from access_person limit 1 returning id)
               insert into engagement_notefile (note_id, party_id, name, media_type, size, digest, added_at) select id, %(party)s, 'yacht.pdf', 'application/pdf', 26, %(digest)s, now() from n""",
            values,
        )
        job.execute(
            """insert into parties_declared (party_id, "values", version, changed_at) values (%(party)s, jsonb_build_object('plan', %(wish)s::text), 1, now())""",
            values,
        )
        job.execute(
            """insert into ingestion_reject (batch_id, feed, file, line, reason, value_masked, severity, field, row_sealed)
               select min(id), 'parties', 'a.csv', 3, 'unknown_code', %(key)s, 'reject', 'sex', %(line)s from ingestion_batch""",
            values,
        )
    (bank.home / "exports").mkdir(exist_ok=True)
    (bank.home / "exports" / "99.csv").write_text(f"no,name\n{key},x\n")
    (bank.home / "exports" / "100.csv").write_text("no,name\nC-of-somebody-else,x\n")
    return place


def _delete(bank: Bank, key: int) -> deletion.Deleted:
    with bank.acting_as("job"), transaction.atomic():
        return deletion.carry_out([key], at=timezone.now())


def _said(bank: Bank) -> Iterator[tuple[str, str]]:
    """Everything in the database, the audit too, and in the data folder, opened where it is sealed; without the bank's own files."""
    with bank.connected("job") as job:
        names = [
            name
            for (name,) in job.execute(
                """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
                   and has_table_privilege(oid, 'select')"""
            ).fetchall()
        ]
        for name in names:
            yield name, "\n".join(str(row[0]) for row in job.execute(f"select t::text from {name} t").fetchall())
        for table, column in (("access_vault", "sealed"), ("ingestion_reject", "row_sealed")):
            sealed = job.execute(f"select {column} from {table} where {column} is not null").fetchall()
            yield f"opened {table}", "\n".join(open_sealed(bytes(value)) for (value,) in sealed)
    for path in sorted((bank.home / "warehouse").rglob("*.parquet")):
        table = pq.read_table(path)
        yield str(path), repr(table.to_pydict())
        for column in (name for name in table.column_names if name.endswith("sealed")):
            yield f"opened {path} {column}", "\n".join(open_sealed(value) for value in table[column].to_pylist() if value)
    for path in sorted((bank.home / "exports").glob("*")):
        yield str(path), path.read_text()


def _where(bank: Bank, her: Her) -> dict[str, list[str]]:
    found = {name: sorted(value for value in her.values if value in text) for name, text in _said(bank)}
    return {name: values for name, values in found.items() if values}


def test_she_is_found_nowhere_sums_stay_and_files_do_not_bring_her_back(fresh_bank: Bank) -> None:
    bank = fresh_bank
    her = _her(bank, is_over=True)
    place = _plant(bank, her)
    before, places = rows(bank, SUMS), _where(bank, her)
    assert {"parties_party", "engagement_note", "parties_declared", "opened access_vault", "opened ingestion_reject"} <= set(places)
    assert any(name.endswith("parties.parquet") for name in places)
    done = _delete(bank, her.id)
    assert done.measures == {her.id: "whole"}
    assert _where(bank, her) == {}
    assert not place.exists() and (bank.home / "exports" / "100.csv").exists()
    assert rows(bank, SUMS) == before
    assert one(bank, "select name from parties_party where id = %s", her.id) == "—"
    people = one(bank, "select count(*) from parties_party")
    told = bank.load(bank.home / "files" / "sample", "zhike", "--again")
    assert told and one(bank, "select count(*) from parties_party") == people
    assert _where(bank, her) == {}
    assert one(bank, "select count(*) from holdings_account where party_id = %s", her.id) > 0
    bank.zhike("audit", "verify")


def test_a_running_relation_keeps_what_the_law_asks_and_loses_the_rest(fresh_bank: Bank) -> None:
    bank = fresh_bank
    her = _her(bank, is_over=False)
    place = _plant(bank, her)
    texts = "select count(*) from engagement_interaction where party_id = %s and text <> ''"
    assert one(bank, texts, her.id) > 0
    assert _delete(bank, her.id).measures == {her.id: "part"}
    assert one(bank, "select count(*) from parties_identifier where party_id = %s", her.id) > 0
    assert one(bank, "select count(*) from engagement_note where party_id = %s", her.id) == 0
    assert one(bank, "select count(*) from parties_declared where party_id = %s", her.id) == 0 and not place.exists()
    assert one(bank, texts, her.id) == 0
    bank.load(bank.home / "files" / "sample", "zhike", "--again")
    assert one(bank, texts, her.id) == 0, "what was said to her before stays out"
    assert one(bank, "select name from parties_party where id = %s", her.id) in her.values


def test_the_nightly_run_forgets_whoever_left_more_than_ten_years_ago_once_the_bank_wants_it(fresh_bank: Bank) -> None:
    bank = fresh_bank
    her = _her(bank, is_over=True)
    named = "select name from parties_party where id = %s"
    for is_wanted, rows_ in ((False, 1), (True, 1), (True, 0)):
        with bank.acting_as("job"), override_settings(FORGET_FORMER=is_wanted):
            due = next(line for line in retention.dry_run(at=timezone.now()) if line.rule.name == "former_customers")
            assert due.rows == rows_
            retention.run(actor=system_viewer("retention"), at=timezone.now())
        assert (one(bank, named, her.id) == "—") is is_wanted
    assert one(bank, "select count(*) from access_auditentry where act = 'privacy.forgotten'") == 1


@pytest.mark.parametrize("kind", ["hold", "complaint"])
def test_a_legal_hold_or_an_open_complaint_keeps_all_of_it(fresh_bank: Bank, kind: str) -> None:
    bank = fresh_bank
    her = _her(bank, is_over=True)
    with bank.connected("job") as job:
        job.execute(
            "insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by) values (%s, %s, '', 'court', now(), 'x', '', 'people')",
            [her.id, kind],
        )
    assert _delete(bank, her.id).measures == {her.id: "none"}
    assert one(bank, "select name from parties_party where id = %s", her.id) in her.values


def test_every_table_with_a_customer_says_what_is_done_with_it(bank: Bank) -> None:
    named = rows(
        bank,
        """select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
             and (a.attname in ('party_id', 'of_party', 'left_id', 'right_id', 'survivor_id', 'customer_id', 'party_ids') or a.attname like '%%\\_party\\_id')""",
    )
    known = {told.table for told in forgetting.declared() if isinstance(told, Rows | Stays)}
    assert {name for (name,) in named} - known == set()
