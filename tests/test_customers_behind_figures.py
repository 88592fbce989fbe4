"""Whoever may read figures but not customers is shown nobody behind them, whether or not anything has been computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from zhike.access.models import Person
from zhike.access.scope import Viewer, viewer_for


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on nobody may read customers, whatever else her role says."""

    def begin() -> None:
        def hers(person: Person) -> Viewer:
            viewer = viewer_for(person)
            return replace(viewer, permissions=viewer.permissions - {"customers.read"})

        monkeypatch.setattr("zhike.access.middleware.viewer_for", hers)

    return begin


@pytest.mark.parametrize(
    "address",
    [
        "/insight/stages/who/?was=growing&became=mature",
        "/insight/mix/who/",
        "/insight/dependence/group/",
        "/insight/tiers/0/who/",
        "/reports/rows/",
    ],
)
def test_figures_without_customers_open_nobody(as_person: Callable[[str], Client], without: Callable[[], None], address: str) -> None:
    su = as_person("su")
    assert su.get(address).status_code != 403, "with the right she is not refused"
    without()
    assert su.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/customers/export/", "/reports/rows/export/"])
def test_who_may_not_read_customers_takes_none_away_in_a_file(
    as_person: Callable[[str], Client], without: Callable[[], None], address: str
) -> None:
    zhou = as_person("zhou")
    asked = {"form": "csv", "view": "all"}
    assert zhou.post(address, asked).status_code != 403, "with the right she is not refused"
    without()
    assert zhou.post(address, asked).status_code == 403
