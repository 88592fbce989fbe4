"""A layout that cannot work is refused with the line, the key and what to do."""

import pytest

from zhike.ingestion.expressions import BadExpression, check_expression
from zhike.ingestion.layout_reading import load_layout, parse_layout
from zhike.ingestion.layouts import LayoutError, shipped_layouts

GOOD = """source = "core"
[files.client]
path = "client.csv"
[[feed]]
feed = "parties"
from = "client"
[feed.fields]
party_key = "id"
kind = { value = "individual" }
name = "name"
"""


def refusal(text: str) -> LayoutError:
    with pytest.raises(LayoutError) as caught:
        parse_layout(text)
    return caught.value


@pytest.mark.parametrize("name", sorted(shipped_layouts()))
def test_every_shipped_layout_reads(name):
    assert load_layout(name).name == name and set(load_layout(name).title) == {"en", "zh"}


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ('source = "core"', 'source = "Core Bank"', 1, "lower-case"),
        ("path =", "pth =", 3, "unknown key"),
        ('feed = "parties"', 'feed = "people"', 5, "not a canonical feed"),
        ('from = "client"', 'from = "clients"', 6, "no [files.clients]"),
        ('value = "individual"', 'value = "person"', 9, "is not a code of parties.kind"),
        ('name = "name"', 'nam = "name"', 10, "no such field"),
        ('name = "name"', "", 0, "required fields without a source: name"),
        ('name = "name"', 'name = { sql = "(select 1)" }', 10, "subquery is not allowed"),
        ('name = "name"', 'name = { sql = "read_text(name)" }', 10, "not on the list of allowed functions"),
        ('name = "name"', 'name = { column = "name", sql = "name" }', 10, "exactly one of"),
        ('name = "name"', 'name = "cvv2"', 10, "C3, R30"),
        ('name = "name"', 'name = { sql = "upper(pin_block)" }', 10, "C3, R30"),
        ('path = "client.csv"', 'path = "client.csv"\nencoding = "klingon"', 4, "unknown encoding"),
        ('path = "client.csv"', 'path = "client.csv"\nheader = false', 0, "needs the names of its columns"),
        ('path = "client.csv"', 'path = "client.csv"\nreader = "fax"', 4, "no reader 'fax'"),
        ('path = "client.csv"', 'path = "client.csv', 3, ""),
    ],
)
def test_a_wrong_layout_names_its_line_and_what_to_do(change, to, line, says):
    error = refusal(GOOD.replace(change, to, 1))
    assert says in error.message
    assert not line or error.line == line


def test_an_unknown_reason_and_an_unknown_layout_are_named():
    assert "no such reason" in refusal(GOOD + '[severity]\ninvalid = "warning"\n').message
    with pytest.raises(LayoutError, match="shipped are"):
        load_layout("nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "a) from x where (1=1", "1; drop table x", "getenv('HOME')", "read_csv('/etc/passwd')", "row_number() over ()", "sum(a)", "main.query('x')", "x.a", "*",
        "list_transform([a], lambda x: x)", "a::json", "exists (select 1)", "(values (1))", "$1", "strftime(current_setting('x'), 'y')", "a -- b\n) from (select 1",
    ],
)  # fmt: skip
def test_what_reaches_beyond_a_row_is_refused(text):
    with pytest.raises(BadExpression):
        check_expression(text)


def test_a_harmless_expression_tells_its_columns():
    assert check_expression("case when substr(a, 1, 2)::int > 50 then upper(b) else 'x' || coalesce(c, '') end") == {"a", "b", "c"}
