"""What loads write holds no foreign keys in the database: a merge finds ids by joining the parents in the same transaction, row by row checks cost a tenth."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_walls"),
        ("parties", "0005_status"),
    ]

    operations = [
        migrations.AlterField(
            model_name="assignment",
            name="employee",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.employee"
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="contactpoint",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="groupmember",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="identifier",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="partysource",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="relationship",
            name="party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
        migrations.AlterField(
            model_name="relationship",
            name="to_party",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"),
        ),
    ]
