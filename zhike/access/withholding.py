"""Takes the words out of audit entries about customers who are deleted: before, after and reason. Who did what on which number, and when, stays.

What the chain holds is the hash of an entry as it was written, and that stays too. Beside it this program vouches, under the chain's own key, that
the entry rightly stands as it does now; `verifying` takes that for good, and anything else for a change. Whoever owns the database has no such key.
Writing entries costs nothing more.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from zhike.access.chain import COLUMNS, ChainKeys
from zhike.access.chaining import rows_of
from zhike.access.sealing import keyring

WITHHELD = "—"


def _without_words(column: str) -> str:
    """JSON of which the names of fields are left."""
    kept = f"(select coalesce(jsonb_object_agg(k, '{WITHHELD}'::text), '{{}}') from jsonb_object_keys({column}) k)"
    return f"""case when jsonb_typeof({column}) = 'object' then {kept} when {column} is not null then to_jsonb('{WITHHELD}'::text) end"""


_SETS = {
    "before": _without_words("e.before"),
    "after": _without_words("e.after"),
    "reason": f"case when e.reason = '' then '' else '{WITHHELD}' end",
}
_COLUMNS = dict(COLUMNS) | {"before": f"({_SETS['before']})::text", "after": f"({_SETS['after']})::text", "reason": _SETS["reason"]}
_MEANT = """
from access_auditentry e join going g on g.party_id = e.party_id and g.is_whole
where (e.before is not null or e.after is not null or e.reason <> '') and not exists (select from access_auditwithheld w where w.entry_id = e.id)
"""
_AS_IT_WILL_BE = f"select {', '.join(_COLUMNS.values())} {_MEANT}"
_VOUCH = (
    "insert into access_auditwithheld (entry_id, mac, withheld_at) select id, mac, %s from unnest(%s::bigint[], %s::bytea[]) v(id, mac)"
)
_WITHHOLD = f"update access_auditentry e set {', '.join(f'{name} = {to}' for name, to in _SETS.items())} where e.id = any(%s)"


def withhold(*, at: datetime) -> int:
    """Take the words out of the entries about those who go wholly (the table `going`); how many. Needs the job role, in the deletion's transaction."""
    keys = ChainKeys.of(keyring())
    rows = list(rows_of(_AS_IT_WILL_BE))
    ids = [int(row[: row.index(b"\t")]) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_VOUCH, [at, ids, [keys.withheld_of(row) for row in rows]])
        cursor.execute(_WITHHOLD, [ids])
    return len(ids)
