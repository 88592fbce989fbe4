"""A merge moves every table with a customer in it; a new table needs somebody to think about it. What it adds up anew is what a load adds up."""

from __future__ import annotations

from zhike.testing.databases import Bank

# Tables that Zhike itself writes: their rows move with the customer and go back by their ids. What a source delivers stands in
# zhike/duplicates/migrations/0002_merging.py (a new feed needs a migration that replaces its functions).
OWN = {
    "audiences_membership.party_id",
    "audiences_standing.party_id",
    "engagement_note.party_id",
    "insight_tieroverride.party_id",
    "insight_score.party_id",
    "insight_tie.party_id",
    "insight_networkplace.party_id",
    "insight_scoreoverrule.party_id",
    "insight_scoreoutcome.party_id",
    "parties_contactrestriction.party_id",
    "privacy_request.party_id",
    "access_brokenglass.party_id",
    "access_listed.party_id",
    "access_participation.party_id",
    "parties_handovercustomer.party_id",
    "parties_teamed.party_id",
    "engagement_mention.party_id",
    "engagement_notefile.party_id",
    "parties_trash.party_id",
    "parties_correction.party_id", "workspace_visit.party_id", "workspace_listmember.party_id", "parties_declared.party_id", "parties_declaredchange.party_id", "parties_tagging.party_id",
}  # fmt: skip


def test_somebody_has_thought_about_every_table_with_a_customer(bank: Bank) -> None:
    with bank.connected("job") as job:
        found = {f"{table}.{column}" for table, column in job.execute("select tab, col from duplicates_own_tables()").fetchall()}
        without_id = job.execute(
            """select tab from duplicates_own_tables() o where not exists (
                   select from pg_attribute a where a.attrelid = o.tab::regclass and a.attname = 'id' and a.atttypid = 'bigint'::regtype)"""
        ).fetchall()
    assert found == OWN, "is what stands there a source's (BY_KEY), an account's, or Zhike's own? Say so here, and what a merge makes of it"
    assert without_id == [], "an undo takes rows back by their id"


def test_sums_and_books_of_a_merge_are_those_of_a_load(fresh_bank: Bank) -> None:
    with fresh_bank.connected("job") as job:
        as_of = job.execute("select max(batch_date) from ingestion_dataasof").fetchone()
        everybody = "array(select id from parties_party)"
        before = {table: job.execute(f"select {columns} from {table} order by 1, 2").fetchall() for table, columns in _ADDED_UP.items()}
        job.execute(f"select holdings_sum_up({everybody}, %s), parties_refresh_books({everybody}, %s)", [as_of[0], as_of[0]])  # type: ignore[index]
        after = {table: job.execute(f"select {columns} from {table} order by 1, 2").fetchall() for table, columns in _ADDED_UP.items()}
    assert all(before.values())
    assert after == before


_ADDED_UP = {
    "holdings_summary": "party_id, currency, deposits, wealth, loans, aum, count_accounts, count_families, next_maturity_date, next_maturity_amount, as_of, unit_id, place",
    "parties_party": "id, main_rm_id, rm_ids",
}
