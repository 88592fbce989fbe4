"""Questions of the lab, each behind the wall of whoever asked."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

HERS = "(person_id = (select access.viewer_person()) and (select access.viewer_is_app()))"


class Migration(migrations.Migration):
    dependencies = [("insight", "0014_network_fields"), ("access", "0003_work")]

    operations = [
        migrations.CreateModel(
            name="LabQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField(help_text="what she calls it")),
                (
                    "asked",
                    models.JSONField(help_text="`lab.asking.Asked.plain`: of whom, what should have happened, months, fields left out"),
                ),
                ("work_id", models.BigIntegerField(help_text="the work that answers it", null=True)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(help_text="when the answer or the refusal came", null=True)),
                ("answer", models.JSONField(help_text="`lab.answering.answered`: the card", null=True)),
                ("refusal", models.JSONField(help_text="why there is no card: a reason and its numbers", null=True)),
                ("away_at", models.DateTimeField(help_text="when she threw it away; it can be brought back for a week", null=True)),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "db_table": "insight_labquestion",
                "indexes": [models.Index(fields=["person", "-asked_at", "-id"], name="labquestion_latest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="labquestion_title"),
                    models.CheckConstraint(
                        condition=models.Q(("answer__isnull", True), ("refusal__isnull", True), _connector="OR"), name="labquestion_one"
                    ),
                ],
            },
        ),
        wall("insight_labquestion", HERS, writes=("insert", "update")),
    ]
