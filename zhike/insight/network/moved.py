"""What twelve months of payments say about who deals with whom: DuckDB over the landed files, nothing but sets.

Only transfers and salaries count: purchases by card, taxes, bills and what the bank does itself make no tie. Between a customer's own
accounts nothing moves. A counterparty is an account or, where none is told, a name; which of them are one is for `clusters` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import duckdb

from zhike.insight.engines import Part
from zhike.insight.warehouse import quoted

COLUMNS = {
    "transactions": (
        "transaction_key", "account_key", "booking_date", "amount", "currency", "direction", "code", "is_own_transfer", "is_reversal",
        "counterparty_name", "counterparty_account_digest", "counterparty_bank",
    ),
    "accounts": ("account_key", "party_key", "account_no_digest"),
    "account_roles": ("account_key", "party_key", "role"),
    "parties": ("party_key", "kind", "status", "name", "employer_name"),
    "loans": ("loan_key", "account_key", "party_key"),
    "guarantees": ("guarantee_key", "guarantor_key", "loan_key", "from_date", "to_date"),
    "_rejects": ("feed", "file", "line", "severity"),
}  # fmt: skip
_DIGESTS = {"counterparty_account_digest", "account_no_digest"}
CODES = ("transfer", "salary")

# A name without its legal form, blanks, signs and the number that tells two of the same name apart: what is left is compared.
_FORMS = (
    "股份有限公司|有限责任公司|有限公司|股份公司|集团公司|集团|公司|co\\.?,? ?ltd\\.?|ltd\\.?|inc\\.?|llc|gmbh|s\\.?r\\.?o\\.?|a\\.?s\\.?"
)
MACROS = f"""
create or replace macro is_said(flag) as lower(coalesce(flag, '')) in ('1', 'true', 't', 'y', 'yes');
create or replace macro word_of(name) as regexp_replace(regexp_replace(regexp_replace(lower(trim(name)), '[（(][0-9]+[)）]$', ''),
    '({_FORMS})$', ''), '[\\s·.,，、()（）-]', '', 'g');
create or replace macro is_firm(name) as regexp_matches(lower(trim(name)), '({_FORMS})$')
    or regexp_matches(name, '(厂|店|行|院|校|局|社|站|馆|所|中心|超市|集团|协会|学)$') or length(word_of(name)) >= 6;
"""

ACCOUNTS = """
create or replace temp table account as
with last as (select *, row_number() over (partition by source, account_key order by ord desc, _line) as place from raw_accounts),
owner as (select source, account_key, min(party_key) as owner_key from raw_account_roles where role = 'owner' group by all)
select distinct on (l.source, l.account_key) l.source, l.account_key, k.party_id, l.account_no_digest as digest
from last l left join owner o using (source, account_key)
join keys k on k.source = l.source and k.external_key = coalesce(l.party_key, o.owner_key) where l.place = 1;
"""
PARTIES = """
create or replace temp table party as
with last as (select *, row_number() over (partition by source, party_key order by ord desc, _line) as place from raw_parties)
select k.party_id, any_value(l.kind) as kind, max(l.status) as status, min(l.name) as name, word_of(min(l.name)) as word, max(l.employer_name) as employer_name
from last l join keys k on k.source = l.source and k.external_key = l.party_key where l.place = 1 group by k.party_id;
create or replace temp table known_word as select distinct word from party where kind <> 'individual' and word <> '';
create or replace temp table known_account as select digest, min(party_id) as party_id from account where digest is not null group by digest;
"""
MOVED = """
create or replace temp table moved as
with said as (
    select *, row_number() over (partition by source, transaction_key order by ord, _line) as place,
           try_cast(booking_date as date) as day, try_cast(amount as decimal(18,2)) as value
    from raw_transactions where code in ({codes}) and currency = {currency} and not is_said(is_own_transfer) and not is_said(is_reversal)
      and (counterparty_account_digest is not null or coalesce(counterparty_name, '') <> '')
)
select a.party_id, s.counterparty_account_digest as digest, trim(coalesce(s.counterparty_name, '')) as name, word_of(coalesce(s.counterparty_name, '')) as word,
       any_value(s.counterparty_bank) as bank, s.direction, s.code = 'salary' as is_salary, sum(s.value)::decimal(20,2) as amount, count(*) as count,
       count(distinct date_trunc('month', s.day)) as months, min(s.day) as first_date, max(s.day) as last_date
from said s join account a using (source, account_key)
where s.place = 1 and s.day > date '{since}' and s.day <= date '{until}' group by all;
"""


def read(engine: duckdb.DuckDBPyConnection, files: Sequence[tuple[str, Part]], since: date) -> None:
    """The landed files as views `raw_<feed>`, without lines that the checks refused; of postings only files that can speak of a day after `since`."""
    engine.execute(MACROS)
    engine.execute(
        f"create or replace temp table refused as select * from ({_body(engine, '_rejects', files, since)}) where severity = 'reject'"
    )
    for feed in COLUMNS.keys() - {"_rejects"}:
        body = _body(engine, feed, files, since)
        bad = f"r.feed = {quoted(feed)} and r.ord = t.ord and r.file = t._file and r.line = t._line"
        engine.execute(f"create or replace temp view raw_{feed} as select * from ({body}) t anti join refused r on {bad}")


def find(engine: duckdb.DuckDBPyConnection, *, since: date, until: date, currency: str) -> None:
    """Make `account`, `party`, `known_word`, `known_account` and `moved` of what was read; `keys` says whose key is whose. Half-open: days after
    `since`, up to `until`. Amounts are of the bank's own currency alone."""
    codes = ", ".join(quoted(code) for code in CODES)
    for statement in (ACCOUNTS, PARTIES, MOVED.format(codes=codes, currency=quoted(currency), since=since, until=until)):
        engine.execute(statement)


def _body(engine: duckdb.DuckDBPyConnection, feed: str, files: Sequence[tuple[str, Part]], since: date) -> str:
    columns = COLUMNS[feed]
    wanted = [part for name, part in files if name == feed and part.path.exists()]
    if feed == "transactions":
        wanted = [part for part in wanted if part.batch_date > since.isoformat()]
    nothing = ", ".join(f"null::{_type(one)} as {one}" for one in (*columns, "_file", "_line"))
    return " union all by name ".join(
        [f"select {nothing}, ''::varchar as source, 0 as ord where false", *(_select(engine, part, columns) for part in wanted)]
    )


def _select(engine: duckdb.DuckDBPyConnection, part: Part, columns: Iterable[str]) -> str:
    has = {row[0] for row in engine.execute(f"select name from parquet_schema({quoted(part.path)})").fetchall()}
    said = [one if one in has else f"null::{_type(one)} as {one}" for one in (*columns, "_file", "_line")]
    return f"select {', '.join(said)}, {quoted(part.source)} as source, {part.order} as ord from read_parquet({quoted(part.path)})"


def _type(column: str) -> str:
    return "blob" if column in _DIGESTS else "bigint" if column in ("line", "_line") else "varchar"
