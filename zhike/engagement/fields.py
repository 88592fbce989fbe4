"""What conditions may ask about contacts with a customer. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.conditions.fields import Catalogue, Choice, Choices, Field, Relation, gathered
from zhike.core.conditions.rows import Row
from zhike.engagement import labels
from zhike.engagement.labels import Words
from zhike.engagement.models import Interaction

CONTACTS = _("Contacts")
READ = "interactions.read"
AREA = "engagement"
_LAST = "(select i.{column} from engagement_interaction i where i.party_id = {{row}}.id order by i.at desc, i.id desc limit 1)"


def fields(viewer: Viewer) -> list[Field]:
    """When and how a customer was last in contact."""
    return [
        Field("last_contact", _("Last contact"), "instant", _LAST.format(column="at"), CONTACTS, permission=READ, protection="personal", value=lambda row, _today: _last(row, "at")),
        Field(
            "last_contact_channel", _("Channel of the last contact"), "choice", _LAST.format(column="channel"), CONTACTS,
            choices=_words(labels.CHANNELS), permission=READ, protection="personal", value=lambda row, _today: _last(row, "channel"),
        ),
    ]  # fmt: skip


def reader(viewer: Viewer) -> Callable[[int], Sequence[Interaction]]:
    """What Python decides on in the place of PostgreSQL: the contacts of a customer, newest first."""
    return lambda key: list(Interaction.objects.seen_by(viewer).filter(party=key).order_by("-at", "-pk"))


def _last(row: Row, column: str) -> Any:
    contacts: Sequence[Interaction] = row[AREA]
    return getattr(contacts[0], column) if contacts else None


def _own(name: str) -> Callable[[Any, date], Any]:
    """A column of a contact; an empty text is nothing."""
    return lambda row, _today: None if (found := getattr(row, name)) == "" else found


def relations(viewer: Viewer) -> list[Relation]:
    """Contacts one by one: how many within a window, on which channel, with which outcome."""
    source = "engagement_interaction {new} where {new}.party_id = {row}.id"
    return [
        Relation("contact", _("Contact"), source, _contact, _("a contact"), _("no contact"), _("%(n)s contacts"), CONTACTS, READ, rows=lambda row, _today: row[AREA])
    ]  # fmt: skip


def _contact() -> Catalogue:
    def own(name: str, title: Words, words: Mapping[str, Words]) -> Field:
        return Field(name, title, "choice", f"nullif({{row}}.{name}, '')", choices=_words(words), protection="personal", value=_own(name))

    return gathered([
        Field("at", _("Date"), "instant", "{row}.at", protection="personal", value=_own("at")),
        own("channel", _("Channel"), labels.CHANNELS),
        own("direction", _("Who began"), dict(Interaction.Direction.choices)),
        own("purpose", _("Purpose"), labels.PURPOSES),
        own("outcome", _("Outcome"), labels.OUTCOMES),
        Field("subject", _("Subject"), "text", "nullif({row}.subject, '')", protection="personal", value=_own("subject")),
    ])  # fmt: skip


def _words(words: Mapping[str, Words]) -> Choices:
    return lambda: [Choice(key, title) for key, title in words.items()]
