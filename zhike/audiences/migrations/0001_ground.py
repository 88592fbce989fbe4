"""Audiences and their versions, seen by whom they are shared with; stays in segments, behind the wall of customers besides."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import role, wall

WEB = role("web")
ME = "(select access.viewer_person())"
APP = "(select access.viewer_is_app())"
# Whose unit and team are those that the owner shares with.
COLLEAGUE = f"""exists (select 1 from access_person me join access_employee e on e.id = me.employee_id
    where me.id = {ME} and e.unit_id = audiences_audience.unit_id and (shared = 'unit' or (e.team <> '' and e.team = audiences_audience.team)))"""
SHARED = f"({APP} and (owner_id = {ME} or shared = 'bank' or (shared in ('unit', 'team') and {COLLEAGUE})))"
ABOVE = "(select true from audiences_audience above where above.id = {table}.audience_id{also})"
MEMBER = f"""({APP} and {ABOVE.format(table="audiences_membership", also="")} and ((select access.viewer_all())
    or (select true from parties_party above where above.id = audiences_membership.party_id)))"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0017_teams"),
        ("parties", "0024_teams"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Audience",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("note", models.TextField(blank=True, default="", help_text="what it is for")),
                ("condition", models.JSONField(help_text="stored form of its latest version")),
                ("version", models.IntegerField(default=1)),
                (
                    "shared",
                    models.TextField(
                        choices=[("own", "Only me"), ("team", "My team"), ("unit", "My unit"), ("bank", "Everybody")], default="own"
                    ),
                ),
                ("team", models.TextField(blank=True, default="", help_text="the owner's, while shared with it")),
                ("changed_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(null=True)),
                ("segment_since", models.DateField(help_text="since when membership is kept; empty: it is no segment", null=True)),
                ("kept_date", models.DateField(help_text="the last day on which membership was brought up to date", null=True)),
                ("kept_version", models.IntegerField(help_text="the version that was kept then", null=True)),
                ("kept_tag_id", models.BigIntegerField(help_text="the tag that was set then", null=True)),
                (
                    "fault",
                    models.TextField(
                        blank=True, default="", help_text="why membership could not be kept lately: a rules.FAULTS; empty: it could"
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "tag",
                    models.ForeignKey(
                        help_text="set on who is in the segment",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="parties.tag",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="the owner's, while shared with it or a team of it",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AudienceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("condition", models.JSONField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("audience", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audiences.audience")),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joined_date", models.DateField()),
                ("left_date", models.DateField(null=True)),
                (
                    "came",
                    models.JSONField(default=dict, help_text="version, lines that did not hold the day before; no lines: it was not known"),
                ),
                ("went", models.JSONField(default=dict, help_text="version, lines that no longer held")),
                (
                    "tagged",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("", "no tag"),
                            ("set", "set by the segment"),
                            ("had", "had it already"),
                            ("taken", "taken off by somebody, and left so"),
                        ],
                        default="",
                    ),
                ),
                ("audience", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audiences.audience")),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("missed", models.BigIntegerField()),
                ("audience", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audiences.audience")),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="audience",
            index=models.Index(fields=["owner"], name="audience_owner"),
        ),
        migrations.AddConstraint(
            model_name="audience",
            constraint=models.CheckConstraint(condition=models.Q(("shared__in", ["own", "team", "unit", "bank"])), name="audience_shared"),
        ),
        migrations.AddConstraint(
            model_name="audience",
            constraint=models.CheckConstraint(
                condition=models.Q(("tag", None), ("segment_since__isnull", False), _connector="OR"), name="audience_tag_of_segment"
            ),
        ),
        migrations.AddConstraint(
            model_name="audienceversion",
            constraint=models.UniqueConstraint(fields=("audience", "number"), name="audienceversion_once"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["audience", "joined_date"], name="membership_joined"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["audience", "left_date"], name="membership_left"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["party"], name="membership_party"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_date", None)), fields=("audience", "party"), name="membership_once"
            ),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["party"], name="standing_party"),
        ),
        migrations.AddConstraint(
            model_name="standing",
            constraint=models.UniqueConstraint(fields=("audience", "party"), name="standing_once"),
        ),
        wall("audiences_audience", SHARED),
        migrations.RunSQL(
            [
                f"create policy web_insert on audiences_audience for insert to {WEB} with check (owner_id = {ME} and {APP})",
                f"create policy web_update on audiences_audience for update to {WEB} using (owner_id = {ME} and {APP}) with check (owner_id = {ME})",
                f"grant insert, update on audiences_audience to {WEB}",
            ],
            migrations.RunSQL.noop,
        ),
        wall("audiences_audienceversion", f"({APP} and {ABOVE.format(table='audiences_audienceversion', also='')})"),
        migrations.RunSQL(
            [
                f"""create policy web_insert on audiences_audienceversion for insert to {WEB}
                    with check ({ABOVE.format(table="audiences_audienceversion", also=f" and above.owner_id = {ME}")})""",
                f"grant insert on audiences_audienceversion to {WEB}",
            ],
            migrations.RunSQL.noop,
        ),
        wall("audiences_membership", MEMBER),
        wall("audiences_standing", "false"),  # the nightly job's alone
    ]
