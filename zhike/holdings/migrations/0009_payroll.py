"""Whom employers pay through the bank: agreements and payments, seen where their party is; and how many are paid, as numbers."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import role, wall_through

MONTHS = """
create function holdings_payroll_months(employer bigint, until date)
returns table (month date, heads bigint, amount numeric, last date, currency text)
language sql stable security definer rows 12 set search_path = public, pg_temp as $$
    with paid as materialized (
        select s.party_id, s.pay_date, s.amount, a.currency
        from holdings_payroll g join holdings_salary s on s.payroll_id = g.id left join holdings_account a on a.id = g.account_id
        where g.party_id = employer and s.pay_date <= until and s.pay_date > until - interval '3 years'
          and (select access.party_is_seen(employer)) and (select access.viewer_may('transactions.read')))
    select date_trunc('month', p.pay_date)::date, count(distinct p.party_id), sum(p.amount), max(p.pay_date), coalesce(max(p.currency), '')
    from paid p where p.pay_date >= (select date_trunc('month', max(x.pay_date)) - interval '11 months' from paid x)
    group by 1 order by 1
$$;
comment on function holdings_payroll_months(bigint, date) is
    'how many a company the viewer sees paid through the bank, by month over a year, and what altogether; never whom';
"""
SIGNATURE = "holdings_payroll_months(bigint, date)"


class Migration(migrations.Migration):
    dependencies = [
        ("holdings", "0008_maturities"),
        ("parties", "0013_group_outsiders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payroll",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("external_key", models.TextField()),
                ("row_digest", models.BinaryField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(help_text="exclusive; empty: in force", null=True)),
                ("batch_id", models.BigIntegerField()),
                ("from_date", models.DateField(null=True)),
                ("to_date", models.DateField(null=True)),
                ("headcount", models.BigIntegerField(help_text="as the agreement says; how many are paid stands in `Salary`", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="holdings.account",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False,
                        help_text="main holder",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Salary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pay_date", models.DateField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=20)),
                ("source", models.TextField()),
                ("external_key", models.TextField()),
                ("batch_id", models.BigIntegerField()),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "payroll",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="holdings.payroll",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="payroll",
            constraint=models.UniqueConstraint(fields=("source", "external_key"), name="payroll_key"),
        ),
        migrations.AddIndex(
            model_name="salary",
            index=models.Index(fields=["payroll", "pay_date"], name="salary_payroll"),
        ),
        migrations.AddIndex(
            model_name="salary",
            index=models.Index(fields=["party", "pay_date"], name="salary_party"),
        ),
        migrations.AddConstraint(
            model_name="salary",
            constraint=models.UniqueConstraint(fields=("source", "external_key"), name="salary_key"),
        ),
        wall_through("holdings_payroll", "parties_party", "party_id"),
        wall_through("holdings_salary", "parties_party", "party_id", permission="transactions.read"),
        migrations.RunSQL(
            [MONTHS, f"revoke all on function {SIGNATURE} from public", f"grant execute on function {SIGNATURE} to {role('web')}"],
            f"drop function {SIGNATURE}",
        ),
    ]
