"""What an engine does for the build: read landed Parquet, keep and write what an expression says. DuckDB by default, Spark by one setting.

Expressions are Ibis over unbound tables and never name an engine; each engine compiles them into its own SQL. Every column is cast to the
type that the expression declares, since engines differ in what a sum or a product becomes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.parquet as pq

from zhike.insight import warehouse
from zhike.insight.warehouse import quoted

Row = tuple[Any, ...]
Counted = Callable[[], int]
# Each step of an expression stays one of its own: put into one, what several columns need would be computed for each of them.
ibis.options.sql.fuse_selects = False

# Nothing overflows, nothing is rounded on the way. Products that fit into 64 bits are computed there, several times as fast.
DIVIDED = """create or replace temp macro zk_divided(number, base) as
    (number::bigint // base::bigint + sign(number) * (2 * abs(number::bigint % base::bigint) >= base)::bigint)::bigint"""
TIMES = """create or replace temp macro zk_times(amount, factor) as
    case when amount between -999999999 and 999999999 and factor between -9 and 9 then (amount * factor)::decimal(18, 2)
        else (amount::decimal(26, 2) * factor)::decimal(18, 2) end"""
FROM_FEN = "create or replace temp macro zk_money(whole) as (whole * 0.01::decimal(3, 2))::decimal(18, 2)"
MOST_DISTINCT = (
    5_000  # a column of more values in a row group has no dictionary: making one and dropping it again takes a quarter of writing
)
MOST_ROWS_TO_LOOP = 128  # against so few rows (months) a range is compared with each of them; the engine would sort both sides


@dataclass(frozen=True)
class Part:
    """One landed file of a source. `order` grows with knowledge: source, batch date, attempt."""

    path: Path
    source: str
    batch_date: str
    order: int


class Engine(Protocol):
    """An open engine. Names are those of tables that later expressions speak of."""

    name: str

    def read(self, name: str, schema: ibis.Schema, parts: Sequence[Part]) -> None:
        """Landed files as one table of text with `_source`, `_batch_date` and `_order`; a column that a file lacks is empty."""

    def read_marts(self, name: str, schema: ibis.Schema, pieces: Sequence[tuple[Path, str]]) -> None:
        """Files that the build wrote as one table, of each the rows of its SQL condition."""

    def take(self, name: str, rows: pa.Table) -> None:
        """A table out of Arrow."""

    def fill(self, name: str, schema: ibis.Schema, rows: Iterable[Row]) -> None:
        """A small table out of Python's values."""

    def keep(self, name: str, expression: ibis.Table) -> None:
        """Compute a table and keep it until the engine is closed."""

    def write(self, name: str, expression: ibis.Table, path: Path, *, by_month: bool = False, as_given: bool = False) -> Counted:
        """Compute a table into one new Parquet file (or folder of them) that appears whole or not at all. What comes back waits and says how many rows
        it has. `by_month`: into a folder with files of one month each, where whoever reads some months should not have to look into the others.
        `as_given`: tables are joined as the expression says and not as the engine would guess, so that rows stay in the order of the first one."""

    def then(self, work: Callable[[], None]) -> None:
        """Do something when everything before is done. An engine may be behind: whoever asks it, or asks what it has counted, waits."""

    def ask(self, expression: ibis.Table) -> list[Row]:
        """The rows of a small table."""

    def say(self, month: date, said: Mapping[str, date | int]) -> None:
        """What expressions ask for of a month, until the next is said: `zk_back(n)`, the month n months before it, and functions by their names."""

    def close(self) -> None:
        """Let go of memory and spilled files."""


class DuckEngine:
    """DuckDB in this process, within the memory that ZHIKE_MEMORY allows; the rest is spilled.

    Statements are done one after the other by a hand of their own, while the next expressions are put into words: those take seconds however small the
    bank is. What fails is told to whoever waits next, and nothing after it is done.
    """

    name = "duckdb"

    def __init__(self, *, memory: str | None = None, threads: int | None = None) -> None:
        self.connection = warehouse.connect(memory=memory, threads=threads)
        self._told: dict[Any, str] = {}
        self._hand = ThreadPoolExecutor(1, "duckdb")
        self._failed: BaseException | None = None
        for statement in (DIVIDED, TIMES, FROM_FEN, f"set nested_loop_join_threshold = {MOST_ROWS_TO_LOOP}"):
            self.connection.execute(statement)

    def read(self, name: str, schema: ibis.Schema, parts: Sequence[Part]) -> None:
        wanted = [column for column in schema.names if column not in ("_source", "_batch_date", "_order")]
        selects = [
            f"select {', '.join(_there(wanted, part.path))}, {quoted(part.source)} as _source,"
            f" date {quoted(part.batch_date)} as _batch_date, {part.order}::int as _order from read_parquet({quoted(part.path)})"
            for part in parts
        ]
        self._view(name, schema, selects)

    def read_marts(self, name: str, schema: ibis.Schema, pieces: Sequence[tuple[Path, str]]) -> None:
        columns = ", ".join(f'"{column}"' for column in schema.names)
        files = list(pieces)

        def viewed() -> None:  # a file that is still to be written is a file or a folder only then
            self._view_now(name, schema, [f"select {columns} from {self._file(path)} where {condition}" for path, condition in files])

        self._do(viewed)

    def fill(self, name: str, schema: ibis.Schema, rows: Iterable[Row]) -> None:
        self.take(name, as_arrow(schema, rows))

    def take(self, name: str, rows: pa.Table) -> None:
        def taken() -> None:
            self.connection.register("filling", rows)
            self.connection.execute(f"create or replace temp table {name} as select * from filling")
            self.connection.unregister("filling")

        self._do(taken)

    def keep(self, name: str, expression: ibis.Table) -> None:
        self._say(f"create or replace temp table {name} as {self.sql(expression)}")

    def write(self, name: str, expression: ibis.Table, path: Path, *, by_month: bool = False, as_given: bool = False) -> Counted:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.partial")
        options = f"format parquet, parquet_version v2, compression snappy, dictionary_size_limit {MOST_DISTINCT}"
        if by_month:
            options += ", partition_by (month), write_partition_columns true, overwrite"
        text = f"copy ({self.sql(expression)}) to {quoted(partial)} ({options})"

        def written() -> int:
            self.connection.execute(f"set disabled_optimizers = '{'join_order,build_side_probe_side' if as_given else ''}'")
            rows = self.connection.execute(text).fetchall()[0][0]
            if by_month:
                _side_by_side(partial)
                replace_folder(partial, path)
            else:
                partial.replace(path)
            return int(rows)

        counted = self._do(written)
        self.read_marts(name, expression.schema(), [(path, "true")])
        return counted

    def then(self, work: Callable[[], None]) -> None:
        self._do(work)

    def say(self, month: date, said: Mapping[str, date | int]) -> None:
        self._say(f"create or replace temp macro zk_back(n) as (date '{month}' - to_months(n::int))::date")
        for name, value in said.items():
            told = f"date '{value}'" if isinstance(value, date) else f"{value}::bigint"
            self._say(f"create or replace temp macro {name}() as {told}")

    def ask(self, expression: ibis.Table) -> list[Row]:
        text, found = self.sql(expression), list[Row]()
        self._do(lambda: found.extend(self.connection.execute(text).fetchall()))()
        return found

    def close(self) -> None:
        self.connection.interrupt()  # whoever did not wait does not want it
        self._hand.shutdown(cancel_futures=True)
        self.connection.close()

    def _say(self, statement: str) -> None:
        self._do(lambda: self.connection.execute(statement))

    def _do(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """Have something done after everything before; what comes back waits for it and raises what went wrong."""

        def unless_failed() -> Any:
            if self._failed is not None:
                raise self._failed
            try:
                return work()
            except BaseException as problem:
                self._failed = problem
                raise

        return self._hand.submit(unless_failed).result

    def sql(self, expression: ibis.Table) -> str:
        """The expression in DuckDB's words, every column in its declared type. The same expression is put into words once."""
        told = self._told.get(expression.op())
        if told is None:
            told = self._told[expression.op()] = typed(in_words(expression, "duckdb"), expression.schema(), "VARCHAR", '"')
        return told

    def _view(self, name: str, schema: ibis.Schema, selects: Sequence[str]) -> None:
        self._do(lambda: self._view_now(name, schema, selects))

    def _view_now(self, name: str, schema: ibis.Schema, selects: Sequence[str]) -> None:
        nothing = ", ".join(f'null::{type_of(kind, "VARCHAR")} as "{column}"' for column, kind in schema.items())
        body = " union all by name ".join(selects) or f"select {nothing} where false"
        self.connection.execute(f"create or replace temp view {name} as {body}")

    def _file(self, path: Path) -> str:
        return f"read_parquet({warehouse.mart_files(path)})"


def _there(wanted: Sequence[str], path: Path) -> list[str]:
    """Columns of a landed file, empty where it lacks them."""
    has = set(pq.read_schema(path).names)
    return [f'"{column}"' if column in has else f'null as "{column}"' for column in wanted]


def in_words(expression: ibis.Table, dialect: str) -> str:
    """The expression in SQL."""
    return str(ibis.to_sql(expression, dialect=dialect, pretty=False))


def typed(sql: str, schema: ibis.Schema, text: str, mark: str) -> str:
    columns = ", ".join(f"cast({mark}{column}{mark} as {type_of(kind, text)}) as {mark}{column}{mark}" for column, kind in schema.items())
    return f"select {columns} from ({sql}) as typed"


def type_of(kind: dt.DataType, text: str) -> str:
    """A type in SQL that both engines know."""
    if kind.is_decimal():
        return f"decimal({kind.precision or 38},{kind.scale or 0})"
    names = {
        "int8": "tinyint",
        "int16": "smallint",
        "int32": "int",
        "int64": "bigint",
        "string": text,
        "date": "date",
        "boolean": "boolean",
    }
    return names[str(kind.copy(nullable=True))]


def as_arrow(schema: ibis.Schema, rows: Iterable[Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [() for _ in schema.names]
    fields = schema.to_pyarrow()
    return pa.table([pa.array(list(values), field.type) for values, field in zip(columns, fields, strict=True)], schema=fields)


@contextmanager
def opened(engine: str, *, memory: str | None = None, threads: int | None = None, master: str = "local[2]") -> Iterator[Engine]:
    """An engine by name, closed at the end. Raises ValueError for another name, ModuleNotFoundError where Spark is not installed."""
    if engine == "duckdb":
        made: Engine = DuckEngine(memory=memory, threads=threads)
    elif engine == "spark" or engine.startswith("spark://"):
        made = spark_engine(master if engine == "spark" else engine, memory=memory)
    else:
        raise ValueError(engine)
    try:
        yield made
    finally:
        made.close()


def spark_engine(master: str, *, memory: str | None = None) -> Engine:
    """Spark, imported only where somebody asks for it: it is an extra that most banks never install."""
    engine: Engine = import_module("zhike.insight.spark").SparkEngine(master, memory=memory)
    return engine


def _side_by_side(folder: Path) -> None:
    """Files in folders by month become files of the folder itself, as an engine's own folder has them."""
    folder.mkdir(exist_ok=True)  # where there was no row
    for file in sorted(folder.glob("*/*.parquet")):
        file.rename(folder / f"{file.parent.name.removeprefix('month=')}-{file.name}")
    for emptied in folder.iterdir():
        if emptied.is_dir():
            emptied.rmdir()


def replace_folder(made: Path, path: Path) -> None:
    """Put a folder of Parquet files in its place, whole."""
    shutil.rmtree(path, ignore_errors=True)
    made.replace(path)


def schema_of(columns: Mapping[str, str]) -> ibis.Schema:
    """A schema by names and types."""
    return ibis.schema(dict(columns))
