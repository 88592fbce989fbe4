"""Feeds about persons and sole traders: who they are, what they hold, who looks after them. One chunk at a time.

Needs the temporary tables `person` (people.People), `event`, `td`, `position`, `loan_state`, `fate` of the chunk.
"""

from __future__ import annotations

from zhike.samplebank.catalogue import DEPOSIT_FAMILIES, INVESTMENTS, TERMS, deposit_key
from zhike.samplebank.life import EVENT_NO
from zhike.samplebank.plan import ACCOUNTS_PER_PARTY as A
from zhike.samplebank.plan import Plan

_NAME = """
case when u(i, 'foreign') < 0.03 and not (is_head or is_spouse or is_child or is_parent) then pick_other_names(u(i, 'other name'))
     else case when is_head or is_child or is_parent then pick_surnames(u(i // 5, 'family')) else pick_surnames(u(i, 'surname')) end || given(i, female) end
"""

HOLDER = f"""
create or replace temp table holder as
select p.*, {_NAME} as person_name,
       case when trader then '清川市' || pick_firm_tails(u(i, 't1')) || pick_firm_tails(u(i, 't2')) || pick_trades(u(i, 'trade')) || '(' || {_NAME} || ')'
            else {_NAME} end as name,
       u(i, 'foreign') < 0.03 and not (is_head or is_spouse or is_child or is_parent) and not trader as foreign_name,
       case when joined < 0 then first_of(0) - 1 - tenure_days::integer else on_day(joined, join_day) end as since,
       case when wealth >= 5000000 then u(i, 'managed') < 0.94 else u(i, 'managed') < 0.12 end as managed,
       f.left_date, coalesce(f.closed, false) as closed, coalesce(f.asleep, false) as asleep
from person p left join (
    select party, case when sleeps = 0 and ends < 9000 then on_day(ends, 20) end as left_date, sleeps = 0 and ends < 9000 as closed, born_asleep = 1 as asleep from fate
) f on f.party = p.i
"""


BORN = "date '1970-01-01' + birth_day::integer"
RESIDENT_ID = (
    f"resident_id(pick_id_regions(u(i // 5, 'id region')) || strftime({BORN}, '%Y%m%d') || "
    "lpad((2 * (i % 500) + case when female then 0 else 1 end)::varchar, 3, '0'))"
)
PLACE = (
    "'清川市' || pick_districts(u(i // 5, 'district')) || pick_streets(u(i // 5, 'street')) || (1 + i // 5 % 300) || '号' || "
    "pick_estates(u(i // 5, 'estate')) || (1 + i // 5 % 28) || '栋' || (101 + i // 5 % 900) || '室'"
)
EMAIL = "'kh' || (100000 + i) || '@' || list_extract(['example.com', 'example.cn', 'example.net'], 1 + i % 3)"


def mobile_of(number: str) -> str:
    """SQL for a mobile number; different numbers below a hundred million give different ones."""
    return (
        f"'1' || list_extract(['38', '39', '36', '37', '58', '59', '86', '87', '77', '33'], 1 + ({number}) % 10) || "
        f"lpad(((({number}) * 7919 + 1234567) % 100000000)::varchar, 8, '0')"
    )


def _events(name: str) -> str:
    return f"select party, on_day(month, day) as day, value from event where event = {EVENT_NO[name]}"


def parties() -> str:
    """Versions of parties: at the start, at a wedding, a new job, retirement, leaving."""
    return f"""
    with change as (
        select i as party, since as _d from holder union select party, day from ({_events("wedding")}) union select party, day from ({_events("job_change")})
        union select party, day from ({_events("retirement")}) union select i, left_date from holder where closed
    ), wed as (select party, min(day) as day from ({_events("wedding")}) group by 1),
    retired as (select party, min(day) as day from ({_events("retirement")}) group by 1),
    job as ({_events("job_change")})
    select party_key(p.i) as party_key, case when trader then 'sole_trader' else 'individual' end as kind,
           case when closed and c._d >= left_date then 'former' else 'customer' end as status, p.name as name, '80' || lpad(p.i::varchar, 8, '0') as customer_no,
           case when female then 'female' else 'male' end as sex, date '1970-01-01' + birth_day::integer as birth_date,
           case when foreign_name and p.name[1] between 'A' and 'Z' then pick_countries(u(i, 'country')) else 'CN' end as nationality,
           case when trader then '个体经营者' when r.day <= c._d or (not p.employed and age >= 55) then '离退休人员' when p.employed then pick_occupations(u(i, 'job') * 0.8)
                when age < 24 then '学生' else '自由职业' end as occupation,
           case when r.day <= c._d or not p.employed then null when coalesce(j.value, p.employer) >= 0 then f.title
                else pick_outside_employers(u(i + coalesce(j.value, 0), 'outside')) end as employer_name,
           case when u(i, 'edu') < 0.08 then '研究生' when u(i, 'edu') < 0.34 then '本科' when u(i, 'edu') < 0.6 then '大专' else '高中及以下' end as education,
           case when w.day <= c._d then 'married' else list_extract(['single', 'married', 'divorced', 'widowed'], marital + 1) end as marital_status,
           case when income < 400000 then '<4000' when income < 800000 then '4000-8000' when income < 1500000 then '8000-15000' when income < 3000000
                then '15000-30000' else '>=30000' end as income_band,
           pick_districts(u(i // 5, 'district')) as region, case when trader then pick_industry_codes(u(i, 'industry')) end as industry,
           case when trader then 'micro' end as size_class, null as registered_capital, case when trader then since - 400 end as established_date, null as short_name,
           unit_key(100 + outlet) as unit_key, unit_key(100 + case when u(i, 'opened elsewhere') < 0.12 then (outlet * 7 + 1) % (select outlets from scale) else outlet end)
           as opening_unit_key, since as since_date, case when closed and c._d >= left_date then left_date end as left_date,
           (u(i, 'staff') < 0.004)::integer as is_staff, (u(i, 'related') < 0.0008)::integer as is_related_party, null as lead_source, c._d
    from change c join holder p on p.i = c.party left join wed w on w.party = c.party left join retired r on r.party = c.party
    asof left join job j on j.party = c.party and j.day <= c._d
    left join firm f on f.e = coalesce(j.value, p.employer)
    """


def identifiers() -> str:
    """One main document per person; sole traders have their own and a licence."""
    issued = "date '2006-01-01' + (u(i, 'issued') * 6000)::integer"
    return f"""
    select party_key(i) as party_key, case when foreign_name and name[1] between 'A' and 'Z' then 'passport' else 'resident_id' end as id_type,
           case when foreign_name and name[1] between 'A' and 'Z' then chr((65 + i % 26)::integer) || digits(i, 'pass', 8) else {RESIDENT_ID} end as id_no,
           least({issued}, since - 1) as issued_date, case when age >= 46 then date '9999-12-31' else least({issued}, since - 1) + 7305 end as expires_date,
           '清川市公安局' as issuer, (not trader)::integer as is_main, since as _d from holder
    union all
    select party_key(i), 'uscc', uscc_of('92510100' || org_code('MA' || lpad((i % 1000000)::varchar, 6, '0'))), since - 400, date '9999-12-31',
           '清川市市场监督管理局', 1, since from holder where trader
    """


def contact_points() -> str:
    """A mobile for (nearly) everybody, e-mail for some, an address that changes for who moves."""
    return f"""
    select party_key(i) as party_key, 'M1' as contact_key, 'mobile' as kind, 'main' as purpose,
           {mobile_of("i")} as phone,
           null as email, null as address, pick_districts(u(i // 5, 'district')) as region, 1 as is_main, (u(i, 'bad phone') > 0.03)::integer as is_valid, since as _d
    from holder where u(i, 'has phone') < 0.985
    union all by name
    select party_key(i) as party_key, 'E1' as contact_key, 'email' as kind, 'statement' as purpose, {EMAIL} as email, 0 as is_main, 1 as is_valid, since as _d from holder where u(i, 'has mail') < 0.31
    union all by name
    select party_key(i) as party_key, 'A1' as contact_key, 'address' as kind, 'home' as purpose, {PLACE} as address, pick_districts(u(i // 5, 'district')) as region,
           1 as is_main, 1 as is_valid, since as _d from holder
    union all by name
    select party_key(i) as party_key, 'A1' as contact_key, 'address' as kind, 'home' as purpose, '外地 ' || pick_streets(u(i, 'away')) || (1 + i % 200) || '号' as address,
           '外地' as region, 1 as is_main, 1 as is_valid, e.day as _d from ({_events("moved")}) e join holder on i = e.party
    """


def relationships() -> str:
    """Couples, parents and grown children of a block, and who employs whom."""
    pairs = []
    for first, second, there, back, flag in (
        (0, 1, "spouse", "spouse", "is_spouse"), (0, 2, "child", "parent", "is_child"), (1, 2, "child", "parent", "is_child"), (0, 3, "parent", "child", "is_parent"),
    ):  # fmt: skip
        source, target = f"i - {second - first}", "i"
        for left, right, kind in ((source, target, there), (target, source, back)):
            pairs.append(
                f"select party_key({left}) as from_key, party_key({right}) as to_key, '{kind}' as type, null::decimal(9, 6) as share, since as from_date, null::date as to_date, "
                f"1.0::decimal(9, 6) as confidence, '客户申报' as verified_by, greatest(since, (select since from holder x where x.i = h.i - {second - first})) as _d "
                f"from holder h where {flag}"
            )
    work = "select party_key({0}), party_key({1}), '{2}', null, since, null, 0.9, '代发工资', since from holder h join firm f on f.e = h.employer where h.employer >= 0"
    return " union all ".join([*pairs, work.format("h.i", "f.i", "employer").replace("f.i, ", "f.party, ")]).replace(
        "party_key(f.i)", "party_key(f.party)"
    )


def households() -> str:
    """Households declared by their heads: couples with those of their children and parents who are customers."""
    return """
    select 'H' || lpad((i // 5)::varchar, 8, '0') as group_key, 'household' as kind,
           pick_surnames(u(i // 5, 'family')) || '氏家庭' as name, party_key(i) as party_key,
           case when is_head then '户主' when is_spouse then '配偶' when is_child then '子女' else '父母' end as member_role, is_head::integer as is_head, since as _d
    from holder where (is_head or is_spouse or is_child or is_parent)
      and exists (select 1 from holder s where s.i // 5 = holder.i // 5 and (s.is_spouse or s.is_child or s.is_parent))
    """


def accounts() -> str:
    """All accounts of the chunk with their openings and closings."""
    key = "list_extract([" + ", ".join("'" + deposit_key(f, t) + "'" for f in range(len(DEPOSIT_FAMILIES)) for t in (0, *TERMS)) + "]"
    number = f"{key}, (family * {len(TERMS) + 1} + 2 + list_position([{', '.join(map(str, TERMS))}], term) - 1)::bigint)"
    invest = "list_extract([" + ", ".join(f"'{p.key}'" for p in INVESTMENTS) + "], product + 1)"
    return f"""
    with made as (
        select i * {A} as a, i, 'HQ001' as product, since as opened, left_date as closed, null::date as starts, null::date as matures, 0.0005 as rate, null as fen, 0 as renewed, 'I' as class from holder
        union all by name
        select i * {A} + 1 as a, i, 'HQ002' as product, since as opened, left_date as closed, 0.0005 as rate, 0 as renewed, 'I' as class from holder semi join dollar using (i)
        union all by name
        select party * {A} + slot as a, party as i, {number} as product, on_day(month, day) as opened, case when close_month >= 0 then on_day(close_month, close_day) end as closed,
               on_day(month, day) as starts, on_day(month + term, day) as matures, rate_ppm / 1e6 as rate, principal as fen, (outcome = 1 or (outcome = 0 and u(party, 'auto') < 0.6))::integer as renewed from td
        union all by name
        select party * {A} + slot as a, party as i, list_extract(['AJ001', 'XF001', 'JY001'], slot - 59) as product, on_day(any_value(granted), 10) as opened, on_day(any_value(granted), 10) as starts,
               first_of(any_value(granted) + list_extract([240, 36, 24], slot - 59)) + 9 as matures, case when min(balance) = 0 then on_day(arg_min(month, balance), 20) end as closed,
               list_extract([0.0365, 0.0480, 0.0420], slot - 59) as rate, any_value(amount) as fen, 0 as renewed from loan_state group by party, slot
        union all by name
        select i * {A} + 70 as a, i, 'XY001' as product, since + 20 as opened, 0.1825 as rate, limit_fen as fen, 0 as renewed, case when clear then left_date end as closed from credit_card join holder using (i)
        union all by name
        select party * {A} + slot as a, party as i, {invest} as product, case when min(month) < 0 then any_value(h.since) else first_of(min(month)) + 6 end as opened, 0 as renewed, any_value(h.left_date) as closed
        from position join holder h on h.i = party group by party, slot, product
    ), version as (
        select *, opened as _d, false as shut from made union all by name select *, closed as _d, true as shut from made where closed is not null and closed >= opened
    )
    select account_key(a) as account_key, account_no(a) as account_no, product as product_key, party_key(i) as party_key, unit_key(100 + outlet) as unit_key,
           case when product = 'HQ002' then 'USD' else 'CNY' end as currency,
           case when shut then 'closed' when a % {A} = 0 and asleep then 'dormant' else 'open' end as status, class as account_class, opened as opened_date,
           case when shut then v.closed end as closed_date, starts as start_date, matures as maturity_date, rate::decimal(9, 6) as rate, yuan(fen) as principal, renewed as is_auto_renewed,
           case when product = 'XY001' then '每月1日' end as statement_cycle, _d
    from version v join holder using (i)
    """


def account_roles() -> str:
    """The owner of the demand account, and for couples sometimes the other as authorised; everybody owns what is theirs."""
    return f"""
    select 'R' || substr(account_key, 2) || '1' as role_key, account_key, party_key, 'owner' as role, 1.0::decimal(9, 6) as share, 'any' as signing_rule,
           opened_date as from_date, closed_date as to_date, _d from account_versions
    union all
    select 'R' || lpad((i * {A})::varchar, 12, '0') || '2', account_key(i * {A}), party_key(i + 1), 'authorised', null, 'any', first_of(0) - 1, null, first_of(0) - 1 from holder h
    where is_head and couple and u(i, 'authorised') < 0.25 and joined < 0 and exists (select 1 from holder s where s.i = h.i + 1 and s.joined < 0)
    """


def cards() -> str:
    """A debit card on every demand account, the credit cards; of the expiry only the month of renewal."""
    return f"""
    select 'K' || lpad(i::varchar, 9, '0') || 'D' as card_key, account_key(i * {A}) as account_key, 'R' || lpad((i * {A})::varchar, 12, '0') || '1' as role_key, party_key(i) as party_key,
           card_of('621788' || lpad(i::varchar, 12, '0')) as card_no, '借记卡' as type, case when wealth >= 600000000 then '私行' when wealth >= 100000000 then '钻石'
           when wealth >= 20000000 then '白金' when wealth >= 5000000 then '金卡' else '普卡' end as tier, 'debit' as side, since as issued_date, since as activated_date,
           v.closed_date, null::date as renewal_month, null as limit_amount, case when v.closed_date is null then 'active' else 'closed' end as status, v._d
    from holder join account_versions v on v.account_key = account_key(i * {A})
    union all by name
    select 'K' || lpad(i::varchar, 9, '0') || 'C' as card_key, account_key(i * {A} + 70) as account_key, party_key(i) as party_key, credit_card_of('625188' || lpad(i::varchar, 9, '0')) as card_no,
           '信用卡' as type, case when limit_fen >= 5000000 then '白金' else '金卡' end as tier, 'credit' as side, since + 20 as issued_date, since + 30 as activated_date,
           date_trunc('month', since + (20 + 1826 * (1 + (first_of(0) - since) // 1826))::integer)::date as renewal_month, yuan(limit_fen) as limit_amount, 'active' as status, since + 20 as _d
    from credit_card join holder using (i)
    """


def loans() -> str:
    """Loans of persons, a row whenever the balance or the days overdue changed."""
    kind = "list_extract(['AJ001', 'XF001', 'JY001'], slot - 59)"
    return f"""
    select 'D' || lpad((party * {A} + slot)::varchar, 12, '0') as loan_key, account_key(party * {A} + slot) as account_key, party_key(party) as party_key, {kind} as product_key,
           yuan(amount) as amount, yuan(balance) as balance, 'CNY' as currency, on_day(granted, 10) as granted_date,
           first_of(granted + list_extract([240, 36, 24], slot - 59)) + 9 as maturity_date, list_extract([240, 36, 24], slot - 59) as term_months, yuan(instalment) as instalment,
           list_extract([0.0365, 0.0480, 0.0420], slot - 59)::decimal(9, 6) as rate, case when balance = 0 then 'finished' when overdue > 0 then 'running_overdue' else 'running' end as state,
           case when overdue > 6 then 'substandard' when overdue > 2 then 'special_mention' else 'pass' end as five_class, overdue * 30 as overdue_days,
           list_extract(['购房', '消费', '经营周转'], slot - 59) as purpose, list_extract(['mortgage', 'credit', 'credit'], slot - 59) as guarantee_type,
           case when month < 0 then first_of(0) - 1 when granted = month then on_day(month, 10) else on_day(month, 20) end as _d
    from loan_state
    """


def positions() -> str:
    """Holdings at the opening and at every month end, with the published price."""
    invest = "list_extract([" + ", ".join(f"'{p.key}'" for p in INVESTMENTS) + "], product + 1)"
    return f"""
    select account_key(party * {A} + slot) as account_key, {invest} as product_key, first_of(month + 1) - 1 as position_date, (units * 0.0001::decimal(5, 4))::decimal(20, 6) as units,
           (nav * 0.0001::decimal(5, 4))::decimal(20, 6) as nav, yuan((units::hugeint * nav // 1000000)::bigint) as market_value, yuan(cost) as cost, 'CNY' as currency,
           first_of(month + 1) - 1 as _d from position
    """


def rm_assignments(plan: Plan) -> str:
    """Who manages whom: two RMs an outlet; where one leaves, the other takes the book over. The rest is the public pool."""
    leaves = f"case when i % 2 = 1 and u(outlet * 2 + i % 2, 'rm leaves') < 0.24 and {plan.months} > 3 then on_day(1 + floor(u(outlet * 2 + i % 2, 'rm month') * {plan.months - 2})::bigint, 15) end"
    staff = "staff_no(10000 + outlet * 10 + {0})"
    return f"""
    with book as (select *, greatest(since, first_of(0) - 500) as begins, {leaves} as leaves from holder where managed and u(i, 'no rm') > 0.06)
    select party_key(i) as party_key, {staff.format("i % 2")} as staff_no, 'main' as role, begins as from_date, null::date as to_date, begins as _d from book where leaves is null or leaves > begins
    union all select party_key(i), {staff.format("i % 2")}, 'main', begins, leaves, leaves from book where leaves > begins
    union all select party_key(i), {staff.format("(i + 1) % 2")}, 'main', greatest(leaves, begins), null, greatest(leaves, begins) from book where leaves is not null
    union all select party_key(i), {staff.format("2")}, 'assisting', begins, null, begins from book where wealth > 100000000
    """
