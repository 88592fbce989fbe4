"""What profiles say of growth, channels, dues and services is what the marts and the landed files say, asked in plain SQL."""

from __future__ import annotations

from zhike.insight.profile_fields import FIELDS
from zhike.insight.profile_further import FURTHER
from zhike.insight.tests.computed import Computed, computed

__all__ = ["computed"]


def test_every_field_has_words_a_source_and_a_column(computed: Computed) -> None:
    assert len(FIELDS) >= 150 and len({field.key for field in FIELDS}) == len(FIELDS)
    assert all(str(field.label) and field.source for field in FURTHER)
    assert {row[0] for row in computed.ask("describe profile")} == {"party_id", *(field.key for field in FIELDS)}


def test_nearly_every_field_says_something_of_somebody(computed: Computed) -> None:
    silent = [field.key for field in FURTHER if computed.ask(f"select count({field.key}) from profile") == [(0,)]]
    assert silent == ["initiated_change_3m"], "it compares two quarters; the sample bank has one"


def test_growth_compares_with_the_opening_of_the_period(computed: Computed) -> None:
    wrong = computed.ask(
        """select count(*) from profile p join customer_month m on m.party_id = p.party_id and m.month = '2026-09-01'
           join customer_month f on f.party_id = p.party_id and f.month = '2026-07-01'
           where p.aum_growth_1m is distinct from case when m.aum_opening > 0 then least(round((p.aum - m.aum_opening) / m.aum_opening::double, 6), 9999) end
              or (f.aum_opening > 0 and abs(p.aum_growth_3m - least((p.aum - f.aum_opening)::double / f.aum_opening, 9999)) > 0.000001)
              or p.lum_change_12m <> p.lum - f.lum_opening"""
    )
    assert wrong == [(0,)]
    extremes = """select count(*) from profile p join (select party_id, min(aum) as low, max(aum) as high from customer_month group by 1) m using (party_id)
        where (aum_low_12m, aum_high_12m) is distinct from (m.low, m.high)"""
    assert computed.ask(extremes) == [(0,)]


def test_channels_are_counted_as_the_months_have_them(computed: Computed) -> None:
    sums = "sum(mobile), sum(online), sum(atm), sum(pos), sum(visits), sum(contacts)"
    fields = "sum(mobile_12m), sum(online_12m), sum(atm_12m), sum(pos_12m), sum(visits_12m), sum(contacts_12m)"
    assert computed.ask(f"select {fields} from profile") == computed.ask(f"select {sums} from customer_month")
    assert computed.ask("select count(*) from profile where (main_channel is null) <> (greatest(mobile_12m, online_12m, atm_12m, pos_12m, counter_12m - visits_12m) = 0)") == [(0,)]  # fmt: skip
    assert computed.ask("select count(*) from profile where digital_share_12m not between 0 and 1") == [(0,)]


def test_services_are_those_of_the_registers(computed: Computed) -> None:
    assert computed.ask("select sum(debit_cards) + sum(credit_cards) from profile") == computed.ask(
        "select count(*) from (select arg_max(status, filename) as status, arg_max(closed_date, filename) as closed from landed_cards group by card_key) where status <> 'closed' and closed is null"
    )
    assert computed.ask("select count(*) from profile where credit_cards > 0 and not holds_credit_card") == [(0,)]
    assert computed.ask("select sum(complaints_12m) from profile") == computed.ask(
        "select count(distinct case_key) from landed_cases where kind = 'complaint'"
    )


def test_what_falls_due_sooner_is_part_of_what_falls_due_later(computed: Computed) -> None:
    assert computed.ask("select count(*) from profile where not (maturing_30d <= maturing_90d and maturing_90d <= maturing_12m)") == [(0,)]
    assert computed.ask("select count(*) from profile where (maturing_count_90d > 0) <> (maturing_90d > 0)") == [(0,)]
