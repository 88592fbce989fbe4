"""Customers as the bank's systems know them: who they are, their household, who looks after them."""

from __future__ import annotations

import ibis

from zhike.insight.sources import known_last
from zhike.insight.staging.texts import day, first, flag

_TEXTS = ("kind", "sex", "education", "marital_status", "income_band", "region", "industry", "size_class", "unit_key")


def _of_customers(rows: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """Rows with a `party_key` of whom Zhike knows which customer it is."""
    mine = keys.rename(_key_source="source")
    return rows.join(mine, [rows["_source"] == mine["_key_source"], rows["party_key"] == mine["external_key"]]).drop(
        "_key_source", "external_key"
    )


def customer(raw_parties: ibis.Table, keys: ibis.Table, household: ibis.Table, control_group: ibis.Table, manager: ibis.Table, risk_profile: ibis.Table) -> ibis.Table:  # fmt: skip
    """One row per customer. Of several records of one customer the one that is a customer the longest says who she is."""
    rows = _of_customers(known_last(raw_parties, "parties"), keys)
    typed = rows.select(
        "party_id", "party_key", *_TEXTS, status=rows["status"].fill_null("customer"), birth_date=day(rows["birth_date"]),
        since_date=day(rows["since_date"]), left_date=day(rows["left_date"]), is_staff=flag(rows["is_staff"]),
    )  # fmt: skip
    one = first(typed, typed["party_id"], typed["since_date"].isnull(), typed["since_date"], typed["party_key"]).drop("party_key")
    for more in (household, control_group, manager, risk_profile):
        one = one.left_join(more, "party_id").drop("party_id_right")
    return one.order_by("party_id")  # the profile keeps this order, in which PostgreSQL's indexes grow at their end


def household(raw_party_groups: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """One row per customer with a household: its key and how many customers belong to it."""
    rows = _of_customers(known_last(raw_party_groups, "party_groups").filter(lambda t: t["kind"] == "household"), keys)
    member = rows.group_by("party_id").agg(household_key=rows["group_key"].min())
    size = member.group_by("household_key").agg(household_size=member["party_id"].count().cast("int32"))
    return member.join(size, "household_key").select("party_id", "household_key", "household_size")


def control_group(raw_party_groups: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """One row per customer in a group of companies under one control: the group's key; of several the first. The other kinds of corporate groups
    are never mixed with it (domain §2.1)."""
    rows = _of_customers(known_last(raw_party_groups, "party_groups").filter(lambda t: t["kind"] == "control_group"), keys)
    return rows.group_by("party_id").agg(control_group_key=rows["group_key"].min())


def manager(raw_rm_assignments: ibis.Table, keys: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer with a main relationship manager on the business date."""
    known = known_last(raw_rm_assignments, "rm_assignments").filter(lambda t: t["role"] == "main").cross_join(clock.select("as_of"))
    begun = known.filter(day(known["from_date"]) <= known["as_of"])
    now = begun.filter(day(begun["to_date"]).isnull() | (day(begun["to_date"]) > begun["as_of"]))
    rows = _of_customers(now, keys)
    return first(rows, rows["party_id"], rows["from_date"].desc(), rows["staff_no"]).select("party_id", "staff_no")


def risk_profile(raw_risk_profiles: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """One row per customer who was assessed: the last risk profile."""
    rows = _of_customers(known_last(raw_risk_profiles, "risk_profiles"), keys)
    one = first(rows, rows["party_id"], rows["assessed_date"].desc(), rows["level"].desc())
    return one.select("party_id", risk_level=one["level"], risk_valid_to=day(one["valid_to_date"]))
