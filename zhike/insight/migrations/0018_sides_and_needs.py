"""Product sides (S21) and needs of a stage of life (S33) in today's profile: empty until the next build."""

from __future__ import annotations

from django.db import migrations, models


def _flag(name: str, words: str) -> migrations.AddField:
    return migrations.AddField("profile", name, models.BooleanField(help_text=words, null=True))


def _text(name: str, words: str) -> migrations.AddField:
    return migrations.AddField("profile", name, models.TextField(help_text=words, null=True))


class Migration(migrations.Migration):
    dependencies = [("insight", "0017_statistics_of_all")]

    operations = [
        migrations.AddField(
            "profile",
            "investments_12m_average",
            models.DecimalField(max_digits=20, decimal_places=2, help_text="Investments, average of 12 months", null=True),
        ),
        _flag("is_liability_customer", "Deposit customer"),
        _flag("is_asset_customer", "Loan customer"),
        _flag("is_intermediary_customer", "Investment and fee customer"),
        _text("main_side", "Main side"),
        _flag("needs_education", "Need: education"),
        _text("needs_education_why", "Why education"),
        _flag("needs_housing", "Need: housing"),
        _text("needs_housing_why", "Why housing"),
        _flag("needs_retirement", "Need: retirement"),
        _text("needs_retirement_why", "Why retirement"),
    ]
