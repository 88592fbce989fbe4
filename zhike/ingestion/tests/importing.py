"""What tests of imports share: more customers in somebody's book, and whether everything is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import one, rows

# What an import may change, in one word for each table; a row of which nothing is known any more says nothing.
KEPT = (
    """select md5(string_agg(party_id || "values"::text, '|' order by party_id)) from parties_declared where "values" <> '{}'""",
    "select md5(string_agg(party_id || ',' || tag_id, '|' order by party_id, tag_id)) from parties_tagging",
    "select md5(string_agg(p::text, '|' order by id)) from parties_party p",
    "select md5(string_agg(c::text, '|' order by id)) from parties_contactpoint c",
    "select md5(string_agg(i::text, '|' order by id)) from parties_identifier i",
    "select md5(string_agg(s::text, '|' order by id)) from parties_partysource s",
    "select md5(string_agg(a::text, '|' order by id)) from parties_assignment a",
)


def fingerprint(bank: Bank) -> list[str]:
    """Everything that an import may change: equal where nothing is otherwise."""
    return [one(bank, statement) for statement in KEPT]


@contextmanager
def more_customers(bank: Bank, people: Cast, login: str, count: int) -> Iterator[list[str]]:
    """The numbers of so many more customers in somebody's book, for as long as the block lasts."""
    (unit, employee) = rows(bank, "select unit_id, id from access_employee where staff_no = %s", people[login].staff_no)[0]
    with bank.connected("job") as job:
        job.execute(
            """insert into parties_party (source, external_key, valid_from, batch_id, kind, status, name, short_name, name_tokens, customer_no, sex,
                 nationality, occupation, employer_name, education, marital_status, income_band, region, industry, size_class, unit_id, is_staff,
                 is_related_party, lead_source, main_rm_id, rm_ids)
               select 'trial', 'trial' || n, '2026-01-01', 0, 'individual', 'customer', '客户' || n, '', '{}', 'T' || n, '', '', '', '', '', '', '', '',
                 '', '', %s, false, false, '', %s, array[%s::bigint] from generate_series(1, %s) n""",
            [unit, employee, employee, count],
        )
    try:
        yield [f"T{number}" for number in range(1, count + 1)]
    finally:
        with bank.connected("job") as job:
            job.execute("delete from parties_party where source = 'trial'")


def forget_imports(bank: Bank) -> None:
    """Take out what a test brought and made, so that the next one finds the bank as it was."""
    with bank.connected("job") as job:
        found = job.execute(
            "select jsonb_object_keys(created)::bigint from ingestion_import union select jsonb_array_elements_text(stayed)::bigint from ingestion_import"
        ).fetchall()
        made = [key for (key,) in found]
        for table in ("ingestion_import", "parties_tagging", "parties_tag", "parties_declaredchange", "parties_declared"):
            job.execute(f"delete from {table}")
        for table in ("engagement_note", "parties_contactpoint", "parties_identifier", "parties_assignment", "parties_partysource"):
            job.execute(f"delete from {table} where party_id = any(%s)", [made])
        job.execute("delete from parties_party where id = any(%s)", [made])
