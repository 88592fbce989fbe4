"""What two records are compared by, read from PostgreSQL into the engine: names and their sound in clear, protected values as digests only."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from django.db import connection

from zhike.duplicates.rules import SHARED_BY_MOST

CHUNK = 20_000

# Legal forms and words of place that come and go in the name of one company.
_FORMS = "股份有限公司|有限责任公司|有限公司|集团|合伙企业|（有限合伙）|分公司|co\\.?,? ?ltd\\.?|limited|ltd\\.?|inc\\.?|gmbh|[省市县\\s]"


def _digests(table: str, kinds: str, digest: str, last4: str, types: str = "null::text") -> str:
    """Digests of a party in force, without those that too many parties have."""
    return f"""
    select d.party_id, array_agg(distinct encode(d.{digest}, 'hex')) as whole, array_agg(distinct encode(d.{last4}, 'hex')) filter (where d.{last4} is not null) as ends,
           array_agg(distinct {types}) as types
    from {table} d
    where d.valid_to is null and {kinds} and d.{digest} not in (
        select o.{digest} from {table} o where o.valid_to is null and {kinds.replace("d.", "o.")} group by 1 having count(distinct o.party_id) > {SHARED_BY_MOST})
    group by 1
    """


_SELECT = f"""
select p.id, p.name, left(p.name, 1), coalesce(
           case when p.name !~ '[A-Za-z]' then (select t from unnest(p.name_tokens) with ordinality u(t, n) where t ~ '^[a-z]+$' order by n limit 1) end, lower(p.name)),
       regexp_replace(lower(p.name), '{_FORMS}', '', 'g'), p.birth_date::text, nullif(p.sex, ''), nullif(p.region, ''), nullif(p.employer_name, ''), nullif(p.industry, ''),
       p.unit_id, i.whole, i.ends, i.types, f.whole, f.ends, e.whole, a.whole
from parties_party p
left join ({_digests("parties_identifier", "true", "id_no_digest", "id_no_last4", "d.id_type")}) i on i.party_id = p.id
left join ({_digests("parties_contactpoint", "d.kind in ('mobile', 'phone')", "value_digest", "value_last4")}) f on f.party_id = p.id
left join ({_digests("parties_contactpoint", "d.kind = 'email'", "value_digest", "value_last4")}) e on e.party_id = p.id
left join ({_digests("parties_contactpoint", "d.kind = 'address'", "value_digest", "value_last4")}) a on a.party_id = p.id
where p.kind = any(%s)
"""

_TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema([
    ("unique_id", pa.int64()), ("name", pa.string()), ("family", pa.string()), ("sound", pa.string()), ("core", pa.string()), ("born", pa.string()),
    ("sex", pa.string()), ("region", pa.string()), ("employer", pa.string()), ("industry", pa.string()), ("unit_id", pa.int64()), ("ids", _TEXTS),
    ("id_ends", _TEXTS), ("id_types", _TEXTS), ("phones", _TEXTS), ("phone_ends", _TEXTS), ("emails", _TEXTS), ("addresses", _TEXTS),
])  # fmt: skip


def read_records(con: duckdb.DuckDBPyConnection, kinds: Sequence[str], *, table: str) -> int:
    """Fill `table` of the engine with the features of all parties of these kinds, a chunk at a time; how many there are."""
    con.register("chunk", SCHEMA.empty_table())
    con.execute(f"create or replace table {table} as from chunk")
    count = 0
    connection.ensure_connection()
    with connection.connection.cursor(name="records") as cursor:
        cursor.execute(_SELECT, [list(kinds)])
        while rows := cursor.fetchmany(CHUNK):
            columns = list(zip(*rows, strict=True))
            con.register(
                "chunk", pa.table([pa.array(values, one.type) for values, one in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
            )
            con.execute(f"insert into {table} from chunk")
            count += len(rows)
    con.unregister("chunk")
    return count
