"""The register of predictors (R67, domain §4.6), today's chances of customers, what people say against them, and what watching finds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager

RECIPES = {"rule": _("Plain rule"), "logistic": _("Logistic regression"), "trees": _("Boosted trees"), "survival": _("Survival")}


class PredictorVersion(models.Model):
    """A version of a predictor: what was learned from which days, how good it was, who owns and who approved it. The model itself lies in files
    whose digest stands here; they are never changed. No customer hangs on it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        APPROVED = "approved", _("Approved")
        CHAMPION = "champion", _("Champion")
        CHALLENGER = "challenger", _("Challenger")
        SHADOW = "shadow", _("Shadow")
        RETIRED = "retired", _("Retired")

    predictor = models.TextField(help_text="name of a question, such as leaving_decline")
    number = models.PositiveIntegerField(help_text="1 is the first version of a predictor")
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    recipe = models.TextField(help_text="rule, logistic, trees or survival")
    features = models.JSONField(default=list, help_text="what it learned from, in the order of the model's columns")
    first_date = models.DateField(help_text="the first as-of day it learned from")
    last_date = models.DateField(help_text="the last as-of day it learned from")
    card = models.JSONField(help_text="`cards.card` of it")
    threshold = models.FloatField(help_text="the chance from which one acts")
    digest = models.TextField(help_text="SHA-256 of the model's text")
    owner_name = models.TextField(help_text="who answers for it: whoever had it trained")
    trained_at = models.DateTimeField(help_text="when it was learned")
    why = models.TextField(default="", blank=True, help_text="why it was proposed")
    approved_name = models.TextField(default="", blank=True, help_text="the second person; empty: nobody has approved it")
    approved_at = models.DateTimeField(null=True, help_text="when the second person approved it")
    champion_at = models.DateTimeField(null=True, help_text="when it last became the one that is used")
    ended_at = models.DateTimeField(null=True, help_text="when it last stopped being that, or was retired")
    ended_name = models.TextField(default="", blank=True, help_text="who ended its use")
    ended_why = models.TextField(default="", blank=True, help_text="why its use was ended")

    class Meta:
        db_table = "insight_predictorversion"
        constraints = [
            models.UniqueConstraint(fields=["predictor", "number"], name="predictorversion_number"),
            models.UniqueConstraint(fields=["predictor"], condition=models.Q(state="champion"), name="predictorversion_champion"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "proposed", "retired"]) | ~models.Q(approved_name=""),
                name="predictorversion_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predictor} {self.number}"

    @property
    def recipe_word(self) -> str:
        """The recipe in the reader's language."""
        return str(RECIPES.get(self.recipe, self.recipe))


class ScoreRun(models.Model):
    """One scoring: which version said what of everybody as of a day. Its Parquet is never overwritten; a later run of the day is another file."""

    predictor = models.TextField(help_text="name of a question, such as leaving_decline")
    version = models.ForeignKey(PredictorVersion, models.PROTECT, null=True, related_name="+", help_text="empty: the rule")
    as_of = models.DateField()
    customers = models.BigIntegerField(help_text="how many have a chance")
    refused = models.BigIntegerField(default=0, help_text="how many have none because they refused automated decisions (R23)")
    path = models.TextField(unique=True, help_text="relative to the warehouse")
    is_shown = models.BooleanField(default=False, help_text="whether insight_score holds it; of one run of a predictor at most")
    is_used = models.BooleanField(
        default=False, help_text="whether what was in use said it, or it was shown since; others only say theirs beside"
    )
    learned_until = models.DateField(null=True, help_text="nothing after this day taught it; empty: not known, and no build reads it")
    scored_at = models.DateTimeField(help_text="when it was said")
    seconds = models.FloatField()

    class Meta:
        db_table = "insight_scorerun"
        indexes = [models.Index(fields=["predictor", "-as_of", "-id"], name="scorerun_latest")]
        constraints = [models.UniqueConstraint(fields=["predictor"], condition=models.Q(is_shown=True), name="scorerun_shown")]

    def __str__(self) -> str:
        return f"{self.predictor} {self.as_of}"


class Score(models.Model):
    """What is said of a customer today: the chance of what a predictor asks, and why. Written set-wise by scoring alone."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    predictor = models.TextField(help_text="name of a question, such as leaving_decline")
    version = models.PositiveIntegerField(default=0, help_text="number of the version that said it; 0: the rule")
    as_of = models.DateField(help_text="what was known on this day")
    chance = models.DecimalField(max_digits=7, decimal_places=6, null=True, help_text="from 0 to 1; empty: the predictor says an amount")
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, help_text="CNY, of predictors that say an amount")
    tenth = models.PositiveSmallIntegerField(help_text="1: the tenth with the highest chances")
    is_above = models.BooleanField(default=False, help_text="from the threshold of its version on")
    reasons = models.JSONField(null=True, help_text="`reasons.Reason` of it, the weightiest first; empty: not asked yet")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_score"
        indexes = [
            models.Index(fields=["party"], name="score_party"),
            models.Index(fields=["predictor", "-chance", "party"], condition=models.Q(is_above=True), name="score_above"),
        ]

    def __str__(self) -> str:
        return f"{self.predictor} {self.as_of}"


class ScoreOverrule(models.Model):
    """What a person says against a chance, until a day: it stands beside the chance and never changes it."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    predictor = models.TextField(help_text="name of a question, such as leaving_decline")
    will_happen = models.BooleanField(help_text="what the person expects")
    why = models.TextField()
    from_date = models.DateField()
    until_date = models.DateField(help_text="the first day on which it holds no more")
    chance = models.DecimalField(max_digits=7, decimal_places=6, null=True, help_text="the chance that it speaks against")
    version = models.PositiveIntegerField(default=0)
    given_at = models.DateTimeField()
    given_name = models.TextField(help_text="who said it")
    ended_at = models.DateTimeField(null=True, help_text="when it was taken back")
    ended_name = models.TextField(default="", blank=True, help_text="who took it back; empty: nobody has")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_scoreoverrule"
        indexes = [models.Index(fields=["party"], name="scoreoverrule_party")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(why=""), name="scoreoverrule_why"),
            models.CheckConstraint(condition=models.Q(until_date__gt=models.F("from_date")), name="scoreoverrule_days"),
        ]

    def __str__(self) -> str:
        return f"{self.predictor} {self.from_date}"


class ScoreOutcome(models.Model):
    """What came of a chance on the list of an earlier day: a row for everybody who stood on it, and, once it is known, for whom it happened to who did not.
    Written set-wise by scoring and watching alone; the scores themselves lie in Parquet and stay as they were."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    predictor = models.TextField(help_text="name of a question, such as leaving_decline")
    version = models.PositiveIntegerField(default=0, help_text="number of the version that said it; 0: the rule")
    as_of = models.DateField(help_text="what was known on this day")
    said_date = models.DateField(help_text="when it was said; after known_date it was no foresight")
    known_date = models.DateField(help_text="the last day of the months that it speaks of")
    chance = models.DecimalField(max_digits=7, decimal_places=6, help_text="from 0 to 1")
    is_above = models.BooleanField(help_text="whether she stood on the list; else it happened though nobody was told")
    rm = models.ForeignKey(
        "access.Employee",
        models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="who looked after her then",
    )
    money = models.DecimalField(max_digits=20, decimal_places=2, null=True, help_text="AUM then, CNY")
    told_at = models.DateTimeField(null=True, help_text="when it was looked up; empty: the months are not over")
    came = models.BooleanField(null=True, help_text="whether it happened; empty: not known yet, or it cannot be told")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_scoreoutcome"
        indexes = [
            models.Index(fields=["party"], name="scoreoutcome_party"),
            models.Index(fields=["predictor", "-as_of", "-chance"], name="scoreoutcome_list"),
        ]

    def __str__(self) -> str:
        return f"{self.predictor} {self.as_of}"


class PredictorFinding(models.Model):
    """What watching a version found of a day: how far a feature or the chances drifted, and what came of what was said. No customer in it."""

    class Kind(models.TextChoices):
        FEATURE = "feature", _("A feature has drifted")
        CHANCE = "chance", _("The chances have drifted")
        CALIBRATION = "calibration", _("Chances said and what came")
        RANKING = "ranking", _("Ranking of what came")

    version = models.ForeignKey(PredictorVersion, models.CASCADE, related_name="findings")
    as_of = models.DateField(help_text="the day that was looked at")
    kind = models.TextField(choices=Kind.choices)
    subject = models.TextField(default="", blank=True, help_text="key of the feature; empty: the predictor as a whole")
    value = models.FloatField(help_text="PSI, distance of rates, or AUC")
    told = models.JSONField(default=dict, help_text="figures behind it")
    is_alert = models.BooleanField(default=False, help_text="whether somebody should look")
    found_at = models.DateTimeField()

    class Meta:
        db_table = "insight_predictorfinding"
        constraints = [models.UniqueConstraint(fields=["version", "as_of", "kind", "subject"], name="predictorfinding_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind} {self.as_of}"
