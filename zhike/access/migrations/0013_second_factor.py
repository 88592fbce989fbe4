"""Second factors, which django-allauth keeps: the pages reach them, a person's own SQL and BI tools do not."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role, wall

APP = "(select access.viewer_is_app())"


class Migration(migrations.Migration):
    dependencies = [("access", "0012_reveals_lately"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [
        wall("mfa_authenticator", APP, writes=("insert", "update", "delete")),
        migrations.RunSQL(f"revoke all on mfa_authenticator from {role('read')}", migrations.RunSQL.noop),
    ]
