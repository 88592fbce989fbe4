"""Deliveries are read, checked and landed in a thread of their own: while one is merged, the next is read already.

The engine and PostgreSQL so work side by side. Nothing here decides what counts: an attempt that was read ahead and is not reached is
forgotten as if it had never begun; of a killed process the next load finds it begun and cleans up, as with any other.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
from django.conf import settings
from django.db import connection

from zhike.access import sealing
from zhike.ingestion import ledger
from zhike.ingestion.deliveries import Delivery
from zhike.ingestion.forgotten import gone_of
from zhike.ingestion.hands import Hands
from zhike.ingestion.layouts import Layout
from zhike.ingestion.models import Batch
from zhike.ingestion.preparing import Prepared, prepare
from zhike.insight import warehouse

Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class Underway:
    """An attempt that has begun: its engine and where that spills to, and what it will have read."""

    batch: Batch
    hands: Hands
    spill: Path
    prepared: Future[Prepared]

    @property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """Where what was read lies."""
        return self.hands.engine

    def close(self) -> None:
        """Free the engine; what is still being read is given up."""
        if not self.prepared.cancel() and not self.prepared.done():
            self.hands.interrupt()
            self.prepared.exception()
        self.engine.close()
        shutil.rmtree(self.spill, ignore_errors=True)


class ReadAhead:
    """Reads one delivery at a time, in the order asked for. Two engines are open at once, so each may use half of the memory."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.gone = gone_of(layout.source)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._waiting: dict[tuple[date, str], Underway] = {}

    def begin(self, delivery: Delivery, batch: Batch, say: Progress) -> Underway:
        """Start reading `delivery` as the attempt `batch`; `say` is told of every step."""
        spill = ledger.spill_of(batch)
        hands = Hands(warehouse.connect(memory=settings.MEMORY, share=2, temp=spill))
        reading = self._reader.submit(
            prepare, hands, self.layout, delivery, sealing, ledger.landing_of(batch), progress=say, gone=self.gone
        )
        return Underway(batch, hands, spill, reading)

    def begin_ahead(self, delivery: Delivery, batch: Batch) -> None:
        """The same for a delivery whose turn is still to come."""
        self._waiting[delivery.batch_date, delivery.content_digest] = self.begin(delivery, batch, lambda _feed, _step: None)

    def taken(self, delivery: Delivery) -> Underway | None:
        """What was begun ahead for this delivery, whose turn it is now."""
        return self._waiting.pop((delivery.batch_date, delivery.content_digest), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None) -> None:
        """Forget what was begun ahead and not reached."""
        for underway in self._waiting.values():
            underway.close()
            if connection.connection is not None and not connection.connection.closed:
                ledger.forget(underway.batch)
        self._reader.shutdown()
