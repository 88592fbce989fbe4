"""Lists by amount read one page: the party's unit beside its amounts, its place as a whole number, and a book with its amounts."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import one_by_one, role

FILL = """
update holdings_summary h set unit_id = p.unit_id, place = case when not exists (
    select 1 from holdings_summary o
    where o.party_id = h.party_id and (o.aum > h.aum or (o.aum = h.aum and o.currency < h.currency)))
    then greatest(least(h.aum * 100, 9e18), -9e18)::bigint end
from parties_party p where p.id = h.party_id
"""

# As parties_book(): under a policy a book of eight hundred would be looked up once more for every party and every sum. The keys are an
# array, because nothing is known of how many have one of these managers: as a join of a million it would be given to parallel workers.
BOOK = """
create function holdings_book() returns table (place bigint, party_id bigint)
language sql stable security definer rows 500 set search_path = public, pg_temp as $$
    select s.place, s.party_id from holdings_summary s
    where s.place is not null and s.party_id = any(array(select id from parties_party where rm_ids && (select access.viewer_employees())))
$$;
comment on function holdings_book() is
    'the parties that the viewer or her team looks after and that hold something, with their place in lists by amount';
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0003_transactions"), ("parties", "0004_book")]

    operations = [
        migrations.AddField(
            "summary",
            "place",
            models.BigIntegerField(
                null=True, help_text="by which lists order: AUM in hundredths, where this is the currency the party has most in; else empty"
            ),
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
        migrations.AddIndex(
            "summary", models.Index(condition=models.Q(("place__isnull", False)), fields=["-place", "party"], name="summary_place")
        ),
        migrations.AddIndex(
            "summary", models.Index(condition=models.Q(("place__isnull", False)), fields=["unit", "-place", "party"], name="summary_unit")
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
