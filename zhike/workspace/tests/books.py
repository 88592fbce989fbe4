"""Whose customer is whose in the sample bank: what tests about people ask the database, as the job role."""

from __future__ import annotations

from typing import Any

from zhike.testing.databases import Bank
from zhike.testing.people import Cast


def book_of(bank: Bank, people: Cast, login: str) -> list[tuple[int, str, str]]:
    """(id, name, customer number) of the customers whose main manager this person is, richest first."""
    return rows(
        bank,
        """select p.id, p.name, p.customer_no from parties_party p join access_employee e on e.id = p.main_rm_id
           left join lateral (select max(aum) aum from holdings_summary s where s.party_id = p.id) s on true
           where e.staff_no = %s and p.status = 'customer' and p.kind = 'individual' order by s.aum desc nulls last, p.id""",
        people[login].staff_no,
    )


def only_in_book_of(bank: Bank, people: Cast, login: str, *, not_of: str) -> tuple[int, str, str]:
    """The richest customer whom one of two people looks after and the other does not, not even as assisting."""
    other = {
        key
        for (key,) in rows(
            bank,
            "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s",
            people[not_of].staff_no,
        )
    }
    return next(row for row in book_of(bank, people, login) if row[0] not in other)


def rows(bank: Bank, sql: str, *values: Any) -> list[Any]:
    """What a statement gives under the job role."""
    with bank.connected("job") as connection:
        return connection.execute(sql, values).fetchall()


def one(bank: Bank, sql: str, *values: Any) -> Any:
    """The first value of the first row."""
    return rows(bank, sql, *values)[0][0]
