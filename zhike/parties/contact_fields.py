"""What conditions may ask of consents and restrictions: on which ways a customer agreed to a purpose, may be approached for it, and what restricts her.

Part of `fields.py`. What counts is what `consent_rules` and `restriction_rules` say of the end of today, said in SQL; Python reads the rules themselves
(`asked.py`). Whoever sees a customer's panel of consents may ask all of it, and nobody anything else: special lists and suspicions are no fields (R46).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from zhike.core.conditions.fields import Choice, Field, Put
from zhike.core.conditions.trees import Check
from zhike.parties import asked, labels
from zhike.parties.consent_rules import CHANNELS, EVERY, PURPOSES
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.restriction_rules import FORBIDS, NEEDS_CONSENT, SERVICE

CONTACT = _("Consent and contact")
APPROACHED_FOR: tuple[str, ...] = (
    SERVICE,
    "marketing",
    "research",
)  # purposes for which customers are approached; the others are about their data

_END = f"((%(today)s::date + 1)::timestamp at time zone '{settings.TIME_ZONE}')"
# The latest entry of each channel that is not cancelled; of one instant the withdrawal is the later (consent_rules.Entry.place).
_SAID = f"""select distinct on (s.channel) s.channel, s.at, s.state <> 'given' as no, s.id, s.expires_date from parties_consent s
    where s.party_id = {{row}}.id and s.purpose = '{{purpose}}' and s.state <> 'cancelled' and s.at < {_END}
      and not exists (select 1 from parties_consent v where v.party_id = {{row}}.id and v.cancels_id = s.id and v.at < {_END})
    order by s.channel, s.at desc, 3 desc, s.id desc"""
# Of a channel's own word and the one for every channel, the one that decides (consent_rules._decisive).
_OWN_DECIDES = "o.id is not null and (g.id is null or o.no or (g.at, g.no, g.id) <= (o.at, o.no, o.id))"
_REFUSED = f"coalesce(case when {_OWN_DECIDES} then o.no else g.no end, false)"
_GIVEN = f"""coalesce(case when {_OWN_DECIDES} then not o.no and (o.expires_date is null or o.expires_date > %(today)s::date)
    else not g.no and (g.expires_date is null or g.expires_date > %(today)s::date) end, false)"""
_IN_FORCE = f"""b.party_id = {{row}}.id and b.begins_at < {_END} and (b.lifted_at is null or b.lifted_at >= {_END})
    and (b.ends_date is null or b.ends_date > %(today)s::date)"""


def contact_fields() -> list[Field]:
    """What restricts a customer, what she agreed to, and how she may be approached."""
    return [_restricted(), *(_consented(purpose) for purpose in PURPOSES), *(_approachable(purpose) for purpose in APPROACHED_FOR)]


def _restricted() -> Field:
    return Field(
        "restricted_by", _("Restricted by"), "set", f"array(select distinct b.kind from parties_contactrestriction b where {_IN_FORCE})",
        CONTACT, choices=lambda: [Choice(key, title) for key, title in ContactRestriction.Kind.choices], protection="personal", value=asked.restricted_by,
        begins=_restricted_at_all,
    )  # fmt: skip


def _restricted_at_all(check: Check, _today: date, _put: Put) -> str:
    """Few customers are restricted: whoever asks for them begins there."""
    if check.op not in ("any_of", "all_of", "known"):
        return ""
    return (
        f"{{row}}.id = any(array(select b.party_id from parties_contactrestriction b where b.lifted_at is null or b.lifted_at >= {_END}))"
    )


def _consented(purpose: str) -> Field:
    title = format_lazy("{} · {}", _("Agreed to"), labels.CONSENT_PURPOSES[purpose])
    sql = _on_channels(purpose, CHANNELS, _GIVEN)
    return Field(
        f"consent_{purpose}", title, "set", sql, CONTACT, choices=lambda: _channels(CHANNELS), protection="personal", value=asked.consented(purpose)
    )  # fmt: skip


def _approachable(purpose: str) -> Field:
    allowed = _GIVEN if purpose in NEEDS_CONSENT else f"not {_REFUSED}"
    kinds = ", ".join(f"'{kind}'" for kind, purposes in FORBIDS.items() if purpose in purposes)
    barred = f"exists (select 1 from parties_contactrestriction b where {_IN_FORCE} and b.kind in ({kinds}) and b.channel in ('', c.code))"
    sql = _on_channels(purpose, CHANNELS[1:], f"{allowed} and not {barred}")
    title = format_lazy("{} · {}", _("May be contacted"), labels.CONSENT_PURPOSES[purpose])
    return Field(
        f"contact_{purpose}", title, "set", sql, CONTACT, choices=lambda: _channels(CHANNELS[1:]), protection="personal", value=asked.approachable(purpose)
    )  # fmt: skip


def _on_channels(purpose: str, channels: Sequence[str], holds: str) -> str:
    """The keys of the channels on which something holds."""
    codes = ", ".join(f"'{code}'" for code in channels)
    latest = _SAID.replace("{purpose}", purpose)
    return (
        f"array(with said as materialized ({latest}) select coalesce(nullif(c.code, ''), '{asked.EVERY_KEY}') from unnest(array[{codes}]) c(code)"
        f" left join said o on o.channel = c.code left join said g on g.channel = '{EVERY}' where {holds})"
    )


def _channels(channels: Sequence[str]) -> list[Choice]:
    return [Choice(code or asked.EVERY_KEY, labels.channel(code)) for code in channels]
