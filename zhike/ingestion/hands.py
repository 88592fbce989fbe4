"""Two hands on one delivery: files are read, and feeds mapped and checked, side by side in the same engine.

Small files are all waiting and little computing, large ones keep one processor busy with parsing: alone, neither fills a machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

import duckdb

HANDS = 2

Item = TypeVar("Item")
Done = TypeVar("Done")


class Hands:
    """Cursors of one engine. They see the same tables; temporary tables and registered ones belong to each alone."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, count: int = HANDS) -> None:
        self.engine = engine
        engine.execute("set disabled_optimizers = 'in_clause'")  # it makes a join of each list of six codes, through which whole rows go
        self._cursors = [engine.cursor() for _ in range(count)]
        self._free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for cursor in self._cursors:
            self._free.put(cursor)

    def each(self, work: Callable[[duckdb.DuckDBPyConnection, Item], Done], items: Iterable[Item]) -> list[Done]:
        """`work` on every item, begun in their order; gives what came of each in the same order. The first failure is raised, and
        what had not begun by then is left."""

        def with_free(item: Item) -> Done:
            cursor = self._free.get()
            try:
                return work(cursor, item)
            finally:
                self._free.put(cursor)

        with ThreadPoolExecutor(len(self._cursors), thread_name_prefix="hand") as threads:
            begun = [threads.submit(with_free, item) for item in items]
            try:
                return [one.result() for one in begun]
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def interrupt(self) -> None:
        """Let go of whatever is being done."""
        for cursor in (self.engine, *self._cursors):
            cursor.interrupt()
