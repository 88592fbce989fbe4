"""Pure decisions about parties: reciprocal relations, and the tokens a name is found by."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise, product

from pypinyin import Style, pinyin

OWN_SOURCE = "own"  # the source of what people write here: prospects, declared relations (decision 2)

# What each side of a relationship is to the other. A relation not listed reads the same both ways.
_PAIRS = (
    ("parent", "child"), ("legal_rep", "represented_by"), ("actual_controller", "controlled_by"), ("shareholder", "shareholding"),
    ("beneficial_owner", "owned_beneficially_by"), ("executive", "managed_by"), ("finance_contact", "finance_of"), ("employer", "employee"),
    ("guarantor", "guaranteed"), ("referrer", "referred"), ("parent_company", "subsidiary"), ("supplier", "buyer"), ("agent", "principal"),
    ("owns_business", "owned_by"), ("branch_of", "has_branch"),
)  # fmt: skip
RECIPROCAL: dict[str, str] = {a: b for one, other in _PAIRS for a, b in ((one, other), (other, one))}

# Readings a character has as a surname, before its everyday ones (decision 14).
SURNAME_READINGS = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "区": "ou", "盖": "ge", "洗": "xian", "冼": "xian", "朴": "piao",
    "尉": "wei", "乐": "yue", "折": "she", "黑": "he", "繁": "po", "翟": "zhai", "万": "wan", "缪": "miao", "宓": "mi", "员": "yun", "秘": "bi",
}  # fmt: skip

_MOST_READINGS = 8
_LATIN = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """All toneless pinyin readings of one Chinese character; the surname reading first."""
    found = [r.replace("ü", "v") for r in pinyin(character, style=Style.NORMAL, heteronym=True)[0] if r.isascii() or "ü" in r]
    surname = SURNAME_READINGS.get(character)
    ordered = ([surname] if surname else []) + found
    return tuple(dict.fromkeys(ordered))


def name_tokens(name: str) -> list[str]:
    """The tokens a name is found by: characters, pairs, full pinyin in every reading, initials, syllables, Latin words.

    A name of many ambiguous characters keeps its first eight readings, so that a company name does not explode.
    """
    text = unicodedata.normalize("NFKC", name).lower()
    han = _HAN.findall(text)
    tokens: dict[str, None] = dict.fromkeys(han)
    tokens.update(dict.fromkeys(a + b for a, b in pairwise(han)))
    tokens.update(dict.fromkeys(_LATIN.findall(text)))
    if han:
        choices = [readings(c) or (c,) for c in han]
        person_like = len(han) <= 4
        spellings = list(_some_products(choices)) if person_like else [tuple(c[0] for c in choices)]
        for spelling in spellings:
            tokens["".join(spelling)] = None
            tokens["".join(s[0] for s in spelling)] = None
        if person_like:
            tokens.update(dict.fromkeys(s for spelling in spellings for s in spelling))
    return list(tokens)


def _some_products(choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    out: list[tuple[str, ...]] = []
    for spelling in product(*choices):
        out.append(spelling)
        if len(out) == _MOST_READINGS:
            break
    return out


def query_tokens(text: str) -> list[str]:
    """The tokens a search text must all find: Chinese by pairs (or the single character), Latin words as typed."""
    folded = unicodedata.normalize("NFKC", text).lower()
    han = _HAN.findall(folded)
    pairs = [a + b for a, b in pairwise(han)]
    return (pairs or han) + _LATIN.findall(folded)


@dataclass(frozen=True)
class PartOfName:
    """What the tokens of a name have where a text stands in it: all of `tokens`, and for each of `inside` a word that it is part of."""

    tokens: list[str]
    inside: list[str]


def part_of_name(text: str) -> PartOfName:
    """What can be said of the tokens of every name in which a text stands. Its first and last Latin words may go on beyond it, and its last
    letter may carry an accent there (a combining one), with which it is another letter."""
    folded = unicodedata.normalize("NFKC", text).lower()
    tokens = [a + b for a, b in pairwise(_HAN.findall(folded))] or _HAN.findall(folded)
    inside = []
    for found in _LATIN.finditer(folded):
        if found.start() > 0 and found.end() < len(folded):
            tokens.append(found[0])
            continue
        word = found[0] if found.end() < len(folded) else found[0][:-1]
        if len(word) > 1:
            inside.append(word)
    return PartOfName(tokens, inside)


def birthday_after(born: date, day: date) -> date:
    """The next birthday on or after a day; who was born on 29 February has it on 1 March in other years."""
    for year in (day.year, day.year + 1):
        try:
            birthday = born.replace(year=year)
        except ValueError:
            birthday = date(year, 3, 1)
        if birthday >= day:
            return birthday
    raise AssertionError("a year has a birthday")


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_SLIP = 4  # of three letters, one slip makes every other syllable


@dataclass(frozen=True)
class AskedName:
    """What a search text asks of names. `tokens`: all of them, as they stand. Else `before`, and a word that begins with `last`; or a word that
    begins with `joined`, all Latin words as one; or one of `near`, the words one slip away. Empty: nothing of the kind."""

    tokens: list[str]
    before: list[str]
    last: str
    joined: str
    near: list[str]


def asked_name(text: str) -> AskedName:
    """What a search text asks of names: the last Latin word may be half typed, and pinyin may be written in one word or several."""
    tokens = query_tokens(text)
    words = _LATIN.findall(unicodedata.normalize("NFKC", text).lower())
    if not words:
        return AskedName(tokens, [], "", "", [])
    whole = "" if len(words) < len(tokens) else "".join(words)
    near = one_slip_away(whole) if len(whole) >= _SHORTEST_SLIP and whole.isalpha() else []
    return AskedName(tokens, tokens[:-1], words[-1], whole if len(words) > 1 else "", near)


def one_slip_away(word: str) -> list[str]:
    """The words one slip away: a letter left out, one too many, a wrong one, two neighbours swapped. Some 50 for each letter."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    left_out = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    wrong = {a + letter + b[1:] for a, b in parts if b for letter in _LETTERS}
    more = {a + letter + b for a, b in parts for letter in _LETTERS}
    return sorted((left_out | swapped | wrong | more) - {word})
