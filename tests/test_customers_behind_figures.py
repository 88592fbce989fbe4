"""Whoever may read figures but not customers is shown nobody behind them, whether or not anything has been computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from zhike.access.models import Person
from zhike.access.scope import Viewer, viewer_for


@pytest.mark.parametrize("address", ["/insight/stages/who/?was=growing&became=mature", "/insight/tiers/0/who/", "/reports/rows/"])
def test_figures_without_customers_open_nobody(as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    su = as_person("su")
    assert su.get(address).status_code != 403, "with the right she is not refused"

    def without(person: Person) -> Viewer:
        hers = viewer_for(person)
        return replace(hers, permissions=hers.permissions - {"customers.read"})

    monkeypatch.setattr("zhike.access.middleware.viewer_for", without)
    assert su.get(address).status_code == 403
