"""What the payment network, employers and guarantees say of a customer, in today's profile: empty until the next build after a network."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0013_network")]

    operations = [
        migrations.AddField("profile", "network_date", models.DateField(help_text="Network as of", null=True)),
        migrations.AddField("profile", "network_community", models.TextField(help_text="Community", null=True)),
        migrations.AddField("profile", "network_community_size", models.IntegerField(help_text="Customers in the community", null=True)),
        migrations.AddField("profile", "network_influence", models.IntegerField(help_text="Influence", null=True)),
        migrations.AddField("profile", "network_payers", models.IntegerField(help_text="Who pay her", null=True)),
        migrations.AddField("profile", "network_payees", models.IntegerField(help_text="Whom she pays", null=True)),
        migrations.AddField(
            "profile",
            "network_received_12m",
            models.DecimalField(max_digits=20, decimal_places=2, help_text="Received from them", null=True),
        ),
        migrations.AddField(
            "profile", "network_paid_12m", models.DecimalField(max_digits=20, decimal_places=2, help_text="Paid to them", null=True)
        ),
        migrations.AddField("profile", "outside_payees", models.IntegerField(help_text="Firms outside that she pays", null=True)),
        migrations.AddField(
            "profile",
            "outside_paid_12m",
            models.DecimalField(max_digits=20, decimal_places=2, help_text="Paid to firms outside", null=True),
        ),
        migrations.AddField(
            "profile",
            "outside_paid_most_12m",
            models.DecimalField(max_digits=20, decimal_places=2, help_text="Paid to the largest of them", null=True),
        ),
        migrations.AddField(
            "profile",
            "outside_received_12m",
            models.DecimalField(max_digits=20, decimal_places=2, help_text="Received from firms outside", null=True),
        ),
        migrations.AddField("profile", "employer_is_customer", models.BooleanField(help_text="Employer is a customer", null=True)),
        migrations.AddField(
            "profile", "employer_staff_here", models.IntegerField(help_text="Her employer's staff who are customers", null=True)
        ),
        migrations.AddField("profile", "staff_here", models.IntegerField(help_text="Its staff who are customers", null=True)),
        migrations.AddField("profile", "guarantee_group_size", models.IntegerField(help_text="Linked by guarantees", null=True)),
        migrations.AddField("profile", "is_in_guarantee_circle", models.BooleanField(help_text="In a circle of guarantees", null=True)),
    ]
