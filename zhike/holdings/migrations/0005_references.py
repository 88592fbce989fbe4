"""What loads write holds no foreign keys in the database: a merge finds ids by joining the parents in the same transaction, row by row checks cost a tenth."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_walls"),
        ("holdings", "0004_lists"),
        ("parties", "0005_status"),
        ("products", "0002_grants"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="product",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="products.product"
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="opening unit; not what scope follows",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="access.unit",
            ),
        ),
        migrations.AlterField(
            model_name="accountrole",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="holdings.account"
            ),
        ),
        migrations.AlterField(
            model_name="accountrole",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            model_name="card",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="holdings.account"
            ),
        ),
        migrations.AlterField(
            model_name="card",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            model_name="card",
            name="role",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="holdings.accountrole"
            ),
        ),
        migrations.AlterField(
            model_name="loan",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="holdings.account"
            ),
        ),
        migrations.AlterField(
            model_name="loan",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            model_name="loan",
            name="product",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="products.product"
            ),
        ),
        migrations.AlterField(
            model_name="position",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="holdings.account"
            ),
        ),
        migrations.AlterField(
            model_name="position",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AlterField(
            model_name="position",
            name="product",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="products.product"
            ),
        ),
        migrations.AlterField(
            model_name="standingorder",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="holdings.account"
            ),
        ),
        migrations.AlterField(
            model_name="standingorder",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="main holder",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
    ]
