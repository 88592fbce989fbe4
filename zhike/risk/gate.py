"""What `rules.suitable` decides, as SQL for many customers and products at once. A test holds the two together, case by case.

`reasons` is written over two aliases: `i`, an investor (party_id, is_person, birth_date, level, assessed_date, ends, was_in_person, experience_years,
is_professional, qualified_by, qualified_date, evidence, is_remote_agreed), and `o`, an offer (product_id, family, level, is_agency, is_private).
Values travel as parameters whose names begin with `gate_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from zhike.insight.settings_rules import Suitability
from zhike.risk.rules import FAMILIES, REFUSALS

_UNTIL = "least(i.ends, (i.assessed_date + make_interval(months => %(gate_valid_months)s))::date)"
_PROVEN = "coalesce(i.qualified_by, '') <> '' and coalesce(i.evidence, '') <> '' and i.qualified_date <= %(gate_on)s"
_AGED = "i.is_person and (i.birth_date is null or %(gate_on)s >= (i.birth_date + make_interval(years => %(gate_aged_from)s))::date)"
_IS_ASSESSED = "coalesce(i.level, '') <> '' and i.assessed_date <= %(gate_on)s"
_LEVEL = "coalesce(nullif(right(o.level, 1), '')::int, 0)"
_ORDINARY = "not coalesce(i.is_professional, false)"
_UNPRACTISED = "coalesce(i.experience_years, 0) < %(gate_experience_years)s"

# The codes of rules.Answer, in its order.
REASONS = f"""
case when o.family <> all(%(gate_families)s::text[]) then array['no_investment'] else array_remove(array[
    case when ({_IS_ASSESSED}) is not true then 'not_assessed' when {_UNTIL} <= %(gate_on)s then 'expired' end,
    case when coalesce(o.level, '') = '' then 'not_rated'
         when {_IS_ASSESSED} and {_LEVEL} > coalesce((%(gate_matching)s::jsonb ->> i.level)::int, 0) then 'too_risky' end,
    case when o.family = 'wealth_product' and (%(gate_first)s = 'all' or (%(gate_first)s = 'own' and not o.is_agency))
              and coalesce(i.level, '') <> '' and not coalesce(i.was_in_person, false) then 'first_elsewhere' end,
    case when o.is_private then case when ({_PROVEN}) is not true then 'not_qualified'
         when %(gate_on)s >= (i.qualified_date + make_interval(months => %(gate_qualified_months)s))::date then 'proof_expired' end end,
    case when {_ORDINARY} and {_LEVEL} >= %(gate_high_level)s and not coalesce(i.is_remote_agreed, false) then 'at_outlet' end,
    case when {_ORDINARY} and {_AGED} then case when {_LEVEL} >= %(gate_high_level)s then 'aged'
         when {_LEVEL} >= %(gate_care_level)s and {_UNPRACTISED} then 'aged_unpractised' end end
], null) end
"""
# The first day on which the last assessment no longer counts (R54).
UNTIL = _UNTIL
# Whether it may be offered, over an array of reasons.
IS_ALLOWED = "not ({reasons} && %(gate_refusals)s::text[])"

# What was known on the day: the last assessment up to it, and whether any was at the outlet. Of many at once (`PROFILES`, `only`: SQL over `r`), or looked
# up for each of a few.
_FACTS = """
    r.party_id, r.level, r.assessed_date, r.valid_to_date as ends, r.experience_years, r.investor_type = 'professional' as is_professional, r.qualified_by,
    r.qualified_date, r.evidence, r.is_remote_agreed, r.place, r.method
"""
_KNOWN = "r.assessed_date <= %(gate_on)s and r.valid_from <= %(gate_on)s and (r.valid_to is null or r.valid_to > %(gate_on)s)"
_INVESTOR = """
select p.id as party_id, p.kind in ('individual', 'sole_trader') as is_person, p.birth_date, f.level, f.assessed_date, f.ends, f.was_in_person,
    f.experience_years, f.is_professional, f.qualified_by, f.qualified_date, f.evidence, f.is_remote_agreed, f.place, f.method
from parties_party p
"""
MANY = f"""
{_INVESTOR} left join (
    select distinct on (r.party_id) {_FACTS}, bool_or(r.place = 'counter') over (partition by r.party_id) as was_in_person
    from risk_profile r where {_KNOWN} order by r.party_id, r.assessed_date desc, r.id desc) f on f.party_id = p.id
where {{seen}}
"""
FEW = f"""
{_INVESTOR} left join lateral (
    select {_FACTS}, bool_or(r.place = 'counter') over () as was_in_person
    from risk_profile r where r.party_id = p.id and {_KNOWN} order by r.assessed_date desc, r.id desc limit 1) f on true
where {{seen}}
"""
# Whether any of some products may be offered to the customer `p` of a statement; the products travel as arrays.
ANY_ALLOWED = f"""exists (select 1 from (
        select p.kind in ('individual', 'sole_trader') as is_person, p.birth_date, f.level, f.assessed_date, f.ends, f.was_in_person, f.experience_years,
            f.is_professional, f.qualified_by, f.qualified_date, f.evidence, f.is_remote_agreed
        from (select 1) one left join lateral (
            select {_FACTS}, bool_or(r.place = 'counter') over () as was_in_person
            from risk_profile r where r.party_id = p.id and {_KNOWN} order by r.assessed_date desc, r.id desc limit 1) f on true) i
    cross join unnest(%(gate_of_families)s::text[], %(gate_of_levels)s::text[], %(gate_of_agency)s::boolean[], %(gate_of_private)s::boolean[])
        as o(family, level, is_agency, is_private)
    where not (({REASONS}) && %(gate_refusals)s::text[]))"""
# Products as they were on the day; `{only}`: SQL over `p`.
OFFERS = """
select p.id as product_id, p.name, p.family, coalesce(l.level, '') as level, p.is_agency, p.offering = 'private' as is_private, p.asset_kind, p.min_amount, p.issuer
from products_product p left join lateral (
    select v.level from products_risklevel v
    where v.product_id = p.id and v.valid_from <= %(gate_on)s and (v.valid_to is null or v.valid_to > %(gate_on)s)
    order by v.valid_from desc, v.id desc limit 1) l on true
where {only}
"""


def values(on: date, terms: Suitability) -> Mapping[str, Any]:
    """The parameters of all of these."""
    return {
        "gate_on": on, "gate_families": list(FAMILIES), "gate_refusals": sorted(REFUSALS), "gate_matching": Jsonb(dict(terms.matching)),
        "gate_valid_months": terms.valid_months, "gate_first": terms.first_in_person, "gate_high_level": terms.high_level,
        "gate_care_level": terms.care_level, "gate_aged_from": terms.aged_from, "gate_experience_years": terms.experience_years,
        "gate_qualified_months": terms.qualified_months,
    }  # fmt: skip
