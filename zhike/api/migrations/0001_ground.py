"""Tokens, kept answers, subscriptions and deliveries, and who may touch them."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

APP = "(select access.viewer_is_app())"
HERS = f"{APP} and exists (select 1 from api_token above where above.id = api_kept.token_id and above.person_id = (select access.viewer_person()))"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("url", models.TextField()),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="names of api.catalogue", size=None
                    ),
                ),
                ("secret_sealed", models.BinaryField()),
                ("is_active", models.BooleanField(db_default=True, default=True)),
                ("made_by", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("is_active", True)), fields=["id"], name="subscription_active")],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(help_text="what it is for, in its maker's words")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("begins", models.TextField(help_text="its first letters, by which its owner knows it again")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="words of api.rules.SCOPES", size=None
                    ),
                ),
                ("made_by", models.TextField(help_text="the log-in of whoever made it")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(help_text="kept once a minute", null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Kept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                ("request_digest", models.BinaryField(help_text="SHA-256 of method, path and body")),
                ("made_id", models.BigIntegerField(help_text="the key of what was made; its answer is read again", null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("token", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="api.token")),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField(help_text="of core_event; empty: a trial", null=True)),
                ("event", models.TextField()),
                ("body", models.TextField(help_text="what is sent, byte by byte: keys only")),
                (
                    "state",
                    models.TextField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("given_up", "Given Up")],
                        db_default="waiting",
                        default="waiting",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("answered", models.PositiveSmallIntegerField(help_text="status of the last answer", null=True)),
                ("answer", models.TextField(blank=True, db_default="", default="", help_text="its first letters, or why none came")),
                ("milliseconds", models.IntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "subscription",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="api.subscription"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="delivery_waiting"),
                    models.Index(fields=["subscription", "-id"], name="delivery_latest"),
                ],
                "constraints": [models.UniqueConstraint(fields=("subscription", "event_id"), name="delivery_once")],
            },
        ),
        migrations.AddIndex(
            model_name="token",
            index=models.Index(fields=["person", "-created_at"], name="token_person"),
        ),
        migrations.AddIndex(
            model_name="kept",
            index=models.Index(fields=["at"], name="kept_at"),
        ),
        migrations.AddConstraint(
            model_name="kept",
            constraint=models.UniqueConstraint(fields=("token", "key"), name="kept_once"),
        ),
        wall("api_token", APP, writes=("insert", "update")),  # looked up before anybody is known, as people are
        wall("api_kept", HERS, writes=("insert", "update", "delete")),
        wall("api_subscription", APP, permission="webhooks.manage", writes=("insert", "update", "delete")),
        wall("api_delivery", APP, permission="webhooks.manage", writes=("insert", "update")),
    ]
