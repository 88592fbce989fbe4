"""By which features two records are held against each other, at which levels, and how much each level says.

A level's `m` is how often two records of the same customer stand at it, its `u` how often two records of different ones do (Fellegi and
Sunter 1969); log2(m / u) is its weight. Where a bank is large enough, u of names, dates and places is counted in it; the values here are for
banks that are too small to count, and for what is too rare to be met by chance in any sample (IDs, telephones, addresses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

THRESHOLD = 0.9
"""From this probability on a pair is shown."""

COUNTED_FROM = 2_000
"""Records from which on u is counted in random pairs."""

DUPLICATES_EXPECTED = 0.01
"""Which share of the records is expected to stand twice: the chance that a random pair is one is twice that, divided by their number."""

SHARED_BY_MOST = 20
"""A telephone, e-mail, address or ID that more parties have belongs to a building or a clerk, and says nothing."""


@dataclass(frozen=True)
class Level:
    """One level of a feature: `when` is SQL over `<column>_l` and `<column>_r`; `by_frequency`: a rare value says more than a common one.

    `is_fixed`: u is not counted.
    """

    key: str
    when: str
    m: float
    u: float
    by_frequency: str = ""
    is_fixed: bool = False


@dataclass(frozen=True)
class Feature:
    """A feature and its levels, most alike first; anything else is `differs`. `unknown`: SQL for where it cannot be compared."""

    key: str
    unknown: str
    levels: Sequence[Level]
    differs: tuple[float, float]
    is_fixed: bool = False


@dataclass(frozen=True)
class Model:
    """How records of a kind are compared, and which pairs are looked at at all: those that agree on one of `blocks`.

    A block is a list of SQL expressions; one that begins with `*` is a list column, of which one value in common suffices.
    """

    kinds: tuple[str, ...]
    features: Sequence[Feature]
    blocks: Sequence[Sequence[str]]


def _either_empty(column: str) -> str:
    return f"coalesce(len({column}_l), 0) = 0 or coalesce(len({column}_r), 0) = 0"


def _either_null(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _shares(column: str) -> str:
    return f"list_has_any({column}_l, {column}_r)"


_ID = Feature("id", "coalesce(len(list_intersect(id_types_l, id_types_r)), 0) = 0", (
    Level("same", _shares("ids"), 0.9, 1e-7, is_fixed=True), Level("ends_alike", _shares("id_ends"), 0.05, 1e-4, is_fixed=True),
), (0.01, 0.9999), is_fixed=True)  # fmt: skip
_PHONE = Feature("phone", _either_empty("phones"), (
    Level("same", _shares("phones"), 0.55, 2e-6, is_fixed=True), Level("ends_alike", _shares("phone_ends"), 0.02, 2e-4, is_fixed=True),
), (0.43, 0.9998), is_fixed=True)  # fmt: skip
_EMAIL = Feature(
    "email", _either_empty("emails"), (Level("same", _shares("emails"), 0.6, 2e-6, is_fixed=True),), (0.4, 0.999998), is_fixed=True
)
_PLACE = Feature("place", f"({_either_empty('addresses')}) and ({_either_null('region')})", (
    Level("same_address", _shares("addresses"), 0.5, 5e-5, is_fixed=True), Level("same_district", "region_l = region_r", 0.35, 0.12),
), (0.15, 0.88))  # fmt: skip
_UNIT = Feature("unit", _either_null("unit_id"), (Level("same", "unit_id_l = unit_id_r", 0.55, 0.2),), (0.45, 0.8))

_NAME = Feature("name", _either_null("name"), (
    Level("same", "name_l = name_r", 0.6, 5e-4, by_frequency="name"),
    Level("sounds_same", "sound_l = sound_r", 0.12, 8e-4),
    Level("swapped", "len(name_l) >= 3 and list_sort(string_split(name_l, '')) = list_sort(string_split(name_r, ''))", 0.05, 1e-5),
    Level("one_off", "len(name_l) >= 3 and family_l = family_r and levenshtein(name_l, name_r) <= 1", 0.08, 4e-3),
    Level("sounds_alike", "family_l = family_r and jaro_winkler_similarity(sound_l, sound_r) >= 0.93", 0.04, 4e-3),
    Level("same_family", "family_l = family_r", 0.08, 0.03),
), (0.03, 0.96))  # fmt: skip
_BORN = Feature("born", _either_null("born"), (
    Level("same", "born_l = born_r", 0.93, 5e-5),
    Level("swapped", "born_l[:4] = born_r[:4] and born_l[6:7] = born_r[9:10] and born_l[9:10] = born_r[6:7]", 0.02, 2e-5),
    Level("one_off", "hamming(born_l, born_r) = 1", 0.03, 1e-3),
), (0.02, 0.9989))  # fmt: skip
_SEX = Feature("sex", _either_null("sex"), (Level("same", "sex_l = sex_r", 0.99, 0.5),), (0.01, 0.5))
_EMPLOYER = Feature("employer", _either_null("employer"), (Level("same", "employer_l = employer_r", 0.6, 0.01, by_frequency="employer"),), (0.4, 0.99))  # fmt: skip

PERSONS = Model(
    ("individual", "sole_trader"),
    (_NAME, _BORN, _ID, _PHONE, _EMAIL, _PLACE, _SEX, _EMPLOYER, _UNIT),
    (("born", "family"), ("born", "sound"), ("*ids",), ("*phones",), ("*emails",), ("*addresses", "family"), ("name", "region")),
)

_FIRM = Feature("firm", _either_null("core"), (
    Level("same", "name_l = name_r", 0.4, 1e-4, by_frequency="name"),
    Level("same_core", "core_l = core_r", 0.45, 1e-4, by_frequency="core"),
    Level("contained", "least(len(core_l), len(core_r)) >= 4 and (contains(core_l, core_r) or contains(core_r, core_l))", 0.08, 2e-3),
    Level("alike", "jaro_winkler_similarity(core_l, core_r) >= 0.92", 0.04, 0.02),
), (0.03, 0.9779))  # fmt: skip
_INDUSTRY = Feature("industry", _either_null("industry"), (Level("same", "industry_l = industry_r", 0.85, 0.06),), (0.15, 0.94))

ORGANISATIONS = Model(
    ("company", "institution", "financial_institution", "unincorporated"),
    (_FIRM, _ID, _PHONE, _EMAIL, _PLACE, _INDUSTRY, _UNIT),
    (("core",), ("*ids",), ("*phones", "substr(core, 1, 3)"), ("*addresses", "substr(core, 1, 3)"), ("*emails", "substr(core, 1, 3)")),
)
MODELS = (PERSONS, ORGANISATIONS)

CHOOSABLE = (
    "name", "short_name", "customer_no", "sex", "birth_date", "nationality", "occupation", "employer_name", "education", "marital_status", "income_band",
    "region", "industry", "size_class", "registered_capital", "established_date", "unit_id", "lead_source",
)  # fmt: skip
"""The fields of which a person may choose whose value stays, in reading order. The others follow from both (the earliest beginning, staff if either is)."""

KEYS: Mapping[str, tuple[str, ...]] = {
    feature.key: (*(level.key for level in feature.levels), "differs") for model in MODELS for feature in model.features
}
"""Every level that a feature may be found at."""


def expected(records: int) -> float:
    """The chance that two records drawn at random are one customer (λ)."""
    return min(0.1, 2 * DUPLICATES_EXPECTED / max(records, 2))
