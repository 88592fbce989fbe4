"""What is known of a prospect of Zhike's own may go with her, when the import that made her is taken back."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

TABLES = ("parties_declared", "parties_declaredchange")


def _hers(table: str) -> str:
    return (
        f"(select access.viewer_may('customers.import')) and exists (select 1 from parties_party above where above.id = {table}.party_id"
        " and above.source = 'own' and above.status = 'prospect')"
    )


class Migration(migrations.Migration):
    dependencies = [("parties", "0016_names_read")]

    operations = [
        migrations.RunSQL(
            [
                f"create policy own_delete on {table} for delete to {role('web')} using ({_hers(table)})",
                f"grant delete on {table} to {role('web')}",
            ],
            [f"drop policy own_delete on {table}", f"revoke delete on {table} from {role('web')}"],
        )
        for table in TABLES
    ]
