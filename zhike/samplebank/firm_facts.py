"""Feeds about firms and prospects: names, owners, chains, groups, accounts, lines, payrolls, merchants, guarantees."""

from __future__ import annotations

from zhike.samplebank.plan import ACCOUNTS_PER_PARTY as A
from zhike.samplebank.plan import Plan


def holder(plan: Plan) -> str:
    """Firms in the columns that the journal and the contacts ask for, and the firms' own."""
    return f"""
    create or replace temp table holder as
    select i, firm_name(i) || case when dup > 0 then '(' || (dup + 1) || ')' else '' end as name, 0.7 as digital, i % {plan.outlets} as outlet, i < {plan.cuts[2]} as company, true as managed,
           first_of(0) - 400 - (u(i, 'firm since') * 4000)::integer as since, case when ends < 9000 then on_day(ends, 20) end as left_date, ends < 9000 as closed, revenue, loan, overdue_from, deposit, margin,
           supplier, number, opening, started, ends, false as trader
    from (select *, row_number() over (partition by firm_name(i) order by i) - 1 as dup from firm_state)
    """


def parties(plan: Plan) -> str:
    """Firms, then prospects without a core number."""
    return f"""
    select party_key(i) as party_key, case when company then 'company' when i < {plan.cuts[3]} then 'institution' else 'financial_institution' end as kind,
           case when shut then 'former' else 'customer' end as status, name, '90' || lpad(i::varchar, 8, '0') as customer_no, null as sex, null::date as birth_date, 'CN' as nationality,
           null as occupation, null as employer_name, null as education, null as marital_status, null as income_band, pick_districts(u(i, 'district')) as region,
           case when company then pick_industry_codes(u(i, 'industry')) when i < {plan.cuts[3]} then 'S9221' else 'J6621' end as industry,
           case when revenue > 300000000 then 'large' when revenue > 60000000 then 'medium' when revenue > 12000000 then 'small' else 'micro' end as size_class,
           yuan(revenue * 5 // 10000000 * 10000000 + 10000000) as registered_capital, since - 300 - (u(i, 'founded') * 4000)::integer as established_date,
           replace(replace(replace(name, '清川', ''), '股份有限公司', ''), '有限公司', '') as short_name, unit_key(100 + outlet) as unit_key, unit_key(100 + outlet) as opening_unit_key,
           since as since_date, case when shut then left_date end as left_date, 0 as is_staff, 0 as is_related_party, null as lead_source, _d
    from (select *, false as shut, since as _d from holder union all select *, true, left_date from holder where closed)
    union all by name
    select party_key(i) as party_key, case when i % 5 = 0 then 'company' else 'individual' end as kind, 'prospect' as status,
           case when i % 5 = 0 then firm_name(i - {plan.cuts[4] - plan.cuts[1]}) || '(筹)' else pick_surnames(u(i, 'surname')) || given(i, i % 2 = 0) end as name,
           case when i % 5 = 0 then null when i % 2 = 0 then 'female' else 'male' end as sex, pick_districts(u(i, 'district')) as region, unit_key(100 + i % {plan.outlets}) as unit_key,
           0 as is_staff, 0 as is_related_party, list_extract(['老带新', '异业合作', '网点到访', '官网留资', '商圈走访'], 1 + i % 5) as lead_source, on_day(floor(u(i, 'lead') * {plan.months})::bigint, 3) as _d
    from range({plan.cuts[4]}, {plan.cuts[5]}) t(i)
    """


def identifiers() -> str:
    """A unified social credit code for every firm."""
    return """
    select party_key(i) as party_key, 'uscc' as id_type, uscc_of(case when company then '91' else '12' end || '510100' || org_code('MB' || lpad((i % 1000000)::varchar, 6, '0'))) as id_no,
           since - 200 as issued_date, date '9999-12-31' as expires_date, '清川市市场监督管理局' as issuer, 1 as is_main, since as _d from holder
    """


def contact_points(plan: Plan) -> str:
    """Office telephone, mailbox and address of firms; a mobile of individual prospects."""
    return f"""
    select party_key(i) as party_key, 'T1' as contact_key, 'phone' as kind, 'office' as purpose, '0280' || lpad(((i * 7919) % 10000000)::varchar, 7, '0') as phone, null as email, null as address,
           pick_districts(u(i, 'district')) as region, 1 as is_main, 1 as is_valid, since as _d from holder
    union all by name
    select party_key(i) as party_key, 'E1' as contact_key, 'email' as kind, 'office' as purpose, 'finance' || i || '@example.com' as email, 0 as is_main, 1 as is_valid, since as _d from holder where i % 3 > 0
    union all by name
    select party_key(i) as party_key, 'A1' as contact_key, 'address' as kind, 'registered' as purpose, '清川市' || pick_districts(u(i, 'district')) || pick_streets(u(i, 'street')) || (1 + i % 400) || '号' as address,
           pick_districts(u(i, 'district')) as region, 1 as is_main, 1 as is_valid, since as _d from holder
    union all by name
    select party_key(i) as party_key, 'M1' as contact_key, 'mobile' as kind, 'main' as purpose, '139' || lpad(((i * 104729) % 100000000)::varchar, 8, '0') as phone, 1 as is_main, 1 as is_valid,
           on_day(floor(u(i, 'lead') * {plan.months})::bigint, 3) as _d from range({plan.cuts[4]}, {plan.cuts[5]}) t(i)
    """


def relationships(plan: Plan) -> str:
    """Legal representatives, finance contacts and shareholders among the persons; chains of companies; suppliers."""
    person = f"(5 * ((h.i * 37 + {{0}}) % {max(plan.cuts[0] // 5, 1)})) % {plan.cuts[0]}"
    rows = [
        ("legal_rep", person.format(11), "null", "company"), ("finance_contact", person.format(523), "null", "true"), ("executive", person.format(977), "null", "company and i % 2 = 0"),
        ("actual_controller", person.format(11), "null", "company and i % 3 > 0"), ("beneficial_owner", person.format(11), "0.6", "company and i % 3 > 0"),
        ("shareholder", person.format(11), "case when i % 4 = 1 then 0.4 else 0.6 end", "company"), ("shareholder", person.format(1409), "case when i % 4 = 1 then 0.25 else 0.4 end", "company"),
        ("shareholder", f"{plan.firms.start} + h.number // 4", "0.35", "company and i % 4 = 1 and number // 4 < number"),
        ("parent_company", f"{plan.firms.start} + h.number // 4", "null", "company and i % 4 = 1 and number // 4 < number"),
        ("supplier", f"{plan.firms.start} + h.supplier", "null", "supplier >= 0"),
    ]  # fmt: skip
    one = (
        "select party_key(i) as from_key, party_key(other) as to_key, '{0}' as type, ({2})::decimal(9, 6) as share, begins as from_date, null::date as to_date, "
        "0.95::decimal(9, 6) as confidence, '对公客户经理' as verified_by, begins as _d "
        "from (select h.*, greatest(h.since, coalesce(n.since, h.since)) as begins, {1} as other from holder h left join newcomer n on n.i = {1}) where {3}"
    )
    there = " union all ".join(one.format(*row) for row in rows)
    back = one.format("buyer", "-1", "null", "supplier >= 0").replace(
        "party_key(i) as from_key, party_key(other)", f"party_key({plan.firms.start} + supplier) as from_key, party_key(i)"
    )
    child = one.format("subsidiary", "-1", "null", "company and i % 4 = 1 and number // 4 < number").replace(
        "party_key(i) as from_key, party_key(other)", f"party_key({plan.firms.start} + number // 4) as from_key, party_key(i)"
    )
    return f"{there} union all {back} union all {child}"


def groups(plan: Plan) -> str:
    """Control groups (a parent with its subsidiaries), supply chains around a hub, groups of economic dependence."""
    first = plan.firms.start
    return f"""
    with member as (
        select 'KG' || (number // 4) as g, 'control_group' as kind, number // 4 as hub, i, '成员企业' as part, since from holder where company and i % 4 = 1 and number // 4 < number
        union all select 'SC' || supplier, 'supply_chain', supplier, i, '下游企业', since from holder where supplier >= 0 and supplier in (select supplier from holder where supplier >= 0 group by 1 having count(*) >= 3)
        union all select 'EG' || (number // 25), 'economic_group', number // 25 * 25, i, '经济依存企业', since from holder where company and number % 25 between 1 and 2
    ), everybody as (select g, kind, hub, i, part, 0 as head, since from member union all select distinct g, kind, hub, {first} + hub, '核心企业', 1, first_of(0) - 1 from member)
    select 'G' || g as group_key, kind, firm_name({first} + hub) || case kind when 'control_group' then '集团' when 'supply_chain' then '供应链' else '关联圈' end as name,
           party_key(i) as party_key, part as member_role, head as is_head, since as _d from everybody qualify row_number() over (partition by g, i order by head desc) = 1
    """


def accounts() -> str:
    """A basic account for every firm, and one for every loan."""
    return f"""
    with made as (
        select i * {A} as a, *, 'HQ101' as product, null::date as matures, 0.0005 as rate, null::bigint as fen, since as opened from holder
        union all by name
        select i * {A} + 60 as a, *, case when i % 3 = 0 then 'GD101' else 'LD101' end as product, first_of(0) + 1100 as matures, 0.0395 as rate, loan as fen, first_of(0) - 300 as opened from holder where loan > 0
        union all by name
        select i * {A} + 10 as a, *, 'DQ101' as product, first_of(0) + 1000 as matures, 0.0125 as rate, deposit as fen, first_of(0) - 80 as opened from holder where deposit > 0
        union all by name
        select i * {A} + 2 as a, *, 'BZ101' as product, 0.0005 as rate, margin as fen, first_of(0) - 120 as opened from holder where margin > 0
    )
    select account_key(a) as account_key, account_no(a) as account_no, product as product_key, party_key(i) as party_key, unit_key(100 + outlet) as unit_key, 'CNY' as currency,
           case when shut then 'closed' else 'open' end as status, case when a % {A} = 0 then case when i % 6 = 0 then 'general' else 'basic' end end as account_class, opened as opened_date,
           case when shut then left_date end as closed_date, case when fen > 0 then opened end as start_date, matures as maturity_date, rate::decimal(9, 6) as rate, yuan(fen) as principal, 0 as is_auto_renewed,
           null as statement_cycle, _d
    from (select *, opened as _d, false as shut from made union all by name select *, left_date as _d, true as shut from made where closed)
    """


def loans() -> str:
    """Corporate loans, interest only; a few become overdue."""
    base = f"""
    select 'D' || lpad((i * {A} + 60)::varchar, 12, '0') as loan_key, account_key(i * {A} + 60) as account_key, party_key(i) as party_key, case when i % 3 = 0 then 'GD101' else 'LD101' end as product_key,
           yuan(loan) as amount, yuan(loan) as balance, 'CNY' as currency, first_of(0) - 300 as granted_date, first_of(0) + 1100 as maturity_date, 46 as term_months, yuan(loan * 39500 // 12000000) as instalment,
           0.0395::decimal(9, 6) as rate, {{state}} as state, {{class}} as five_class, {{days}} as overdue_days, case when i % 3 = 0 then '厂房设备' else '日常周转' end as purpose,
           case when i % 2 = 0 then 'surety' else 'mortgage' end as guarantee_type, {{day}} as _d from holder where loan > 0"""
    late = (
        base.format(state="'running_overdue'", **{"class": "'special_mention'"}, days="35", day="on_day(overdue_from, 25)")
        + " and overdue_from < 9000"
    )
    return base.format(state="'running'", **{"class": "'pass'"}, days="0", day="first_of(0) - 1") + " union all " + late


def credit_lines() -> str:
    """A line for every borrower, somewhat larger than the loan."""
    return """
    select 'X' || lpad(i::varchar, 9, '0') as line_key, party_key(i) as party_key, yuan(loan * 3 // 2) as amount, yuan(loan) as used, 'CNY' as currency, first_of(0) - 320 as from_date,
           first_of(0) + 1100 as to_date, first_of(0) - 1 as _d from holder where loan > 0
    """


def guarantees(plan: Plan) -> str:
    """Sureties among companies: chains, and every third pair in which both have a loan stands surety for each other (互保)."""
    guarantor = f"{plan.firms.start} + (number * 5 + 3) % {plan.cuts[2] - plan.firms.start}"
    terms = "'surety' as type, yuan(loan) as amount, first_of(0) - 300 as from_date, first_of(0) + 1100 as to_date, first_of(0) - 1 as _d"
    return f"""
    with surety as (select i, number, loan, {guarantor} as guarantor from holder where loan > 0 and i % 2 = 0),
    back as (select g.i, s.number, g.loan, s.i as guarantor from surety s join holder g on g.i = s.guarantor and g.loan > 0 and g.i <> s.i where s.number % 3 = 0)
    select 'B' || lpad(i::varchar, 9, '0') as guarantee_key, party_key(guarantor) as guarantor_key,
           'D' || lpad((i * {A} + 60)::varchar, 12, '0') as loan_key, {terms} from surety
    union all
    select 'M' || lpad(guarantor::varchar, 9, '0') as guarantee_key, party_key(guarantor) as guarantor_key,
           'D' || lpad((i * {A} + 60)::varchar, 12, '0') as loan_key, {terms} from back
    """


def payroll_agreements(plan: Plan) -> str:
    """The employers that pay through the bank, with their head count."""
    return f"""
    select 'Y' || lpad(number::varchar, 7, '0') as agreement_key, party_key(i) as party_key, account_key(i * {A}) as account_key, greatest(since, first_of(0) - 700) as from_date, null::date as to_date,
           coalesce((select heads from headcount c where c.employer = number), 0) as headcount, first_of(0) - 1 as _d from holder where number < {plan.employers}
    """


def merchants(plan: Plan) -> str:
    """Acquiring merchants: the sole traders and every fourth company."""
    return f"""
    select 'Q' || lpad(i::varchar, 9, '0') as merchant_key, party_key(i) as party_key, name, case when trader then '零售' else '商贸' end as category, account_key(i * {A}) as account_key,
           since + 10 as opened_date, case when closed then left_date end as closed_date, since + 10 as _d from holder where (trader or i % 4 = 0) and (left_date is null or left_date > since + 10)
    """


def merchant_volumes(plan: Plan, volume: str) -> str:
    """Monthly acquiring volume; `volume` is an expression in fen per merchant and month."""
    return f"""
    select 'Q' || lpad(i::varchar, 9, '0') as merchant_key, first_of(m) as month, 20 + (u(i, m) * 400)::bigint as count, yuan(({volume})::bigint) as amount, yuan((({volume}) * 0.0038)::bigint) as fee,
           first_of(m + 1) - 1 as _d
    from holder, range({plan.months}) t(m) where (trader or i % 4 = 0) and first_of(m) >= since + 10 and (left_date is null or first_of(m + 1) <= left_date)
    """


def rm_assignments() -> str:
    """Two corporate RMs at each sub-branch."""
    return """
    select party_key(i) as party_key, staff_no(4000000 + (outlet % subs) * 10 + 1 + i % 2) as staff_no, 'main' as role, greatest(since, first_of(0) - 500) as from_date,
           null::date as to_date, since as _d from holder, (select sub_branches as subs from scale)
    """


def firm_contacts() -> str:
    """Visits of the corporate RMs, about every fifth firm in a month."""
    return """
    select 'I' || lpad(i::varchar, 9, '0') || lpad(m::varchar, 3, '0') || '99' as interaction_key, party_key(i) as party_key,
           moment(on_day(m, 3 + (u(i, m) * 24)::bigint), 32400 + (u(i, m + 500) * 28000)::bigint) as at, case when u(i, m + 900) < 0.6 then 'visit' else 'phone' end as channel, 'out' as direction,
           staff_no(4000000 + (outlet % subs) * 10 + 1 + i % 2) as staff_no, 'visit' as purpose, 'reached' as outcome, null as subject,
           pick_say_firm(u(i, m + 700)) as text, 600 + (u(i, m) * 3000)::bigint as seconds, on_day(m, 3 + (u(i, m) * 24)::bigint) as _d
    from holder, range((select months from scale)) t(m), (select sub_branches as subs from scale) where u(i, m + 300) < 0.2 and since < on_day(m, 1) and (left_date is null or left_date > on_day(m, 28))
    """
