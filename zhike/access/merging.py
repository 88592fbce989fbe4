"""Set-based taking of the organisation, employees and calendar feeds. Whose account ends with an employee is part of the same act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhike.access import staff_changes
from zhike.core import merging
from zhike.core.merging import Cursor, Merged, Shape, Stage


def _own_or_prefixed(table: str, column: str, key: str) -> str:
    """The bank's own number, prefixed by the source where another source of the bank already uses it."""
    return (
        f"case when exists (select 1 from {table} o where o.{column} = {key} and o.source <> %(source)s) "
        f"then %(source)s || ':' || {key} else {key} end"
    )


UNIT = Shape(
    table="access_unit",
    key="s.unit_key",
    columns={
        "key": _own_or_prefixed("access_unit", "key", "s.unit_key"), "name": "s.name", "level": "s.level", "region": "coalesce(s.region, '')",
        "opened_date": "s.opened_date", "closed_date": "s.closed_date",
    },
)  # fmt: skip

EMPLOYEE = Shape(
    table="access_employee",
    key="s.staff_no",
    columns={
        "staff_no": _own_or_prefixed("access_employee", "staff_no", "s.staff_no"), "name": "s.name", "unit_id": "s.unit_id", "post": "s.post",
        "status": "coalesce(s.status, 'active')", "team": "coalesce(s.team, '')", "joined_date": "s.joined_date", "left_date": "s.left_date",
    },
)  # fmt: skip


CALENDAR = Shape(
    table="access_calendarday",
    key="s.calendar_key || '|' || s.day",
    columns={"calendar": "s.calendar_key", "day": "s.day", "is_working": "s.is_working", "name": "coalesce(s.name, '')"},
)


def merge_organisation(cursor: Cursor, stage: Stage) -> Merged:
    """Take units, then hang each below its parent, which may be in the same file or have come earlier."""
    merged = merging.entity(cursor, stage, UNIT)
    cursor.execute(
        f"""update access_unit u set parent_id = p.id
            from {stage.table} s join access_unit p on p.source = %(source)s and p.external_key = s.parent_key
            where u.source = %(source)s and u.external_key = s.unit_key and u.parent_id is distinct from p.id""",
        stage.params,
    )
    return merged


def merge_employees(cursor: Cursor, stage: Stage) -> Merged:
    """Take employees; the accounts of leavers and joiners follow."""
    merged = merging.entity(cursor, stage, EMPLOYEE)
    staff_changes.follow(cursor, at=stage.batch_date)
    return merged


def merge_calendar(cursor: Cursor, stage: Stage) -> Merged:
    """Take on which days the bank works."""
    return merging.interval(cursor, stage, CALENDAR)


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Units and employees are named by people who log in, so their rows stay; the replay that follows overwrites them."""
    for table in (UNIT.table, EMPLOYEE.table):
        cursor.execute(f"update {table} set row_digest = null where source = %s and valid_from >= %s", (source, since))
    merging.take_back_interval(cursor, table=CALENDAR.table, source=source, since=since)
