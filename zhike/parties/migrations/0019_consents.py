"""The ledger of consents: seen where the customer is seen, added to by whoever may; an entry never changes."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import role, wall_through

TABLE = "parties_consent"
SEEN = f"exists (select 1 from parties_party above where above.id = {TABLE}.party_id)"
ADDED = f"source = 'own' and (select access.viewer_may('consents.write')) and {SEEN}"
# A merge of customers moves entries, a date delivered again takes a file's entries back; nothing changes what one says.
STAYS = f"""
create function parties_consent_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'entries of the ledger of consents are only added' using errcode = 'insufficient_privilege';
end $$;
create trigger stays before update of purpose, channel, state, at, notice_version, expires_date, evidence, by_name, cancels_id, source, external_key
    on {TABLE} for each row execute function parties_consent_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0018_keys_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.TextField(help_text="what the data may be used for: service, marketing …")),
                ("channel", models.TextField(blank=True, default="", help_text="the way it is about; empty: every way")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("given", "Given"),
                            ("withdrawn", "Withdrawn"),
                            ("ended", "No longer delivered"),
                            ("cancelled", "Entry cancelled"),
                        ]
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        help_text="when it was given or withdrawn; where a file does not say, the beginning of its batch date"
                    ),
                ),
                ("notice_version", models.TextField(blank=True, default="", help_text="of the notice the customer had read")),
                (
                    "expires_date",
                    models.DateField(help_text="the first day on which it no longer holds; empty: until it is withdrawn", null=True),
                ),
                ("evidence", models.TextField(blank=True, default="", help_text="how it can be proven: a form's number, a recording")),
                ("by_name", models.TextField(blank=True, default="", help_text="who wrote it here; empty: a file")),
                ("cancels_id", models.BigIntegerField(help_text="the entry that this one cancels", null=True)),
                ("source", models.TextField()),
                ("external_key", models.TextField(help_text="of a file: party, purpose and channel, so that several entries share it")),
                ("row_digest", models.BinaryField(null=True)),
                ("valid_from", models.DateField(help_text="the business date that brought it")),
                ("batch_id", models.BigIntegerField()),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["party", "at"], name="consent_party")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["given", "withdrawn", "ended", "cancelled"])), name="consent_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancels_id__isnull", False), ("state", "cancelled")),
                            models.Q(models.Q(("state", "cancelled"), _negated=True), ("cancels_id", None)),
                            _connector="OR",
                        ),
                        name="consent_cancels",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", "own"), _negated=True), models.Q(("evidence", ""), _negated=True), _connector="OR"
                        ),
                        name="consent_evidence",
                    ),
                ],
            },
        ),
        wall_through(TABLE, "parties_party", "party_id"),
        migrations.RunSQL(
            [
                f"create policy own_insert on {TABLE} for insert to {role('web')} with check ({ADDED})",
                f"grant insert on {TABLE} to {role('web')}",
                STAYS,
            ],
            [
                f"drop trigger stays on {TABLE}",
                "drop function parties_consent_stays()",
                f"revoke insert on {TABLE} from {role('web')}",
                f"drop policy own_insert on {TABLE}",
            ],
        ),
    ]
