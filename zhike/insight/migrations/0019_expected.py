"""What is expected of a customer in today's profile (S24): empty until the next build that reads a scoring; and of scorings what a build must know of them."""

from __future__ import annotations

from django.db import migrations, models

# What was said before: by what was in use then, and how late the months lie that taught it. Of a rule that is not known, so that no build reads it.
_KNOWN = """
update insight_scorerun r set
    is_used = r.is_shown or r.version_id is null or exists (
        select 1 from insight_predictorversion v where v.id = r.version_id and v.champion_at <= r.scored_at and (v.ended_at is null or v.ended_at > r.scored_at)),
    learned_until = (
        select case when l.month <= date_trunc('month', r.as_of) then r.as_of else (l.month + interval '1 month' - interval '1 day')::date end
        from insight_predictorversion v, lateral (
            select date_trunc('month', v.last_date) + case when v.predictor = 'lifetime_value' then interval '0' else interval '3 months' end as month) l
        where v.id = r.version_id);
update insight_scorerun set learned_until = as_of where predictor = 'lifetime_value' and version_id is null;
"""


def _rate(name: str, words: str) -> migrations.AddField:
    return migrations.AddField("profile", name, models.DecimalField(max_digits=14, decimal_places=6, help_text=words, null=True))


class Migration(migrations.Migration):
    dependencies = [("insight", "0018_sides_and_needs")]

    operations = [
        migrations.AddField("profile", "chances_date", models.DateField(help_text="Expected as of", null=True)),
        migrations.AddField(
            "profile", "lifetime_value", models.DecimalField(max_digits=20, decimal_places=2, help_text="Lifetime value", null=True)
        ),
        _rate("chance_of_leaving", "Chance of leaving"),
        _rate("chance_of_overdue", "Chance of a loan overdue"),
        migrations.AddField("profile", "next_product", models.TextField(help_text="Likeliest next product", null=True)),
        _rate("chance_of_next_product", "Chance of it"),
        migrations.AddField(
            "scorerun",
            "is_used",
            models.BooleanField(
                default=False, help_text="whether what was in use said it, or it was shown since; others only say theirs beside"
            ),
        ),
        migrations.AddField(
            "scorerun",
            "learned_until",
            models.DateField(help_text="nothing after this day taught it; empty: not known, and no build reads it", null=True),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
