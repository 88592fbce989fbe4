"""Saved views, how each person has them, her own lists; and the walls around them."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import role, wall

WEB = role("web")
ME = "(select access.viewer_person())"
APP = "(select access.viewer_is_app())"
COLLEAGUE = f"""exists (select 1 from access_person me join access_employee e on e.id = me.employee_id
    where me.id = {ME} and e.unit_id = workspace_savedview.unit_id)"""
MEMBER = f"""({APP} and exists (select 1 from workspace_customerlist l where l.id = workspace_listmember.list_id)
    and exists (select 1 from parties_party above where above.id = workspace_listmember.party_id))"""


def key() -> tuple[str, Any]:
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(name: str, *, null: bool = False, **more: Any) -> Any:
    on_delete = django.db.models.deletion.SET_NULL if null and name == "access.unit" else django.db.models.deletion.CASCADE
    return models.ForeignKey(null=null, on_delete=on_delete, related_name="+", to=name, **more)


class Migration(migrations.Migration):
    dependencies = [("workspace", "0001_ground"), ("access", "0003_work"), ("parties", "0007_finding")]

    operations = [
        migrations.CreateModel(
            "SavedView",
            [
                key(),
                ("name", models.TextField()),
                (
                    "asked",
                    models.JSONField(
                        default=dict, help_text="what the address of the list would say: view, kind, status, q, sort, order, condition"
                    ),
                ),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="names in order; empty: the usual ones", size=None
                    ),
                ),
                ("shared", models.TextField(choices=[("own", "Only me"), ("unit", "My unit"), ("bank", "Everybody")], default="own")),
                ("changed_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(help_text="thrown away; may be brought back", null=True)),
                ("owner", to(settings.AUTH_USER_MODEL)),
                ("unit", to("access.unit", null=True, help_text="the owner's, while shared with it")),
            ],
            options={
                "indexes": [models.Index(fields=["owner"], name="savedview_owner")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("shared__in", ["own", "unit", "bank"])), name="savedview_shared")
                ],
            },
        ),
        migrations.CreateModel(
            "ViewLook",
            [
                key(),
                ("view", models.TextField(help_text="mine, all, pool, list-<number>, or the number of a saved view")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="empty: as the view says", size=None
                    ),
                ),
                ("widths", models.JSONField(default=dict, help_text="column to pixels")),
                ("place", models.IntegerField(help_text="among her tabs, from the left; empty: not there", null=True)),
                ("is_default", models.BooleanField(default=False)),
                ("person", to(settings.AUTH_USER_MODEL)),
                ("saved", to("workspace.savedview", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "view"), name="viewlook_once"),
                    models.UniqueConstraint(condition=models.Q(("is_default", True)), fields=("person",), name="viewlook_default"),
                ]
            },
        ),
        migrations.CreateModel(
            "CustomerList",
            [
                key(),
                ("name", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(help_text="thrown away; may be brought back", null=True)),
                ("owner", to(settings.AUTH_USER_MODEL)),
            ],
            options={"indexes": [models.Index(fields=["owner"], name="customerlist_owner")]},
        ),
        migrations.CreateModel(
            "ListMember",
            [
                key(),
                ("added_at", models.DateTimeField()),
                ("list", to("workspace.customerlist")),
                ("party", to("parties.party", db_constraint=False)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("list", "party"), name="listmember_once")]},
        ),
        wall(
            "workspace_savedview",
            f"({APP} and (owner_id = {ME} or (deleted_at is null and (shared = 'bank' or (shared = 'unit' and {COLLEAGUE})))))",
        ),
        migrations.RunSQL(
            [
                f"create policy web_insert on workspace_savedview for insert to {WEB} with check (owner_id = {ME})",
                f"create policy web_update on workspace_savedview for update to {WEB} using (owner_id = {ME}) with check (owner_id = {ME})",
                f"grant insert, update on workspace_savedview to {WEB}",
            ],
            migrations.RunSQL.noop,
        ),
        wall("workspace_viewlook", f"({APP} and person_id = {ME})", writes=("insert", "update")),
        wall("workspace_customerlist", f"({APP} and owner_id = {ME})", writes=("insert", "update")),
        wall("workspace_listmember", MEMBER, writes=("insert", "delete")),
    ]
