"""Tokens that act as a person, answers kept for repeated requests, and the calls that go out. Nothing here names a customer but by key."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Token(models.Model):
    """A key by which a program asks as a person, never for more than `scopes`. Its text is shown once; only its digest is kept."""

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField(help_text="what it is for, in its maker's words")
    digest = models.BinaryField(unique=True, max_length=32)
    begins = models.TextField(help_text="its first letters, by which its owner knows it again")
    scopes = ArrayField(models.TextField(), default=list, help_text="words of api.rules.SCOPES")
    made_by = models.TextField(help_text="the log-in of whoever made it")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, help_text="kept once a minute")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="token_person")]

    def __str__(self) -> str:
        return self.name


class Kept(models.Model):
    """What was made under an Idempotency-Key, so that the same request sent again makes nothing new. Swept after 24 hours."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="+")
    key = models.TextField()
    request_digest = models.BinaryField(help_text="SHA-256 of method, path and body")
    made_id = models.BigIntegerField(null=True, help_text="the key of what was made; its answer is read again")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="kept_once")]
        indexes = [models.Index(fields=["at"], name="kept_at")]


class Subscription(models.Model):
    """Where an event is to be told. The secret that signs is kept encrypted."""

    name = models.TextField()
    url = models.TextField()
    events = ArrayField(models.TextField(), default=list, help_text="names of api.catalogue")
    country = models.TextField(help_text="where the receiver is (ISO 3166-1); abroad only under an entry of the register of sharing")
    secret_sealed = models.BinaryField()
    is_active = models.BooleanField(default=True, db_default=True)
    made_by = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["id"], name="subscription_active", condition=models.Q(is_active=True))]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event for one subscription: what is sent, how often it was tried, and what was answered last."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        GIVEN_UP = "given_up"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField(null=True, help_text="of core_event; empty: a trial")
    event = models.TextField()
    body = models.TextField(help_text="what is sent, byte by byte: keys only")
    state = models.TextField(choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    answered = models.PositiveSmallIntegerField(null=True, help_text="status of the last answer")
    answer = models.TextField(default="", db_default="", blank=True, help_text="its first letters, or why none came")
    milliseconds = models.IntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "event_id"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["subscription", "-id"], name="delivery_latest"),
        ]
