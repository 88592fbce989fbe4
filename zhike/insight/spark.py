"""The same build on Spark: in this machine (`local[n]`) or on a cluster, for a history that outgrows one machine. Needs the extra `spark` and Java 17."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - Spark's own habit

from zhike.insight.engines import Counted, Part, Row, as_arrow, in_words, replace_folder, type_of, typed

# Whole numbers of up to 38 digits: nothing overflows, nothing is rounded on the way. `div` drops the rest.
DIVIDED = """create or replace temporary function zk_divided(number bigint, base bigint) returns bigint
    return case when base = 0 then null else
        cast(sign(number) as bigint) * ((2 * cast(abs(cast(number as decimal(20, 0))) as decimal(38, 0)) + base) div (2 * cast(base as decimal(20, 0)))) end"""
TIMES = """create or replace temporary function zk_times(amount decimal(18, 2), factor decimal(12, 6)) returns decimal(18, 2)
    return cast(amount * factor as decimal(18, 2))"""
FROM_FEN = """create or replace temporary function zk_money(whole decimal(18, 0)) returns decimal(18, 2)
    return cast(whole * cast(0.01 as decimal(3, 2)) as decimal(18, 2))"""


class SparkEngine:
    """A Spark session. Kept tables lie as Parquet in a folder that goes with the engine, so that a plan never grows over several of them."""

    name = "spark"

    def __init__(self, master: str, *, memory: str | None = None) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="zhike-spark-"))
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master(master).appName("zhike").config("spark.ui.enabled", "false")
        settings = {
            "spark.sql.shuffle.partitions": "4" if master.startswith("local") else "200", "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true",
            "spark.driver.memory": (memory or "2GB").upper().replace("B", ""), "spark.local.dir": str(self._scratch), "spark.sql.warehouse.dir": str(self._scratch / "warehouse"),
            "spark.driver.bindAddress": "127.0.0.1", "spark.sql.legacy.parquet.nanosAsLong": "true", "spark.log.level": "ERROR",
        }  # fmt: skip
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session: Any = builder.getOrCreate()
        for statement in (DIVIDED, TIMES, FROM_FEN):
            self.session.sql(statement)

    def read(self, name: str, schema: ibis.Schema, parts: Sequence[Part]) -> None:
        wanted = [column for column in schema.names if column not in ("_source", "_batch_date", "_order")]
        frames = [
            self._there(part.path, wanted).withColumn("_source", F.lit(part.source)).withColumn("_batch_date", F.lit(part.batch_date).cast("date"))
            .withColumn("_order", F.lit(part.order).cast("int")) for part in parts
        ]  # fmt: skip
        self._view(name, schema, frames)

    def read_marts(self, name: str, schema: ibis.Schema, pieces: Sequence[tuple[Path, str]]) -> None:
        self._view(name, schema, [self.session.read.parquet(str(path)).where(condition) for path, condition in pieces])

    def take(self, name: str, rows: pa.Table) -> None:
        path = self._scratch / f"{name}-{len(list(self._scratch.iterdir()))}.parquet"
        pq.write_table(rows, path)
        self.session.read.parquet(str(path)).createOrReplaceTempView(name)

    def fill(self, name: str, schema: ibis.Schema, rows: Iterable[Row]) -> None:
        self.take(name, as_arrow(schema, rows))

    def keep(self, name: str, expression: ibis.Table) -> None:
        path = self._scratch / f"{name}-{len(list(self._scratch.iterdir()))}.parquet"
        self.session.sql(self.sql(expression)).write.parquet(str(path))
        self.session.read.parquet(str(path)).createOrReplaceTempView(name)

    def write(self, name: str, expression: ibis.Table, path: Path, *, by_month: bool = False, as_given: bool = False) -> Counted:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        rows = self.session.sql(self.sql(expression))
        (rows.repartition("month") if by_month else rows).write.parquet(str(partial))
        replace_folder(partial, path)
        self.read_marts(name, expression.schema(), [(path, "true")])
        return lambda: int(self.session.read.parquet(str(path)).count())

    def then(self, work: Callable[[], None]) -> None:
        work()

    def say(self, month: date, said: Mapping[str, date | int]) -> None:
        told = {name: ("date", f"date'{value}'") if isinstance(value, date) else ("bigint", f"{value}L") for name, value in said.items()}
        self.session.sql(
            f"create or replace temporary function zk_back(n int) returns date return cast(add_months(date'{month}', -n) as date)"
        )
        for name, (kind, value) in told.items():
            self.session.sql(f"create or replace temporary function {name}() returns {kind} return {value}")

    def ask(self, expression: ibis.Table) -> list[Row]:
        return [tuple(row) for row in self.session.sql(self.sql(expression)).collect()]

    def close(self) -> None:
        self.session.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def sql(self, expression: ibis.Table) -> str:
        """The expression in Spark's words, every column in its declared type."""
        return typed(in_words(expression, "pyspark"), expression.schema(), "string", "`")

    def _there(self, path: Path, wanted: Sequence[str]) -> Any:
        frame = self.session.read.parquet(str(self._shown(path)))
        return frame.select(
            *(F.col(f"`{column}`") if column in frame.columns else F.lit(None).cast("string").alias(column) for column in wanted)
        )

    def _shown(self, path: Path) -> Path:
        """A file under a name that Spark does not pass over as hidden."""
        if not path.name.startswith("_"):
            return path
        link = self._scratch / f"shown{len(list(self._scratch.iterdir()))}{path.name}"
        link.symlink_to(path)
        return link

    def _view(self, name: str, schema: ibis.Schema, frames: Sequence[Any]) -> None:
        nothing = ", ".join(f"cast(null as {type_of(kind, 'string')}) as `{column}`" for column, kind in schema.items())
        columns = [F.col(f"`{column}`") for column in schema.names]
        whole = reduce(lambda one, other: one.unionByName(other), frames) if frames else self.session.sql(f"select {nothing} where false")
        whole.select(*columns).createOrReplaceTempView(name)
