"""Whatever table is written in whatever encoding, delimiter and quoting comes back as it was, with the right line numbers."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.ingestion.deliveries import SourceFile
from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.reading import read_file
from zhike.insight import warehouse

ENCODINGS = ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "cp1250")
DELIMITERS = (",", ";", "|", "\t", "|+|", "||", "@@", "\x1f")
LETTERS = {"gbk": "abcé中国銀行丂丄|+;,", "gb18030": "中㐂𠮷a|,", "cp1250": "aščřž;|,"}
CON = warehouse.connect(threads=1)


@st.composite
def tables(draw):
    encoding = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from(DELIMITERS))
    quoted = draw(st.booleans())
    alphabet = LETTERS.get(encoding, "aé中国🏦'|+;,@\x1f") + ('"\n ' if quoted else " ")
    if encoding == "gbk":
        alphabet = alphabet.replace("é", "")
    text = st.text(alphabet, max_size=6)
    if not quoted:
        text = text.map(lambda one: one.translate({ord(mark): "x" for mark in delimiter + '"'}))
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(text, min_size=width, max_size=width), max_size=12))
    return encoding, delimiter, quoted, rows, draw(st.sampled_from(("\n", "\r\n"))), draw(st.sampled_from((32, 100, 1 << 20)))


def written(rows: list[list[str]], delimiter: str, quoted: bool, end: str) -> tuple[str, list[int]]:
    lines, numbers, line = [], [], 1
    for row in rows:
        quote = [
            f'"{value.replace(chr(34), chr(34) * 2)}"' if quoted and (set(value) & set(delimiter + '"\n') or not value) else value
            for value in row
        ]
        text = delimiter.join(quote) + end
        numbers.append(line)
        line += text.count("\n")
        lines.append(text)
    return "".join(lines), numbers


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_table_reads_back(table):
    encoding, delimiter, quoted, rows, end, block = table
    width = len(rows[0]) if rows else 2
    header = [f"c{place}" for place in range(width)]
    text, numbers = written([header, *rows], delimiter, quoted, end)
    if any(delimiter.join(row) == delimiter.join(header) for row in rows):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.txt"
        path.write_bytes(text.encode(encoding))
        CON.execute("drop table if exists t")
        result = read_file(
            CON, SourceFile("t.txt", path), FileFormat("t", "t.txt", encoding, delimiter, '"' if quoted else ""), "t", block=block
        )
    read = CON.execute(f"select {', '.join(header)}, _line from t order by _line").fetchall()
    assert result.unread == []
    assert read == [(*row, number) for row, number in zip(rows, numbers[1:], strict=True)]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path):
    body = [f"{number};name {number}" for number in range(1000)]
    body[500] = '500;"never closed'
    path = tmp_path / "t.txt"
    path.write_text("id;name\n" + "\n".join(body) + "\n")
    CON.execute("drop table if exists t")
    result = read_file(CON, SourceFile("t.txt", path), FileFormat("t", "t.txt", delimiter=";"), "t", block=1000)
    assert result.unread == [(502, "bad_quotes", b'500;"never closed')] and result.rows == 999


def test_a_writer_of_the_standard_library_is_understood(tmp_path):
    rows = [["1", 'say "hi"', "a,b"], ["2", "two\nlines", ""], ["3", '5" pipe', "x"]]
    out = io.StringIO()
    csv.writer(out).writerows([["id", "text", "more"], *rows])
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), newline="")
    CON.execute("drop table if exists t")
    read_file(CON, SourceFile("t.csv", path), FileFormat("t", "t.csv"), "t")
    assert CON.execute("select id, text, more, _line from t order by 1").fetchall() == [
        ("1", 'say "hi"', "a,b", 2),
        ("2", "two\nlines", "", 3),
        ("3", '5" pipe', "x", 5),
    ]
