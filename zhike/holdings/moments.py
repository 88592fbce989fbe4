"""What moved in a customer's holdings as moments of her timeline, and what falls due. The first argument is the viewer.

Her accounts are those she owns alone or jointly; each moment is one row of one statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer, seen_where
from zhike.core.moments import Ahead, Asked, Moment
from zhike.holdings import labels
from zhike.holdings.rules import LARGE

ACCOUNT, MONEY = 2, 3
MOST_AHEAD = 5
BOOKED_WITHIN = timedelta(days=7)  # a posting is booked at most so much later than it happened; bounds the months that are looked at

_MINE = """
mine as (
    select a.* from holdings_account a join (
        select id from holdings_account where party_id = %(party)s
        union select account_id from holdings_accountrole where party_id = %(party)s and valid_to is null and role in ('owner', 'joint_holder')) o
      on o.id = a.id
    where a.valid_to is null and exists (select 1 from parties_party p where p.id = %(party)s and {seen}))
"""
_ACCOUNTS = f"""
with {_MINE}
select x.at, x.id, x.what, x.account_id, coalesce(p.name, ''), x.number, x.amount, x.currency
from (
    select m.opened_date::timestamp at time zone %(zone)s as at, m.id * 4 as id, 'opened' as what, m.id as account_id, m.product_id,
        m.account_no_masked as number, m.principal as amount, m.currency from mine m where m.opened_date is not null
    union all select m.closed_date::timestamp at time zone %(zone)s, m.id * 4 + 2, 'closed', m.id, m.product_id, m.account_no_masked, null, m.currency
        from mine m where m.closed_date is not null
    union all select m.maturity_date::timestamp at time zone %(zone)s, m.id * 4 + 1, 'matured', m.id, m.product_id, m.account_no_masked,
        m.principal, m.currency from mine m where m.maturity_date is not null) x
left join products_product p on p.id = x.product_id
where (x.at, x.id) < (%(past_at)s, %(past_id)s) and (%(words)s = '' or p.name ilike %(like)s)
order by x.at desc, x.id desc limit %(most)s
"""  # noqa: S608 - put together from what stands here
_LARGE = f"""
with {_MINE}
select x.* from (
    select coalesce(t.at, t.booking_date::timestamp at time zone %(zone)s) as moment, t.id, t.at is null, t.direction, t.amount, t.currency,
        coalesce(t.summary, ''), coalesce(t.counterparty_name, ''), coalesce(t.counterparty_account_masked, ''), coalesce(t.code, ''),
        coalesce(t.channel, ''), t.account_id
    from mine m join holdings_transaction t on t.account_id = m.id
    where t.amount >= %(large)s and t.booking_date <= %(past_day)s
      and (%(words)s = '' or t.summary ilike %(like)s or t.counterparty_name ilike %(like)s)) x
where (x.moment, x.id) < (%(past_at)s, %(past_id)s) order by x.moment desc, x.id desc limit %(most)s
"""  # noqa: S608 - put together from what stands here
_AHEAD = f"""
with {_MINE}
select x.day, x.what, coalesce(p.name, ''), x.amount, x.currency, x.account_id from (
    select m.maturity_date as day, 'account' as what, m.product_id, coalesce(m.balance, m.principal) as amount, m.currency, m.id as account_id
        from mine m where m.status <> 'closed' and m.maturity_date between %(today)s and %(until)s
          and not exists (select 1 from holdings_loan l where l.account_id = m.id)
    union all select l.maturity_date, 'loan', l.product_id, coalesce(l.balance, l.amount), l.currency, l.account_id
        from holdings_loan l where l.party_id = %(party)s and l.valid_to is null and l.state not like 'finished%%'
          and l.maturity_date between %(today)s and %(until)s) x
left join products_product p on p.id = x.product_id order by x.day, x.account_id limit %(most)s
"""  # noqa: S608 - put together from what stands here
_WORDS: Mapping[str, str] = {"opened": "wallet", "closed": "circle-x", "matured": "hourglass"}


def accounts(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Accounts opened, closed and fallen due (accounts.read)."""
    if not viewer.may("accounts.read"):
        return []
    titles = {"opened": _("Account opened"), "closed": _("Account closed"), "matured": _("Fell due")}
    return [
        Moment(
            at, ACCOUNT, key, "account", _WORDS[what], titles[what], product, href=reverse("account", args=[account]), is_day=True,
            amount=amount, currency=currency, chips=(number,) if number else (),
        )
        for at, key, what, account, product, number, amount, currency in _rows(viewer, _ACCOUNTS, party_id, asked, ACCOUNT)
    ]  # fmt: skip


def large(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Postings of `rules.LARGE` and more, in and out (transactions.read)."""
    if not viewer.may("transactions.read"):
        return []
    return [_posting(*row) for row in _rows(viewer, _LARGE, party_id, asked, MONEY)]


def _posting(
    at: datetime, key: int, is_day: bool, direction: str, amount: Any, currency: str, summary: str, with_whom: str, number: str, code: str,
    channel: str, account: int,
) -> Moment:  # fmt: skip
    came = direction == "credit"
    what = summary or str(labels.word(labels.KINDS_OF_POSTING, code)) or _("Transaction")
    chips = (with_whom if with_whom != what else "", number, labels.word(labels.CHANNELS, channel))
    return Moment(
        at, MONEY, key, "money", "arrow-down-left" if came else "arrow-up-right", _("Large amount in") if came else _("Large amount out"), what,
        href=reverse("account", args=[account]), is_day=is_day, amount=amount, currency=currency, chips=tuple(chip for chip in chips if chip),
    )  # fmt: skip


def ahead(viewer: Viewer, party_id: int, today: date, until: date) -> list[Ahead]:
    """What falls due from today on, the nearest five (accounts.read)."""
    if not viewer.may("accounts.read"):
        return []
    where = seen_where(viewer)
    asked = {**where.values, "party": party_id, "today": today, "until": until, "most": MOST_AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD.format(seen=where.sql), asked)
        return [
            Ahead(
                day, "coin" if what == "loan" else "hourglass", product or (_("Loan") if what == "loan" else _("Account")),
                reverse("account", args=[account]) if account else "", amount, currency,
            )
            for day, what, product, amount, currency, account in cursor.fetchall()
        ]  # fmt: skip


def _rows(viewer: Viewer, statement: str, party_id: int, asked: Asked, rank: int) -> list[Any]:
    where = seen_where(viewer)
    at, key = asked.bound(rank)
    words = "%".join(asked.words.replace("\\", "").replace("%", "").replace("_", r"\_").split())
    values = {
        **where.values, "party": party_id, "zone": settings.TIME_ZONE, "past_at": at, "past_id": key, "past_day": timezone.localdate(at) + BOOKED_WITHIN,
        "words": words, "like": f"%{words}%", "most": asked.most + 1, "large": LARGE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement.format(seen=where.sql), values)
        return list(cursor.fetchall())
