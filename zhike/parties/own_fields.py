"""What conditions may ask of what Zhike itself keeps about a party: declared fields of the bank's own, and tags. Part of `fields.py`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.conditions.fields import Choice, Choices, Field
from zhike.core.conditions.kinds import Kind
from zhike.core.words import language
from zhike.parties import asked, labels
from zhike.parties.cells import OWN
from zhike.parties.declared import declared_fields
from zhike.parties.declared_keys import indexed
from zhike.parties.field_types import Definition, FieldType, accessor
from zhike.parties.tags import tags

OURS = _("What we know")
_KINDS: Mapping[FieldType, Kind] = {
    "text": "text", "long_text": "text", "link": "text", "number": "number", "money": "money", "date": "date", "yes_no": "flag",
    "choice": "choice", "choices": "set",
}  # fmt: skip
_TAGS = "array(select t.tag_id from parties_tagging t join parties_tag g on g.id = t.tag_id and g.retired_at is null where t.party_id = {row}.id)"


def own_fields(viewer: Viewer) -> list[Field]:
    """Tags, and the declared fields that this viewer may read."""
    return [_tags(viewer), *(_declared(one) for one in declared_fields(viewer) if one.type in _KINDS)]


def _tags(viewer: Viewer) -> Field:
    def offered() -> list[Choice]:
        return [Choice(str(tag.id), tag.name) for tag in tags(viewer)]

    return Field("tags", _("Tags"), "set", _TAGS, OURS, choices=offered, has_many_choices=True, key_type="bigint", value=asked.tags)


def _declared(definition: Definition) -> Field:
    words = language()
    kind = _KINDS[definition.type]
    return Field(
        f"{OWN}{definition.name}", definition.label(words), kind, _sql(definition, kind), labels.FIELD_GROUPS[definition.group],
        choices=_choices(definition, words), permission=definition.permission, protection="personal" if definition.protection == "C2" else "open",
        description=definition.help(words), begins=indexed(definition), value=asked.declared(definition),
    )  # fmt: skip


def _sql(definition: Definition, kind: Kind) -> str:
    kept = accessor(definition.name, definition.type)
    source = "from parties_declared d where d.party_id = {row}.id"
    if kind == "set":
        return f"array(select jsonb_array_elements_text{kept} {source})"
    return f"(select {kept}{'::date' if kind == 'date' else ''} {source})"


def _choices(definition: Definition, words: str) -> Choices | None:
    if not definition.choices:
        return None
    return lambda: [Choice(one.value, definition.words_of(one.value, words)) for one in definition.choices]
