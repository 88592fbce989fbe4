"""Tags, and what they are put on."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

from zhike.access.walls import role, wall, wall_through

MANAGES = "(select access.viewer_may('tags.manage'))"


def _key() -> tuple[str, Any]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _person() -> Any:
    return models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [("parties", "0008_declared")]

    operations = [
        migrations.CreateModel(
            "Tag",
            [
                _key(),
                ("name", models.TextField()),
                ("colour", models.TextField(default="c6", help_text="of the palette: c1 to c8")),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_by", _person()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(Lower("name"), condition=models.Q(("retired_at", None)), name="tag_name"),
                    models.CheckConstraint(condition=models.Q(("colour__regex", "^c[1-8]$")), name="tag_colour"),
                ]
            },
        ),
        migrations.CreateModel(
            "Tagging",
            [
                _key(),
                ("at", models.DateTimeField()),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
                ("person", _person()),
                ("tag", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.tag")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tag", "party"), name="tagging_once")],
                "indexes": [models.Index(fields=["party"], name="tagging_party")],
            },
        ),
        # Whoever may edit makes a tag by typing it; what a tag is called is for whoever manages them.
        wall("parties_tag", "(select access.viewer_person()) is not null", writes=("insert",), write_permission="customers.edit"),
        wall_through("parties_tagging", "parties_party", "party_id", writes=("insert", "delete"), write_permission="customers.edit"),
        migrations.RunSQL(
            [
                f"create policy managing on parties_tag for update to {role('web')} using ({MANAGES}) with check ({MANAGES})",
                f"grant update on parties_tag to {role('web')}",
                f"create policy merging_in on parties_tagging for insert to {role('web')} with check ({MANAGES})",
                f"create policy merging_out on parties_tagging for delete to {role('web')} using ({MANAGES})",
            ],
            [
                "drop policy managing on parties_tag",
                "drop policy merging_in on parties_tagging",
                "drop policy merging_out on parties_tagging",
            ],
        ),
    ]
