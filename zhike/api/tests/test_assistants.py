"""An assistant reads by its person's token what she sees, masked; each call leaves an entry in her name."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

from zhike.access.tests.facts import Facts
from zhike.access.tests.test_nothing_stands_in_clear import in_clear
from zhike.api.tests.asking import token_of
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import only_in_book_of, rows

Talk = Callable[[Client], Awaitable[dict[str, Any]]]


def talked(bank: Bank, token: str, talk: Talk) -> dict[str, Any]:
    """What a real client hears over standard input and output."""
    environment = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "DJANGO_SETTINGS_MODULE"}}
    command = ["-c", "from zhike.cli import main; raise SystemExit(main())", "mcp"]
    words = environment | bank.run.environment(bank.name) | {"ZHIKE_TOKEN": token}
    server = StdioServerParameters(command=sys.executable, args=command, env=words)

    async def whole() -> dict[str, Any]:
        async with Client(server) as client:
            return await talk(client)

    return anyio.run(whole)


def test_an_assistant_reads_what_its_person_sees_and_no_more(bank: Bank, people: Cast) -> None:
    (hers, name, _), (theirs, _, _) = (
        only_in_book_of(bank, people, "lin", not_of="chen"),
        only_in_book_of(bank, people, "chen", not_of="lin"),
    )
    before = rows(bank, "select coalesce(max(id), 0) from access_auditentry")[0][0]

    async def talk(client: Client) -> dict[str, Any]:
        tools = await client.list_tools()
        found = await client.call_tool("find_customer", {"words": name})
        asked = {tool: await client.call_tool(tool, {"customer_id": hers}) for tool in TOOLS}
        asked |= {
            "condition_fields": await client.call_tool("condition_fields", {}),
            "customers_that": await client.call_tool("customers_that", {"where": RICH}),
        }
        return {"tools": tools.tools, "found": found, "asked": asked, "theirs": await client.call_tool("holdings", {"customer_id": theirs})}

    said = talked(bank, token_of(bank, "lin"), talk)
    assert {tool.name for tool in said["tools"]} == {"find_customer", "condition_fields", "customers_that", *TOOLS}
    assert all(tool.annotations.read_only_hint for tool in said["tools"])
    assert hers in [row["id"] for row in said["found"].structured_content["customers"]]
    assert [tool for tool, answer in said["asked"].items() if answer.is_error] == []
    assert said["asked"]["holdings"].structured_content["accounts"]
    assert said["theirs"].is_error and "reach" in said["theirs"].content[0].text
    entries = rows(
        bank, "select login, subject_id, party_id from access_auditentry where act = 'api.assistant_asked' and id > %s order by id", before
    )
    without = [("lin", tool, None) for tool in ("condition_fields", "customers_that")]
    assert entries == [("lin", "find_customer", None), *[("lin", tool, hers) for tool in TOOLS], *without]
    heard = "".join(str(answer.structured_content) for answer in said["asked"].values())
    assert in_clear(Facts(bank.home / "files" / "sample"), heard) == set()


TOOLS = ("customer", "holdings", "transactions", "relationships", "interactions", "duplicates")
RICH = {"version": 1, "where": {"all": [{"field": "aum", "op": "at_least", "value": "1"}]}}


def test_an_assistant_without_a_right_is_told_which_one(bank: Bank, people: Cast) -> None:
    hers = only_in_book_of(bank, people, "lin", not_of="chen")[0]

    async def talk(client: Client) -> dict[str, Any]:
        return {
            "refused": await client.call_tool("holdings", {"customer_id": hers}),
            "nobody": await client.call_tool("customer", {"customer_id": 2**80}),
            "wrong": await client.call_tool(
                "customers_that", {"where": {"version": 1, "where": {"all": [{"field": "salary", "op": "is", "value": 1}]}}}
            ),
        }

    said = talked(bank, token_of(bank, "lin", scopes=("customers.read",)), talk)
    assert said["refused"].is_error and "accounts.read" in said["refused"].content[0].text
    assert said["nobody"].is_error
    assert said["wrong"].is_error and "condition_fields" in said["wrong"].content[0].text


def test_what_an_assistant_is_refused_leaves_an_entry_too(bank: Bank, people: Cast) -> None:
    hers, theirs = only_in_book_of(bank, people, "lin", not_of="chen")[0], only_in_book_of(bank, people, "chen", not_of="lin")[0]
    before = rows(bank, "select coalesce(max(id), 0) from access_auditentry")[0][0]

    async def talk(client: Client) -> dict[str, Any]:
        return {str(key): await client.call_tool("holdings", {"customer_id": key}) for key in (hers, theirs)}

    assert all(answer.is_error for answer in talked(bank, token_of(bank, "lin", scopes=("customers.read",)), talk).values())
    entries = rows(
        bank, "select login, act, reason, party_id from access_auditentry where id > %s and subject_type = 'tool' order by id", before
    )
    assert entries == [
        ("lin", "api.assistant_refused", "right accounts.read", hers),
        ("lin", "api.assistant_refused", "not seen", theirs),
    ]


def test_nobody_speaks_with_a_token_that_does_not_open(bank: Bank, people: Cast) -> None:
    done = bank.run.zhike(bank.name, "mcp", ZHIKE_TOKEN="zhk_made-up")
    assert done.returncode == 1 and "zhike token new" in done.stderr and done.stdout == ""
