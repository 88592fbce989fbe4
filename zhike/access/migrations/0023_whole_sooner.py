"""Whoever sees the whole bank but for a special list is let through as soon as whoever sees one unit, and her customers open by what was kept of her.

Before, the wall asked her for units and employees, of which she has none, at every statement; and a customer's page looked at the customer as if nothing
of the viewer were kept (decision 51).
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_kept = import_module("zhike.access.migrations.0022_asked_at_once")
WHOLE = f"{_kept.AS} & 2 > 0"
HERS = f"p.unit_id = {_kept.UNIT_KEPT} - 1 or"


def _opening() -> str:
    """`access.open` as 0022 wrote it, where no list closes the customer also for whoever sees the whole bank."""
    _before, found, rest = _kept.OPEN.partition("create or replace function access.open(party bigint)")
    whole, _next, _after = rest.partition("create or replace function access.opened()")
    if whole.count(HERS) != 1:
        raise RuntimeError("access.open is not as it was left")
    return f"{found}{whole.replace(HERS, f'{WHOLE} or {HERS}')}"


# The wall of parties as 0022 left it, but for the place of viewer_whole().
PARTIES = """
alter policy seen on parties_party using (
    (select access.viewer_all())
    or id = (select case when current_setting('zhike.opened', true) <> '' then access.opened() end)
    or (unit_id = (select access.viewer_unit()) or (select access.viewer_whole()) or (select access.viewer_employee()) = any(rm_ids)
        or unit_id = any((select access.viewer_units())::bigint[]) or rm_ids && (select access.viewer_employees())
        or id = any((select access.viewer_parties())::bigint[]))
    and (barrier_ids is null or barrier_ids <@ (select access.viewer_lists())))
"""


class Migration(migrations.Migration):
    """One function anew, its owner and grants as they were; one wall that says the same in another order."""

    dependencies = [("access", "0022_asked_at_once"), ("parties", "0027_assisting")]

    operations = [migrations.RunSQL([_opening(), PARTIES], migrations.RunSQL.noop)]
