"""What the tests of loading share: deliveries in the layout `zhike`, and a fingerprint of everything a load writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from zhike.ingestion.feeds import FEEDS
from zhike.testing.databases import Bank

Rows = Sequence[Mapping[str, str]]


def deliver(root: Path, day: str, **feeds: Rows) -> Path:
    """Write one batch: a file per feed with the canonical names as header, and the control file with their counts."""
    folder = root / day
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for feed, rows in feeds.items():
        names = [field.name for field in FEEDS[feed].fields]
        lines = ["|+|".join(names)] + ["|+|".join(row.get(name, "") for name in names) for row in rows]
        path = folder / f"{feed}_{day}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files[path.name] = {"rows": len(rows), "bytes": path.stat().st_size}
    control = {"batch_date": f"{day[:4]}-{day[4:6]}-{day[6:]}", "source": "zhike", "files": files}
    (folder / f"{day}.OK").write_text(json.dumps(control), encoding="utf-8")
    return root


# Of every table a load writes: what it says, by the bank's own keys; not which ids, batches or row order it got.
_TABLES = {
    "unit": "select u.key, u.name, u.level, p.key from access_unit u left join access_unit p on p.id = u.parent_id",
    "party": """select p.external_key, p.kind, p.status, p.name, p.name_tokens, p.region, p.valid_from, p.valid_to, u.key, e.staff_no, cardinality(p.rm_ids)
                from parties_party p left join access_unit u on u.id = p.unit_id left join access_employee e on e.id = p.main_rm_id
                where p.valid_to is null or p.valid_to > p.valid_from""",
    "history": """select p.external_key, h.kind, h.valid_from, h.valid_to, h.values->>'name' from parties_partyhistory h join parties_party p on p.id = h.party_id""",
    "identifier": "select external_key, id_no_masked, valid_from, valid_to from parties_identifier",
    "contact": "select external_key, value_masked, encode(value_digest, 'hex'), valid_from, valid_to from parties_contactpoint",
    "relationship": "select external_key, type, share, valid_from, valid_to from parties_relationship",
    "group": "select external_key, kind, is_head, valid_from, valid_to from parties_groupmember",
    "assignment": "select external_key, role, valid_from, valid_to from parties_assignment",
    "account": """select a.external_key, p.external_key, a.currency, a.status, a.balance, a.balance_date, a.maturity_date, a.valid_from, a.valid_to
                  from holdings_account a left join parties_party p on p.id = a.party_id where a.valid_to is null or a.valid_to > a.valid_from""",
    "account_history": "select h.kind, h.valid_from, h.valid_to, h.values->>'external_key', h.values->>'balance' from holdings_holdinghistory h",
    "role": """select r.external_key, r.role, r.valid_from, r.valid_to, p.external_key from holdings_accountrole r join parties_party p on p.id = r.party_id
               where r.valid_to is null or r.valid_to > r.valid_from""",
    "balance": """select a.external_key, b.balance, b.valid_from, b.valid_to from holdings_balance b join holdings_account a on a.id = b.account_id""",
    "transaction": """select t.external_key, a.external_key, t.amount, t.direction, t.booking_date, t.balance_after, t.counterparty_account_masked
                      from holdings_transaction t join holdings_account a on a.id = t.account_id""",
    "loan": "select external_key, amount, balance, state, valid_from, valid_to from holdings_loan where valid_to is null or valid_to > valid_from",
    "card": "select external_key, card_no_masked, type, status from holdings_card where valid_to is null or valid_to > valid_from",
    "order": "select external_key, amount from holdings_standingorder where valid_to is null or valid_to > valid_from",
    "payroll": "select external_key, headcount, valid_from, valid_to from holdings_payroll where valid_to is null or valid_to > valid_from",
    "salary": """select s.external_key, s.amount, p.external_key from holdings_salary s join holdings_payroll p on p.id = s.payroll_id""",
    "position": "select external_key, units, market_value from holdings_position where valid_to is null or valid_to > valid_from",
    "consent": "select external_key, purpose, channel, state, at, notice_version, valid_from from parties_consent",
    "channel_day": """select p.external_key, c.day, c.channel, c.last_at, c.seconds, k.kind, c.details from engagement_channelday c
                      join parties_party p on p.id = c.party_id cross join lateral unnest(c.kinds) as k(kind)""",
    "risk_profile": "select external_key, level, assessed_date, place, investor_type, valid_from, valid_to from risk_profile",
    "risk_level": "select external_key, issuer_level, seller_level, level, valid_from, valid_to from products_risklevel",
    "interaction": "select external_key, at, channel, subject from engagement_interaction",
    "summary": "select p.external_key, s.currency, s.aum, s.loans, s.count_accounts from holdings_summary s join parties_party p on p.id = s.party_id",
    "as_of": "select source, batch_date from ingestion_dataasof",
}


def fingerprint(bank: Bank) -> dict[str, tuple[int, str]]:
    """Rows and a hash of the content of every table a load writes."""
    found = {}
    with bank.connected("job") as connection:
        for name, query in _TABLES.items():
            row = connection.execute(
                f"select count(*), coalesce(md5(string_agg(md5(q::text), '' order by md5(q::text))), '') from ({query}) q"
            ).fetchone()
            assert row is not None
            found[name] = (row[0], row[1])
    return found


def differing(one: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]]) -> dict[str, tuple[int, int]]:
    """The tables in which two fingerprints differ, with their row counts."""
    return {name: (one[name][0], other[name][0]) for name in one if one[name] != other[name]}
