"""Makes a whole sample bank: simulates chunk by chunk with NumPy, words it with DuckDB, writes the batch files and the hidden truth."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zhike.insight import warehouse
from zhike.samplebank import contacts, duplicates, facts, firm_facts, outsiders
from zhike.samplebank.fate import NEVER, REASONS
from zhike.samplebank.files import BatchFiles, refuse_used, remove_scratch
from zhike.samplebank.firms import Firms
from zhike.samplebank.flows import KIND_NO
from zhike.samplebank.journal import know_kinds, write_journal
from zhike.samplebank.life import Life
from zhike.samplebank.people import BLOCK, People, people
from zhike.samplebank.plan import ACCOUNTS_PER_PARTY, Chance, Ints, Plan
from zhike.samplebank.reference import write_reference
from zhike.samplebank.savings import DEPOSIT_SLOT
from zhike.samplebank.vocabulary import teach
from zhike.samplebank.words import EXTERNAL_EMPLOYERS

CHUNK_CELLS = 180_000  # persons × months simulated at once: what bounds the memory
Progress = Callable[[str, int, int], None]  # step, done, of how many


@dataclass(frozen=True)
class Made:
    """What came out: rows per feed, bytes of all files, seconds, peak memory of the process in bytes."""

    rows: dict[str, int]
    bytes: int
    seconds: float
    memory: int
    batches: int


class Maker:
    """Holds what one making needs: plan, engine, files, and what persons hand over to their employers."""

    def __init__(self, plan: Plan, root: Path, zipped: bool, memory: str) -> None:
        self.plan, self.root, self.chance = plan, root, Chance(plan.seed)
        self.scratch = root / ".scratch"
        self.con: duckdb.DuckDBPyConnection = warehouse.connect(memory=memory, threads=2, temp=self.scratch)
        self.con.execute("set preserve_insertion_order = true")  # equal plans give equal bytes
        self.con.execute("set temp_file_encryption = false")  # nothing here is about a real person
        self.files = BatchFiles(self.con, plan, root, zipped)
        self.payroll = np.zeros((plan.employers, plan.months, 32), dtype=np.int64)
        self.heads = np.zeros(plan.employers, dtype=np.int64)
        self._truth: dict[str, pq.ParquetWriter] = {}
        teach(self.con, plan)
        know_kinds(self.con)

    def write_truth(self, truth: pa.Table) -> None:
        """Append to the hidden truth, which no feed shows and only evaluation reads."""
        self.con.register("truth", truth)
        names = "[" + ", ".join(f"'{r}'" for r in REASONS) + "]"
        table = self.con.sql(
            "select party_key(party) as party_key, first_of(month) as month, hazard_ppm / 1e6 as hazard, response_ppm / 1e6 as response, yuan(contribution) as contribution, "
            f"yuan(future_contribution) as future_contribution, {names}[reason + 1] as reason, ['staying', 'leaving', 'left', 'asleep'][state + 1] as state from truth order by party, month"
        ).to_arrow_table()
        self._append_truth("truth", table)

    def _append_truth(self, name: str, table: pa.Table) -> None:
        if name not in self._truth:
            (self.root / "truth").mkdir(exist_ok=True)
            self._truth[name] = pq.ParquetWriter(self.root / "truth" / f"{name}.parquet", table.schema)
        self._truth[name].write_table(table)

    def firms_first(self) -> None:
        """Names and account numbers of firms, which persons' salaries refer to."""
        first, last = self.plan.firms.start, self.plan.cuts[2]
        self.con.execute(
            f"create or replace table firm as select i - {first} as e, i as party, firm_name(i) || case when dup > 0 then '(' || (dup + 1) || ')' else '' end as title, account_no(demand_of(i)) as firm_account "
            f"from (select i, row_number() over (partition by firm_name(i) order by i) - 1 as dup from range({first}, {self.plan.firms.stop}) t(i))"
        )
        self.con.execute(f"create or replace table firm_pick as select n as pick_no, {first} + n as fi from range({last - first}) t(n)")
        self.con.execute(outsiders.table(self.plan))
        self._append_truth("outside", self.con.sql(outsiders.TRUTH.format(employers=EXTERNAL_EMPLOYERS)).to_arrow_table())
        self.con.execute("create or replace table newcomer (i bigint, since date)")  # heads of families who joined after the opening

    def persons(self, lo: int, hi: int) -> None:
        """Simulate and write the persons and sole traders lo..hi."""
        life = Life(self.plan, self.chance, people(self.plan, self.chance, lo, hi))
        life.run()
        flow = life.flows.table()
        self._register(life)
        self._pay(life)
        self._feeds()
        write_journal(self.con, self.files, flow, _opening(life))
        self._payroll_details()
        self._plant(duplicates.PERSONS)
        self.write_truth(life.fate.truth.table())

    def _register(self, life: Life) -> None:
        p = life.people
        columns = {f.name: getattr(p, f.name) for f in fields(People)}
        self.con.register("person", pa.table({"i": columns.pop("index"), **columns}))
        self.con.register("event", life.events.table())
        self.con.register("td", life.deposits.log.table())
        self.con.register("position", life.portfolio.log.table())
        self.con.register("loan_state", life.borrowing.log.table())
        card = life.borrowing.has_card
        clear = life.borrowing.card_debt[card] == 0
        self.con.register("credit_card", pa.table({"i": p.index[card], "limit_fen": life.borrowing.limit[card], "clear": clear}))
        self.con.register("dollar", pa.table({"i": p.index[life.dollars > 0]}))
        f = life.fate
        self.con.register(
            "fate",
            pa.table(
                {
                    "party": p.index,
                    "started": f.started,
                    "ends": np.minimum(f.ends, NEVER),
                    "sleeps": f.sleeps.astype(np.int64),
                    "reason": f.reason,
                    "born_asleep": f.born_asleep.astype(np.int64),
                }
            ),
        )
        months = self.plan.months
        self.con.execute(facts.HOLDER.replace("ends < 9000", f"ends < {months}"))
        self.con.execute(f"insert into newcomer select i, since from holder where joined >= 0 and i % {BLOCK} = 0")

    def _pay(self, life: Life) -> None:
        """Add up what each employer pays on which day."""
        flow = life.flows.table()
        kind = flow["kind"].to_numpy()
        where = np.flatnonzero((kind == KIND_NO["salary"]) | (kind == KIND_NO["bonus"]))
        employer, month, day, amount = (flow[name].to_numpy()[where] for name in ("other", "month", "day", "amount"))
        np.add.at(self.payroll, (employer, month, day), amount)
        here = life.people.employer >= 0
        np.add.at(self.heads, life.people.employer[here], 1)

    def _feeds(self) -> None:
        add, plan = self.files.add, self.plan
        add("parties", facts.parties(), key="party_key")
        add("identifiers", facts.identifiers(), key="party_key, id_type, id_no")
        add("contact_points", facts.contact_points(), key="party_key, contact_key")
        add("rm_assignments", facts.rm_assignments(plan), key="party_key, staff_no, role, from_date")
        add("relationships", facts.relationships(), key="from_key, to_key, type")
        add("party_groups", facts.households(), key="group_key, party_key")
        add("consents", contacts.consents(), key="party_key, purpose, channel")
        self.con.execute(f"create or replace temp table account_versions as {facts.accounts()}")
        add("accounts", "select * from account_versions", key="account_key")
        add("account_roles", facts.account_roles(), key="role_key")
        add("positions", facts.positions(), order="account_key, product_key, position_date")
        add("loans", facts.loans(), key="loan_key")
        add("cards", facts.cards(), key="card_key")
        add("standing_orders", contacts.standing_orders(), key="order_key")
        add("merchants", firm_facts.merchants(plan).replace("trader or i % 4 = 0", "trader"), key="merchant_key")
        add(
            "merchant_volumes",
            firm_facts.merchant_volumes(plan, "income * (1.0 + u(i, m + 60))").replace("trader or i % 4 = 0", "trader"),
            order="merchant_key, month",
        )
        add("fees", contacts.fees(plan), order="fee_key")
        add("channel_events", contacts.channel_events(plan), order="event_key")
        add("risk_profiles", contacts.risk_profiles(), key="party_key, assessed_date")
        add("interactions", contacts.interactions(), order="interaction_key")
        add("cases", contacts.cases(), key="case_key")

    def _payroll_details(self) -> None:
        kinds = f"({KIND_NO['salary']}, {KIND_NO['bonus']})"
        self.files.add(
            "payroll_details",
            "select 'Y' || lpad(other::varchar, 7, '0') as agreement_key, party_key(party) as party_key, day as pay_date, yuan(sum(amount)::bigint) as amount, "
            f"account_key(a) as account_key, day as _d from posting where kind in {kinds} group by other, party, a, day",
            order="agreement_key, party_key, pay_date",
        )

    def firms(self) -> None:
        """Simulate and write firms and prospects."""
        firms = Firms(self.plan, self.chance, self.payroll)
        firms.run()
        state = {
            name: getattr(firms, name)
            for name in ("revenue", "loan", "deposit", "margin", "overdue_from", "supplier", "number", "opening", "started", "ends")
        }
        self.con.register("firm_state", pa.table({"i": firms.index, **state}))
        self.con.register("headcount", pa.table({"employer": np.arange(self.plan.employers), "heads": self.heads}))
        self.con.execute(firm_facts.holder(self.plan).replace("ends < 9000", f"ends < {self.plan.months}"))
        self._firm_feeds()
        held = ((0, firms.opening), (60, firms.loan), (DEPOSIT_SLOT, firms.deposit), (2, firms.margin))
        opening = _accounts_with([(firms.index * ACCOUNTS_PER_PARTY + slot, amount) for slot, amount in held])
        write_journal(self.con, self.files, firms.flows.table(), opening)
        self._plant(duplicates.FIRMS)
        self.write_truth(firms.truth.table())

    def _plant(self, planted: str) -> None:
        """Write some of this chunk's customers a second time, and in the truth who is whom."""
        self.con.execute(planted, {"share": self.plan.duplicates})
        for feed, (query, key) in duplicates.FEEDS.items():
            self.files.add(feed, query, key=key)
        self._append_truth("duplicates", self.con.sql(duplicates.TRUTH).to_arrow_table())

    def _firm_feeds(self) -> None:
        add, plan = self.files.add, self.plan
        add("parties", firm_facts.parties(plan), key="party_key")
        add("identifiers", firm_facts.identifiers(), key="party_key, id_type, id_no")
        add("contact_points", firm_facts.contact_points(plan), key="party_key, contact_key")
        add("rm_assignments", firm_facts.rm_assignments(), key="party_key, staff_no, role, from_date")
        add("relationships", firm_facts.relationships(plan), key="from_key, to_key, type")
        add("party_groups", firm_facts.groups(plan), key="group_key, party_key")
        self.con.execute(f"create or replace temp table account_versions as {firm_facts.accounts()}")
        add("accounts", "select * from account_versions", key="account_key")
        add("account_roles", facts.account_roles().split("union all")[0], key="role_key")
        add("loans", firm_facts.loans(), key="loan_key")
        add("credit_lines", firm_facts.credit_lines(), key="line_key")
        add("guarantees", firm_facts.guarantees(plan), key="guarantee_key")
        add("payroll_agreements", firm_facts.payroll_agreements(plan), key="agreement_key")
        add("merchants", firm_facts.merchants(plan), key="merchant_key")
        add(
            "merchant_volumes", firm_facts.merchant_volumes(plan, "revenue * 0.2 * (0.7 + 0.6 * u(i, m + 60))"), order="merchant_key, month"
        )
        add("interactions", firm_facts.firm_contacts(), order="interaction_key")

    def finish(self) -> int:
        """Close everything; the control files come last. Gives the bytes written."""
        for writer in self._truth.values():
            writer.close()
        self.con.close()
        remove_scratch(self.scratch)
        return self.files.finish()


def _opening(life: Life) -> pa.Table:
    """Balances at the opening, by account index: demand, dollar, deposits, loans, card."""
    p, deposits, debts = life.people, life.deposits, life.borrowing
    here = p.joined < 0
    base = p.index * ACCOUNTS_PER_PARTY
    parts: list[tuple[Ints, Ints]] = [(base[here], life.opening[here])]
    parts.append((base + 1, life.dollars))
    log = deposits.log.table()
    old = log["month"].to_numpy() < 0
    parts.append((log["party"].to_numpy()[old] * ACCOUNTS_PER_PARTY + log["slot"].to_numpy()[old], log["principal"].to_numpy()[old]))
    for kind in range(3):
        owed = debts.opening[kind] > 0
        parts.append((base[owed] + 60 + kind, debts.opening[kind][owed]))
    parts.append((base[debts.has_card] + 70, debts.card_opening[debts.has_card]))
    return _accounts_with(parts)


def _accounts_with(parts: list[tuple[Ints, Ints]]) -> pa.Table:
    """Account indexes and the amounts on them at the opening, those with nothing left out."""
    return pa.table({"a": np.concatenate([a[b > 0] for a, b in parts]), "amount": np.concatenate([b[b > 0] for _, b in parts])})


def make(plan: Plan, root: Path, *, zipped: bool = False, memory: str = "1GB", progress: Progress = lambda step, done, of: None) -> Made:
    """Write the sample bank of `plan` under `root` (made if missing; FileExistsError if anything is there)."""
    began = time.monotonic()
    refuse_used(root)
    maker = Maker(plan, root, zipped, memory)
    maker.firms_first()
    write_reference(maker.con, maker.files, plan, maker.chance)
    size = max(BLOCK, CHUNK_CELLS // plan.months // BLOCK * BLOCK)
    starts = range(0, plan.people_end, size)
    for number, lo in enumerate(starts):
        progress("persons", number, len(starts) + 1)
        maker.persons(lo, min(lo + size, plan.people_end))
    progress("firms", len(starts), len(starts) + 1)
    maker.firms()
    size_written = maker.finish()
    progress("done", len(starts) + 1, len(starts) + 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Made(maker.files.counts, size_written, time.monotonic() - began, peak, len(plan.batches))
