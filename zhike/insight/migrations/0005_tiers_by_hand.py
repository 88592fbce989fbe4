"""Tiers given by hand, behind the wall of their customer; the service tier in today's profile follows them at once."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models
from django.db.models import deletion

from zhike.access.walls import role, wall_through

TABLE = "insight_tieroverride"
# Who gives a tier may not write profiles; what follows from it is written for her. Builds ask for the same set-wise, since days go by.
SERVES = f"""
create function insight_serve(parties bigint[], day date) returns bigint language sql security definer set search_path = public, pg_temp as $$
    with served as (
        select p.id, coalesce((
            select o.tier from {TABLE} o
            where o.party_id = p.id and o.ended_at is null and o.from_date <= day and o.until_date > day
            order by o.from_date desc, o.id desc limit 1), p.tier_effective) as tier
        from insight_profile p where p.id = any(parties)
    ), written as (
        update insight_profile p set tier_service = s.tier from served s where s.id = p.id and p.tier_service is distinct from s.tier returning 1
    )
    select count(*) from written
$$;
create function insight_serve_at_once() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform insight_serve(array[new.party_id], (now() at time zone '{settings.TIME_ZONE}')::date);
    return null;
end $$;
revoke all on function insight_serve(bigint[], date), insight_serve_at_once() from public;
grant execute on function insight_serve(bigint[], date) to {role("job")};
create trigger serve_at_once after insert or update of party_id, tier, from_date, until_date, ended_at on {TABLE}
    for each row execute function insight_serve_at_once();
"""
SERVES_NOT = f"""
drop trigger serve_at_once on {TABLE};
drop function insight_serve_at_once();
drop function insight_serve(bigint[], date);
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0004_standing"), ("parties", "0001_ground")]

    operations = [
        migrations.AddField("profile", "tier_service", models.TextField(help_text="Service tier", null=True)),
        migrations.CreateModel(
            name="TierOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "party",
                    models.ForeignKey("parties.Party", db_constraint=False, db_index=False, on_delete=deletion.CASCADE, related_name="+"),
                ),
                ("tier", models.TextField(help_text="key of a tier of the scheme in force when it was given")),
                ("from_date", models.DateField(help_text="the first day on which it holds")),
                ("until_date", models.DateField(help_text="the first day on which it holds no more")),
                ("why", models.TextField()),
                (
                    "tier_was",
                    models.TextField(blank=True, default="", help_text="the tier that applied when it was given; empty: none was computed"),
                ),
                (
                    "cost",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="CNY a year that serving her costs more than in the tier that applied",
                        max_digits=14,
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("given_name", models.TextField(help_text="who proposed it")),
                ("approved_name", models.TextField(blank=True, default="", help_text="who approved it; empty: nobody had to")),
                ("ended_at", models.DateTimeField(help_text="when it was taken back", null=True)),
                ("ended_name", models.TextField(blank=True, default="", help_text="who took it back; empty: nobody has")),
            ],
            options={
                "db_table": TABLE,
                "indexes": [
                    models.Index(fields=["party"], name="tieroverride_party"),
                    models.Index(condition=models.Q(("ended_at", None)), fields=["until_date", "id"], name="tieroverride_until"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="tieroverride_why"),
                    models.CheckConstraint(condition=models.Q(("until_date__gt", models.F("from_date"))), name="tieroverride_days"),
                ],
            },
        ),
        wall_through(
            TABLE, "parties_party", "party_id", permission="accounts.read", writes=("insert", "update"), write_permission="tiers.override"
        ),
        migrations.RunSQL(SERVES, SERVES_NOT),
    ]
