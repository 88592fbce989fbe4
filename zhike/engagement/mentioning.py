"""Whom a note mentions: `@` and a colleague's name or log-in. Pure; who may see the customer is told by access."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from zhike.access.queries import Colleague
from zhike.parties.rules import name_tokens

_AT = re.compile(r"(?<![A-Za-z0-9.])@")


class MentionRefused(Exception):
    """A mention that cannot be made: `reason` is unseen (she may not see the customer) or twice (two colleagues bear the name)."""

    def __init__(self, reason: str, who: Colleague) -> None:
        super().__init__(reason)
        self.reason, self.who = reason, who


def calls_of(one: Colleague) -> tuple[str, ...]:
    """What a colleague may be called after an `@`: by name, by log-in, or by both where the name alone would not do."""
    return f"{one.name}({one.login})", f"{one.name}（{one.login}）", one.name, one.login


def mentioned(text: str, colleagues: Sequence[Colleague]) -> list[Colleague]:
    """The colleagues whom a text mentions, each once, in order; after an `@` the longest call counts, and what is nobody's is text.

    Raises MentionRefused for one who may not see the customer, and for a name that two bear.
    """
    found: dict[int, Colleague] = {}
    for at in _AT.finditer(text):
        rest = text[at.end() :]
        called = [(len(call), one) for one in colleagues for call in calls_of(one) if rest.casefold().startswith(call.casefold())]
        longest = max((length for length, _one in called), default=0)
        meant = list({one.person_id: one for length, one in called if length == longest}.values())
        if len(meant) > 1:
            raise MentionRefused("twice", meant[0])
        for one in meant:
            if not one.sees:
                raise MentionRefused("unseen", one)
            found[one.person_id] = one
    return list(found.values())


def fits(one: Colleague, words: str) -> bool:
    """Whether what somebody begins to type after an `@` is this colleague: characters, pinyin, initials or the log-in."""
    typed = words.casefold()
    return any(token.startswith(typed) or (len(typed) > 1 and typed in token) for token in _spellings(one.name, one.login))


@lru_cache(maxsize=20_000)
def _spellings(name: str, login: str) -> tuple[str, ...]:
    return (login.casefold(), name.casefold(), *name_tokens(name))
