"""Lists by amount read one page: the party's unit beside its amounts, the row that is its place marked, and a book with its amounts."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import one_by_one, role

FILL = """
update holdings_summary h set unit_id = p.unit_id, is_main = not exists (
    select 1 from holdings_summary o
    where o.party_id = h.party_id and (o.aum > h.aum or (o.aum = h.aum and o.currency < h.currency)))
from parties_party p where p.id = h.party_id
"""

# As parties_book(): under a policy a book of eight hundred would be looked up once more for every party and every sum.
BOOK = """
create function holdings_book() returns table (aum numeric, party_id bigint)
language sql stable security definer rows 500 set search_path = public, pg_temp as $$
    select s.aum, s.party_id from parties_party p join holdings_summary s on s.party_id = p.id and s.is_main
    where p.rm_ids && (select access.viewer_employees())
$$;
comment on function holdings_book() is
    'the parties that the viewer or her team looks after and that hold something, with their amount in the currency they have most in';
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0003_transactions"), ("parties", "0004_book")]

    operations = [
        migrations.AddField(
            "summary", "is_main", models.BooleanField(db_default=False, default=False, help_text="the currency the party has most in")
        ),
        migrations.AddField(
            "summary",
            "unit",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="copy of the party's managing unit for ordering; the party's own decides who sees",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="access.unit",
            ),
        ),
        migrations.AlterField(
            "summary",
            "party",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("summary", "summary_aum"),
        migrations.AddIndex("summary", models.Index(condition=models.Q(("is_main", True)), fields=["-aum", "party"], name="summary_aum")),
        migrations.AddIndex(
            "summary", models.Index(condition=models.Q(("is_main", True)), fields=["unit", "-aum", "party"], name="summary_unit")
        ),
        one_by_one("holdings_summary", "parties_party", "party_id"),
        migrations.RunSQL(
            [
                BOOK,
                "revoke all on function holdings_book() from public",
                f"grant execute on function holdings_book() to {role('web')}, {role('read')}",
            ],
            "drop function holdings_book()",
        ),
    ]
