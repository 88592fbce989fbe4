"""The words of SQL used to write the bank: chance, picking from lists, dates, keys and identifiers with their check digits."""

from __future__ import annotations

import duckdb

from zhike.samplebank import words
from zhike.samplebank.plan import ACCOUNTS_PER_PARTY, Plan

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LISTS = {
    "surnames": words.SURNAMES, "given_f": words.GIVEN_F, "given_m": words.GIVEN_M, "given_x": words.GIVEN_X, "other_names": words.OTHER_NAMES,
    "id_regions": words.ID_REGIONS, "streets": words.STREETS, "estates": words.ESTATES, "occupations": words.OCCUPATIONS,
    "outside_employers": words.EXTERNAL_EMPLOYERS, "firm_words": words.FIRM_WORDS, "firm_tails": words.FIRM_TAILS, "trades": words.TRADES,
    "other_banks": words.OTHER_BANKS, "countries": ["US", "GB", "DE", "JP", "KR", "VN", "FR"], "merchants": words.MERCHANTS, "districts": [p + "区" for p in words.BRANCH_PLACES[:8]],
    "industry_codes": [c for c, _ in words.INDUSTRIES], "industry_names": [n for _, n in words.INDUSTRIES], "bank_names": words.BANKS,
    "institution_names": words.INSTITUTIONS, **{f"say_{k}": v for k, v in words.CALL_TEXTS.items()}, **{f"case_{k}": v for k, v in words.CASE_TEXTS.items()},
}  # fmt: skip


def _literal(texts: list[str]) -> str:
    return "[" + ", ".join("'" + t.replace("'", "''") + "'" for t in texts) + "]"


def _digits(body: str, weights: list[int], alphabet: str = "") -> str:
    def value(k: int) -> str:
        return f"(strpos('{alphabet}', substr({body}, {k}, 1)) - 1)" if alphabet else f"(ascii(substr({body}, {k}, 1)) - 48)"

    return "(" + " + ".join(f"{w} * {value(k + 1)}" for k, w in enumerate(weights)) + ")"


def _luhn(body: str, length: int) -> str:
    """Check digit of a body of `length` digits (ISO/IEC 7812)."""
    parts = []
    for k in range(length):
        digit = f"(ascii(substr({body}, {k + 1}, 1)) - 48)"
        parts.append(f"({digit} * 2 - 9 * ({digit} > 4)::int)" if (length - k) % 2 else digit)
    return f"((10 - ({' + '.join(parts)}) % 10) % 10)"


def teach(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Define the macros on this connection.

    `u(i, what)` is a uniform number in [0, 1) that depends on seed, index and purpose only; `pick_<list>(x)` takes an entry of a word
    list for x in [0, 1); `on_day(m, day)` is a date; `yuan(fen)` a decimal; resident ID, USCC and card check digits follow GB 11643,
    GB 32100 / GB 11714 and Luhn.
    """
    firsts = ", ".join(f"date '{plan.month_start(m)}'" for m in range(-300, plan.months + 302))
    rid = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    org = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    macros = {
        "h(i, what)": f"hash(hash(i, what) + {plan.seed % 2**32}::ubigint)",
        "u(i, what)": "(h(i, what) >> 11)::double * 1.1102230246251565e-16",
        "first_of(m)": f"list_extract([{firsts}], (m + 301)::bigint)",
        "on_day(m, day)": "first_of(m) + (day - 1)::integer",
        "yuan(fen)": "(fen::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(20, 2)",
        "party_key(i)": f"case when i >= {plan.cuts[4]} then 'L' else 'P' end || lpad(i::varchar, 9, '0')",
        "account_key(a)": "'A' || lpad(a::varchar, 12, '0')",
        "account_no(a)": "'8010' || lpad(a::varchar, 12, '0') || lpad(((a * 37 + 11) % 97)::varchar, 2, '0')",
        "staff_no(n)": "'E' || lpad(n::varchar, 7, '0')",
        "demand_of(i)": f"(i * {ACCOUNTS_PER_PARTY})",
        "unit_key(o)": "'O' || lpad(o::varchar, 6, '0')",
        "moment(d, s)": "strftime(d + to_seconds(s::bigint), '%Y-%m-%dT%H:%M:%S+08:00')",
        "digits(i, what, n)": "lpad((h(i, what) % (10 ** n)::ubigint)::varchar, n::integer, '0')",
        "resident_id(b)": f"b || substr('10X98765432', 1 + {_digits('b', rid)} % 11, 1)",
        "org_code(b)": f"b || substr('0123456789X0', 1 + (11 - {_digits('b', [3, 7, 9, 10, 5, 8, 4, 2], org)} % 11), 1)",
        "uscc_of(b)": f"b || substr('{_USCC}', 1 + (31 - {_digits('b', [3**k % 31 for k in range(17)], _USCC)} % 31) % 31, 1)",
        "card_of(b)": f"b || {_luhn('b', 18)}",
        "credit_card_of(b)": f"b || {_luhn('b', 15)}",
    }
    for name, texts in _LISTS.items():
        macros[f"pick_{name}(x)"] = f"list_extract({_literal(list(texts))}, 1 + floor(x * {len(texts)})::bigint)"
    macros["given(i, female)"] = (
        "case when u(i, 'one char') < 0.14 then '' when u(i, 'first kind') < 0.6 then pick_given_x(u(i, 'g1')) "
        "when female then pick_given_f(u(i, 'g1')) else pick_given_m(u(i, 'g1')) end || "
        "case when female then pick_given_f(u(i, 'g2')) else pick_given_m(u(i, 'g2')) end"
    )
    macros["firm_name(i)"] = (
        f"case when i < {plan.cuts[2]} then '清川' || pick_firm_words(u(i, 'f1')) || pick_firm_tails(u(i, 'f2')) || pick_industry_names(u(i, 'industry')) || "
        "case when u(i, 'form') < 0.12 then '股份有限公司' else '有限公司' end "
        f"when i < {plan.cuts[3]} then '清川市' || replace(pick_institution_names(u(i, 'inst')), '%d', (1 + i % 97)::varchar) "
        f"else pick_bank_names(((i - {plan.cuts[3]}) % 8) / 8.0) || case when i - {plan.cuts[3]} >= 8 then '(' || (i % 1000)::varchar || '部)' else '' end end"
    )
    for signature, body in macros.items():
        con.execute(f"create or replace macro {signature} as ({body})")
