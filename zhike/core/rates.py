"""How often somebody may do something. Counted in each web process by itself: a row in the database would make one person's requests wait for each other."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Hashable

MOST_KEYS = 10_000


class Rates:
    """So many times within so many seconds for each key; what is not used is saved up for that long, and no longer."""

    def __init__(self) -> None:
        self._left: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, key: Hashable, *, most: int, seconds: float = 60, now: float | None = None) -> int:
        """In how many seconds this key may again; 0: at once. Counts nothing."""
        at = time.monotonic() if now is None else now
        with self._lock:
            return self._wait(self._saved(key, most, seconds, at), most, seconds)

    def spend(self, key: Hashable, *, most: int, seconds: float = 60, now: float | None = None) -> int:
        """Counts one, where there is one left, and gives 0; else in how many seconds there is."""
        at = time.monotonic() if now is None else now
        with self._lock:
            left = self._saved(key, most, seconds, at)
            wait = self._wait(left, most, seconds)
            if not wait:
                if len(self._left) >= MOST_KEYS:
                    self._left = {one: kept for one, kept in self._left.items() if at - kept[1] < seconds}
                self._left[key] = (left - 1, at)
            return wait

    def _saved(self, key: Hashable, most: int, seconds: float, at: float) -> float:
        left, since = self._left.get(key, (float(most), at))
        return min(float(most), left + (at - since) * most / seconds)

    @staticmethod
    def _wait(left: float, most: int, seconds: float) -> int:
        return 0 if left >= 1 else math.ceil((1 - left) * seconds / most)
