"""Notes with mentions and files, and the walls around them: seen where the customer is seen, written by whoever may write notes."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import role, wall_through

# Who is mentioned marks it as read, whether or not she may write notes herself.
HERS = f"""create policy web_read_mark on engagement_mention for update to {role("web")}
    using (person_id = (select access.viewer_person())) with check (person_id = (select access.viewer_person()))"""


def _id() -> tuple[str, Any]:
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _party() -> tuple[str, Any]:
    party = models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party")
    return ("party", party)


def _note() -> tuple[str, Any]:
    return ("note", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="engagement.note"))


def _person(name: str, on_delete: Any) -> tuple[str, Any]:
    return (name, models.ForeignKey(on_delete=on_delete, related_name="+", to=settings.AUTH_USER_MODEL))


class Migration(migrations.Migration):
    dependencies = [("engagement", "0004_kept_here"), ("parties", "0007_finding"), ("access", "0002_walls")]

    operations = [
        migrations.CreateModel(
            "Note",
            [
                _id(),
                ("text", models.TextField(help_text="plain text with light formatting (writing.py)")),
                ("written_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(null=True)),
                ("pinned_at", models.DateTimeField(help_text="stands above the others for everybody", null=True)),
                ("deleted_at", models.DateTimeField(help_text="set: shown to nobody, may be brought back", null=True)),
                _person("author", django.db.models.deletion.PROTECT),
                _party(),
            ],
            options={
                "indexes": [
                    models.Index(fields=["party", "-written_at", "-id"], name="note_party", condition=models.Q(("deleted_at", None)))
                ]
            },
        ),
        migrations.CreateModel(
            "Mention",
            [
                _id(),
                ("mentioned_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                _note(),
                _party(),
                _person("person", django.db.models.deletion.CASCADE),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-mentioned_at", "-id"], name="mention_person"),
                    models.Index(fields=["person"], name="mention_unread", condition=models.Q(("read_at", None))),
                ],
                "constraints": [models.UniqueConstraint(fields=("note", "person"), name="mention_once")],
            },
        ),
        migrations.CreateModel(
            "NoteFile",
            [
                _id(),
                ("name", models.TextField()),
                ("media_type", models.TextField(help_text="by content (media.py)")),
                ("size", models.BigIntegerField(help_text="bytes, before encryption")),
                ("digest", models.BinaryField(help_text="keyed digest of the content: its name on the disk")),
                ("added_at", models.DateTimeField()),
                _note(),
                _party(),
            ],
            options={
                "indexes": [models.Index(fields=["party"], name="notefile_party"), models.Index(fields=["note"], name="notefile_note")]
            },
        ),
        wall_through("engagement_note", "parties_party", "party_id", writes=("insert", "update"), write_permission="notes.write"),
        wall_through(
            "engagement_mention", "parties_party", "party_id", writes=("insert", "update", "delete"), write_permission="notes.write"
        ),
        migrations.RunSQL(HERS, migrations.RunSQL.noop),
        wall_through("engagement_notefile", "parties_party", "party_id", writes=("insert",), write_permission="notes.write"),
    ]
