"""Feeds about contact: consents, risk profiles, what was talked about, complaints, log-ins and visits, fees.

Texts follow from what happened in the simulation, never from the hidden truth: a call after a lost salary speaks of it, and so on.
"""

from __future__ import annotations

from zhike.samplebank.life import EVENT_NO
from zhike.samplebank.plan import Plan

_PICKS = {
    "contact": "case when r.reason = 2 and e.month >= r.started then pick_say_competitor(x) when r.reason = 4 and e.month >= r.started then pick_say_salary(x) "
    "when y < 0.4 then pick_say_care(x) when y < 0.62 then pick_say_maturity(x) else pick_say_sales(x) end",
    "rival_offer": "pick_say_competitor(x)", "complaint": "pick_say_complaint_good(x)", "complaint_bad": "pick_say_complaint(x)", "moved": "pick_say_moved(x)",
    "wedding": "pick_say_wedding(x)", "child": "pick_say_child(x)", "outage_hit": "pick_say_outage(x)",
}  # fmt: skip
_HEARD = {
    "contact": 1.0,
    "rival_offer": 0.35,
    "complaint": 0.8,
    "complaint_bad": 0.8,
    "moved": 0.6,
    "wedding": 0.25,
    "child": 0.25,
    "outage_hit": 0.12,
}


def interactions() -> str:
    """Calls, visits and messages with a short text, some days after what gave the reason."""
    numbers = {EVENT_NO[name]: name for name in _PICKS}
    text = "case e.event " + " ".join(f"when {no} then {_PICKS[name]}" for no, name in numbers.items()) + " end"
    heard = "case e.event " + " ".join(f"when {no} then {_HEARD[name]}" for no, name in numbers.items()) + " else 0 end"
    inward = f"e.event in ({EVENT_NO['rival_offer']}, {EVENT_NO['moved']}, {EVENT_NO['outage_hit']})"
    return f"""
    with said as (
        select *, h(e.party, e.month * 16 + e.event) as key, u(e.party * 512 + e.month, e.event) as x, u(e.party * 512 + e.month, e.event + 50) as y from event e
    ), e as (select *, on_day(month, day) + case when event = {EVENT_NO["contact"]} then 0 else (x * 3)::integer end as at_day from said e where y < {heard} or event = {EVENT_NO["contact"]})
    select 'I' || lpad(e.party::varchar, 9, '0') || lpad(e.month::varchar, 3, '0') || lpad(e.event::varchar, 2, '0') as interaction_key, party_key(e.party) as party_key,
           moment(at_day, 32400 + (u(e.party, e.month) * 28000)::bigint) as at,
           case when {inward} then 'phone' when y < 0.5 then 'phone' when y < 0.68 then 'branch_visit' when y < 0.8 then 'wechat' when y < 0.9 then 'visit' else 'sms' end as channel,
           case when {inward} then 'in' else 'out' end as direction,
           staff_no(10000 + p.outlet * 10 + case when not p.managed then 4 when gone.i is null then p.i % 2 else 0 end) as staff_no,
           case when e.event in ({EVENT_NO["complaint"]}, {EVENT_NO["complaint_bad"]}) then 'complaint_follow_up' when {inward} then 'enquiry' when y < 0.4 then 'care' when y < 0.62 then 'maturity' else 'sales' end as purpose,
           case when {inward} then 'reached' when x < 0.18 and e.event = {EVENT_NO["contact"]} then 'no_answer' when y > 0.62 and x > 0.75 then 'intent' else 'reached' end as outcome,
           null as subject, case when x < 0.18 and e.event = {EVENT_NO["contact"]} then '电话未接通。' else {text} end as text, 40 + (x * 500)::bigint as seconds, at_day as _d
    from e join holder p on p.i = e.party join fate r on r.party = e.party left join staff gone on gone.i = 10000 + p.outlet * 10 + p.i % 2 and gone.leaves <= at_day
    """


def cases() -> str:
    """Complaints (a badly handled one stays open for weeks), enquiries and requests. A case is written again when it closes."""
    good, bad = EVENT_NO["complaint"], EVENT_NO["complaint_bad"]
    return f"""
    with c as (
        select party, month, on_day(month, day) as opened, event = {bad} as bad, month = (select outage_month from scale) as outage, u(party * 512 + month, 'case') as x from event
        where event in ({good}, {bad})
    ), all_cases as (
        select 'C' || lpad(party::varchar, 9, '0') || lpad(month::varchar, 3, '0') as case_key, party, opened, opened + case when bad then 24 + (x * 20)::integer else 2 + (x * 6)::integer end as closed,
               'complaint' as kind, case when outage then 'channel' when x < 0.4 then 'service' when x < 0.6 then 'fee' when x < 0.8 then 'product' else 'channel' end as category,
               case when outage then pick_case_channel(u(party, 'c1')) when x < 0.4 then pick_case_service(u(party, 'c1')) when x < 0.6 then pick_case_fee(u(party, 'c1'))
                    when x < 0.8 then pick_case_product(u(party, 'c1')) else pick_case_channel(u(party, 'c1')) end as text, case when bad then '客户不接受' else '客户满意' end as outcome, x from c
        union all
        select 'C' || lpad(p.i::varchar, 9, '0') || 'Q' || m, p.i, on_day(m, 1 + (u(p.i, m) * 27)::bigint) as opened, on_day(m, 1 + (u(p.i, m) * 27)::bigint) + 1,
               case when u(p.i, m + 100) < 0.5 then 'enquiry' else 'request' end, 'service',
               case when u(p.i, m + 100) < 0.5 then pick_case_enquiry(u(p.i, m + 200)) else pick_case_request(u(p.i, m + 200)) end, '已办结', u(p.i, m + 300)
        from holder p, range((select months from scale)) t(m) where u(p.i * 512 + m, 'enquires') < 0.008 and on_day(m, 1) > since and (not closed or on_day(m, 27) < left_date)
    ), version as (select *, opened as _d, false as done from all_cases union all by name select *, closed as _d, true as done from all_cases)
    select case_key, party_key(party) as party_key, moment(opened, 32400 + (x * 28000)::bigint) as opened_at, case when done then moment(closed, 36000 + (x * 20000)::bigint) end as closed_at,
           kind, category, case when x < 0.5 then 'phone' when x < 0.75 then 'counter' else 'mobile_app' end as channel, text, case when done then outcome end as outcome, _d from version
    """


def channel_events(plan: Plan) -> str:
    """Log-ins and visits, at most three a month and person; fewer before a customer leaves, failed ones on the day of the outage."""
    fails = f"(m = {plan.outage_month} and t.n = 0 and hit.party is not null)"
    return f"""
    with live as (
        select p.i, m, p.digital, case when f.born_asleep = 1 then 0.02 when m > f.started then greatest(0.9 - 0.3 * (m - f.started), 0.0) else 1.0 end as act
        from holder p join fate f on f.party = p.i, range({plan.months}) t(m) where m > p.joined and (not closed or on_day(m, 1) < left_date)
    ), e as (
        select l.*, t.n, l.i * 4096 + m * 8 + t.n as key, u(l.i * 4096 + m * 8 + t.n, 'event') as x, hit.party is not null as was_hit,
               {fails} as failed
        from live l cross join range(3) t(n) left join (select distinct party from event where event = {EVENT_NO["outage_hit"]}) hit on hit.party = l.i and m = {plan.outage_month}
        where u(l.i * 4096 + m * 8 + t.n, 'happens') < act * (0.15 + 0.6 * digital) or {fails}
    ), dated as (
        select *, case when failed then on_day(m, 18) else on_day(m, 1) + floor(x * (on_day(m + 1, 1) - on_day(m, 1)))::integer end as day, u(key, 'kind') as y from e
    )
    select 'V' || lpad(key::varchar, 14, '0') as event_key, party_key(i) as party_key, moment(day, 25200 + (u(key, 'at') * 57600)::bigint) as at,
           case when failed or y < digital then 'mobile_app' when y < 0.9 then 'counter' else 'online_bank' end as channel,
           case when failed then 'login_failed' when y < digital * 0.65 then 'login' when y < digital then 'browse' when y < 0.9 then 'counter_visit' else 'login' end as kind,
           case when failed then '系统繁忙' when y between digital * 0.65 and digital then list_extract(['理财', '存款', '贷款', '信用卡', '转账', '活动', '基金'], 1 + (key % 7))
                when y < 0.9 and y >= digital then list_extract(['存取款', '办卡', '咨询', '转账', '挂失'], 1 + (key % 5)) end as detail,
           10 + (u(key, 'long') * 600)::bigint as seconds, day as _d
    from dated where not exists (select 1 from holder h where h.i = dated.i and h.left_date <= dated.day)
    """


def consents() -> str:
    """Consent per purpose and channel; some are withdrawn later."""
    return """
    with asked as (
        select i, since, q, c, u(i * 8 + n, 'consent') as x
        from holder cross join (values (0, 'service', 'sms'), (1, 'marketing', 'sms'), (2, 'marketing', 'phone'), (3, 'marketing', 'wechat')) t(n, q, c)
        where u(i * 8 + n, 'asked') < 0.75
    ), v as (
        select i, q, c, case when x < 0.78 then 'given' else 'withdrawn' end as state, since as day from asked
        union all
        select i, q, c, 'withdrawn', on_day(floor(u(i, 'withdraws when') * (select months from scale))::bigint, 13) from asked where x < 0.03 and since < first_of(0)
    )
    select party_key(i) as party_key, q as purpose, c as channel, state, moment(day, 36000 + (i % 20000)) as at, 'V' || (2020 + year(day) % 4) as notice_version,
           null::date as expires_date, case when state = 'given' then '柜面签署' else '客户来电' end as evidence, day as _d from v
    """


def risk_profiles() -> str:
    """The questionnaire of whoever invests or is well off: the first at the counter, later ones mostly in the app; valid for a year, renewed late by some.
    What was told before the opening is told with it."""
    return """
    select party_key(i) as party_key, 'C' || least(5, greatest(1, 1 + floor(u(i, 'risk') * 3.2 + case when wealth > 20000000 then 1.2 else 0 end - case when age > 60 then 0.8 else 0 end)::integer)) as level,
           day as assessed_date, day + 365 as valid_to_date, case when u(i, 'risk how') < 0.6 and not is_first then 'self' else 'staff' end as method,
           case when u(i, 'risk how') < 0.6 and (not is_first or u(i, 'risk remote') < 0.05) then 'mobile_app' else 'counter' end as place,
           case when u(i, 'risk years') < 0.9 then floor(u(i, 'risk years') * 20)::integer end as experience_years,
           case when wealth > 20000000 and u(i, 'risk type') < 0.1 then 'professional' else 'ordinary' end as investor_type,
           case when wealth > 60000000 and u(i, 'qualified') < 0.5 then case when u(i, 'qualified') < 0.3 then 'assets' else 'income' end end as qualified_by,
           case when wealth > 60000000 and u(i, 'qualified') < 0.5 then day end as qualified_date,
           case when wealth > 60000000 and u(i, 'qualified') < 0.5 then case when u(i, 'qualified') < 0.3 then '金融资产证明' else '收入证明' end end as evidence,
           (u(i, 'risk agreed') < 0.2)::integer as is_remote_agreed, day as _d
    from (select *, n = 0 as is_first, greatest(first_of(0) - (u(i, 'risk when') * 360)::integer, since) + n * 372 as day from holder, unnest([0, 1]) as t(n)
          where wealth > 3000000 and u(i, 'assessed') < 0.7) where left_date is null or day < left_date
    qualify row_number() over (partition by i, day) = 1
    """


def fees(plan: Plan) -> str:
    """Account fees, often waived for the better customers, once a quarter, and card annual fees."""
    return f"""
    select 'F' || lpad(i::varchar, 9, '0') || lpad(m::varchar, 3, '0') as fee_key, party_key(i) as party_key, account_key(demand_of(i)) as account_key, on_day(m, 21) as fee_date,
           yuan(300 + 200 * (i % 3)) as amount, 'CNY' as currency, case when i % 3 = 0 then 'sms_notice' else 'account_management' end as kind,
           yuan(300 + 200 * (i % 3)) as waived, on_day(m, 21) as _d
    from holder, range({plan.months}) t(m) where m % 3 = 2 and wealth < 5000000 and u(i, 'has fee') < 0.25 and since < on_day(m, 1) and (left_date is null or left_date > on_day(m, 21))
    """


def standing_orders() -> str:
    """Rent and saving orders to other banks, ended when the customer leaves."""
    return """
    select 'S' || lpad(i::varchar, 9, '0') || case when ends is null then '' else '' end as order_key, account_key(demand_of(i)) as account_key, yuan((income * 0.1)::bigint // 10000 * 10000 + 10000) as amount,
           'CNY' as currency, pick_other_banks(u(i, 'so bank')) as counterparty_bank, '62' || digits(i, 'so', 17) as counterparty_account,
           case when i % 3 = 0 then 'rent' when i % 3 = 1 then 'saving' else 'insurance' end as code, 'WTKK' as source_code, 'monthly' as frequency, greatest(since, first_of(0) - 600) as from_date, ends as to_date,
           coalesce(ends, since) as _d
    from (select *, null::date as ends from holder where joined < 0 and u(i, 'orders') < 0.14 union all select *, left_date from holder where joined < 0 and closed and u(i, 'orders') < 0.14)
    """
