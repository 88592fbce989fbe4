"""Growth, channels, dues and services in today's profile: empty until the next build."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0007_matrix_cell")]

    operations = [
        migrations.AddField(
            "profile",
            "aum_growth_1m",
            models.DecimalField(decimal_places=6, help_text="AUM, growth in the month", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile", "aum_growth_3m", models.DecimalField(decimal_places=6, help_text="AUM, growth in 3 months", max_digits=14, null=True)
        ),
        migrations.AddField(
            "profile", "aum_growth_6m", models.DecimalField(decimal_places=6, help_text="AUM, growth in 6 months", max_digits=14, null=True)
        ),
        migrations.AddField(
            "profile",
            "aum_growth_12m",
            models.DecimalField(decimal_places=6, help_text="AUM, growth in 12 months", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile", "aum_low_12m", models.DecimalField(decimal_places=2, help_text="Lowest AUM, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "aum_high_12m", models.DecimalField(decimal_places=2, help_text="Highest AUM, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "aum_swing_12m", models.DecimalField(decimal_places=6, help_text="AUM, swing in 12 months", max_digits=14, null=True)
        ),
        migrations.AddField(
            "profile", "aum_below_peak", models.DecimalField(decimal_places=6, help_text="AUM below its peak", max_digits=14, null=True)
        ),
        migrations.AddField(
            "profile",
            "deposits_3m_average",
            models.DecimalField(decimal_places=2, help_text="Deposits, average of 3 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "deposits_12m_average",
            models.DecimalField(decimal_places=2, help_text="Deposits, average of 12 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "deposits_share",
            models.DecimalField(decimal_places=6, help_text="Share of deposits in AUM", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile",
            "investments_share",
            models.DecimalField(decimal_places=6, help_text="Share of investments in AUM", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile",
            "wealth_share",
            models.DecimalField(decimal_places=6, help_text="Share of wealth products in AUM", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile",
            "lum_12m_average",
            models.DecimalField(decimal_places=2, help_text="Loans, average of 12 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "lum_change_month",
            models.DecimalField(decimal_places=2, help_text="Loans, change in the month", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "lum_change_12m",
            models.DecimalField(decimal_places=2, help_text="Loans, change in 12 months", max_digits=20, null=True),
        ),
        migrations.AddField("profile", "mortgages", models.DecimalField(decimal_places=2, help_text="Mortgages", max_digits=20, null=True)),
        migrations.AddField(
            "profile", "card_debt", models.DecimalField(decimal_places=2, help_text="Owed on credit cards", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "other_loans", models.DecimalField(decimal_places=2, help_text="Other loans", max_digits=20, null=True)
        ),
        migrations.AddField("profile", "five_class", models.TextField(help_text="Worst loan class", null=True)),
        migrations.AddField(
            "profile", "inflow_month", models.DecimalField(decimal_places=2, help_text="Money in, month", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "outflow_month", models.DecimalField(decimal_places=2, help_text="Money out, month", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile",
            "own_in_12m",
            models.DecimalField(decimal_places=2, help_text="From own accounts elsewhere, 12 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile", "spent_12m", models.DecimalField(decimal_places=2, help_text="Spent by card, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile",
            "takings_12m",
            models.DecimalField(decimal_places=2, help_text="Merchant's takings, 12 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "exchange_12m",
            models.DecimalField(decimal_places=2, help_text="Exchange-rate effect, 12 months", max_digits=20, null=True),
        ),
        migrations.AddField("profile", "salary_months", models.IntegerField(help_text="Months with salary, 12 months", null=True)),
        migrations.AddField(
            "profile", "salary_average", models.DecimalField(decimal_places=2, help_text="Salary a month", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile",
            "contribution_quarter",
            models.DecimalField(decimal_places=2, help_text="Contribution, quarter", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile", "contribution_year", models.DecimalField(decimal_places=2, help_text="Contribution, year", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "commission_12m", models.DecimalField(decimal_places=2, help_text="Commission, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "revenue_12m", models.DecimalField(decimal_places=2, help_text="Revenue, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "waived_12m", models.DecimalField(decimal_places=2, help_text="Fees waived, 12 months", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile",
            "counter_cost_12m",
            models.DecimalField(decimal_places=2, help_text="Cost of counter and visits, 12 months", max_digits=20, null=True),
        ),
        migrations.AddField(
            "profile",
            "cost_income_12m",
            models.DecimalField(decimal_places=6, help_text="Cost to income, 12 months", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile",
            "fee_share_12m",
            models.DecimalField(decimal_places=6, help_text="Share of fees and commission, 12 months", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile",
            "capital_12m",
            models.DecimalField(decimal_places=2, help_text="Economic capital, average of 12 months", max_digits=20, null=True),
        ),
        migrations.AddField("profile", "initiated_month", models.IntegerField(help_text="Own transactions, month", null=True)),
        migrations.AddField(
            "profile",
            "initiated_change_3m",
            models.DecimalField(decimal_places=6, help_text="Own transactions, change in 3 months", max_digits=14, null=True),
        ),
        migrations.AddField(
            "profile", "active_months_12m", models.IntegerField(help_text="Months with own transactions, 12 months", null=True)
        ),
        migrations.AddField("profile", "mobile_12m", models.IntegerField(help_text="By mobile app, 12 months", null=True)),
        migrations.AddField("profile", "online_12m", models.IntegerField(help_text="By online bank, 12 months", null=True)),
        migrations.AddField("profile", "atm_12m", models.IntegerField(help_text="At cash machines, 12 months", null=True)),
        migrations.AddField("profile", "pos_12m", models.IntegerField(help_text="At card terminals, 12 months", null=True)),
        migrations.AddField("profile", "visits_12m", models.IntegerField(help_text="Visits to the counter, 12 months", null=True)),
        migrations.AddField(
            "profile",
            "digital_share_12m",
            models.DecimalField(decimal_places=6, help_text="Digital share, 12 months", max_digits=14, null=True),
        ),
        migrations.AddField("profile", "main_channel", models.TextField(help_text="Main channel", null=True)),
        migrations.AddField("profile", "logins_month", models.IntegerField(help_text="Log-ins, month", null=True)),
        migrations.AddField("profile", "logins_3m", models.IntegerField(help_text="Log-ins, 3 months", null=True)),
        migrations.AddField("profile", "contacts_12m", models.IntegerField(help_text="Contacts, 12 months", null=True)),
        migrations.AddField("profile", "last_contact_date", models.DateField(help_text="Last contact", null=True)),
        migrations.AddField(
            "profile", "maturing_30d", models.DecimalField(decimal_places=2, help_text="Maturing within 30 days", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile",
            "maturing_12m",
            models.DecimalField(decimal_places=2, help_text="Maturing within 12 months", max_digits=20, null=True),
        ),
        migrations.AddField("profile", "maturing_count_90d", models.IntegerField(help_text="Maturities within 90 days", null=True)),
        migrations.AddField("profile", "next_loan_date", models.DateField(help_text="Next end of a loan", null=True)),
        migrations.AddField(
            "profile",
            "loans_ending_12m",
            models.DecimalField(decimal_places=2, help_text="Loans ending within 12 months", max_digits=20, null=True),
        ),
        migrations.AddField("profile", "first_opened_date", models.DateField(help_text="First account opened", null=True)),
        migrations.AddField("profile", "last_closed_date", models.DateField(help_text="Last account closed", null=True)),
        migrations.AddField("profile", "opened_12m", models.IntegerField(help_text="Accounts opened, 12 months", null=True)),
        migrations.AddField("profile", "closed_12m", models.IntegerField(help_text="Accounts closed, 12 months", null=True)),
        migrations.AddField("profile", "currencies_held", models.IntegerField(help_text="Currencies held", null=True)),
        migrations.AddField("profile", "holds_foreign", models.BooleanField(help_text="Holds other currencies", null=True)),
        migrations.AddField("profile", "debit_cards", models.IntegerField(help_text="Debit cards", null=True)),
        migrations.AddField("profile", "credit_cards", models.IntegerField(help_text="Credit cards", null=True)),
        migrations.AddField(
            "profile", "card_limit", models.DecimalField(decimal_places=2, help_text="Limit of credit cards", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "card_use", models.DecimalField(decimal_places=6, help_text="Use of credit cards", max_digits=14, null=True)
        ),
        migrations.AddField("profile", "loans_running", models.IntegerField(help_text="Loans running", null=True)),
        migrations.AddField("profile", "standing_orders", models.IntegerField(help_text="Standing orders", null=True)),
        migrations.AddField(
            "profile", "credit_lines", models.DecimalField(decimal_places=2, help_text="Credit lines", max_digits=20, null=True)
        ),
        migrations.AddField(
            "profile", "line_use", models.DecimalField(decimal_places=6, help_text="Use of credit lines", max_digits=14, null=True)
        ),
        migrations.AddField("profile", "pays_salaries", models.BooleanField(help_text="Pays salaries through the bank", null=True)),
        migrations.AddField("profile", "complaints_12m", models.IntegerField(help_text="Complaints, 12 months", null=True)),
        migrations.AddField("profile", "complaints_open", models.IntegerField(help_text="Complaints open", null=True)),
        migrations.AddField("profile", "last_complaint_date", models.DateField(help_text="Last complaint", null=True)),
    ]
