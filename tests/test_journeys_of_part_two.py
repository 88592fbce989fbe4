"""What people do with what part 2 gave them, by keys wherever it makes sense: each test is one sitting of one person or of two."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from unicodedata import category

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from zhike.parties.rules import name_tokens
from zhike.testing.browser import Opener, serious_faults
from zhike.testing.databases import Bank
from zhike.testing.serving import Served

pytestmark = pytest.mark.browser

LONG_AGO, EARLIER = "2026-03-31", "2026-07-31"  # before the sample bank's first file, and the first month end in it
FACT = "other_needs"  # a field of several lines, which the sample bank leaves empty
TWO_OF_HERS = """insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by)
    select min(id), max(id), 0.999, '{"name": ["sounds_same", "8.1"], "born": ["same", "14.2"]}', 'likely', now(), '' from (
        select p.id from parties_party p join access_employee e on e.id = p.main_rm_id join access_person x on x.employee_id = e.id
        where x.login = 'lin' and p.unit_id = e.unit_id and p.kind = 'individual' order by p.id limit 2) two"""


def _mine(page: Page) -> None:
    """林知远's own customers, by name."""
    page.goto("/customers/?view=mine&sort=name")
    expect(page.locator("#customers tbody tr").first).to_be_visible()


def _open_row(page: Page, number: int) -> str:
    """Go down to that row by J and open it; the customer's name."""
    for _step in range(number + 1):
        page.keyboard.press("j")
    row = page.locator("#customers tbody tr").nth(number)
    expect(row).to_have_class(re.compile("zk-focused"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*/")
    return page.locator("h1").inner_text()


def _path(page: Page) -> str:
    """The address of the customer that is open."""
    found = re.search(r"/customers/\d+/", page.url)
    assert found is not None, page.url
    return found[0]


def _find(page: Page, words: str, name: str) -> None:
    """Ctrl K, what is typed, down to that customer, Enter."""
    page.keyboard.press("Control+k")
    page.keyboard.type(words, delay=15)
    option = page.locator("#zk-palette [role=option]").filter(has_text=name).first
    expect(option).to_be_visible()
    for _step in range(20):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*/")


def _initials(name: str) -> str:
    """The first letters of its pinyin, as one types them."""
    return next(token for token in name_tokens(name) if token.isascii() and len(token) == len(name))


def test_a_note_that_mentions_her_head_is_found_by_him(open_page: Opener) -> None:
    page = open_page("lin")
    _mine(page)
    name = next(name for name in page.locator("#customers tbody a").all_inner_texts() if len(name) == 3)
    _find(page, _initials(name), name)
    expect(page.locator("h1")).to_have_text(name)
    field = page.locator("#note-new-text")
    expect(field).to_be_attached()
    page.keyboard.press("l")
    expect(field).to_be_focused()
    page.keyboard.type("Rings back on Friday about the deposit @周", delay=15)
    expect(page.locator(".zk-mention-option").first).to_contain_text("周敏")
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile("@zhou|@周敏"))
    page.keyboard.press("Control+Enter")
    note = page.locator(".zk-noted").filter(has_text="Rings back on Friday")
    expect(note).to_be_visible()
    head = open_page("zhou")
    head.goto("/mentions/")
    line = head.locator(".zk-mentions li").filter(has_text="Rings back on Friday")
    expect(line).to_contain_text(name)
    line.get_by_role("link").click()
    head.wait_for_url("**/customers/**")
    expect(head.locator("h1")).to_have_text(name)
    expect(head.locator(".zk-noted").filter(has_text="Rings back on Friday").first).to_be_visible()
    note.get_by_role("button", name="Delete the note").click()
    expect(note).to_have_count(0)


def test_a_past_day_shows_other_figures_and_one_comes_back_to_today(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/customers/?view=mine&sort=aum&order=desc")
    _open_row(page, 0)
    address, figures = _path(page), page.locator(".zk-figures")
    today = figures.inner_text()
    page.locator("[data-zk-menu-past] summary").press("Enter")
    page.locator("#as-of-day").fill(EARLIER)
    page.locator("#as-of-day").press("Enter")
    expect(page.locator(".zk-as-of-banner")).to_contain_text("As of")
    assert figures.inner_text() != today
    page.locator("[data-zk-menu-past] summary").press("Enter")
    expect(page.locator(f'[data-zk-menu-past] a[href$="{LONG_AGO}"]')).to_have_count(0)  # no day before the first file is offered
    page.locator("#as-of-day").fill(LONG_AGO)
    page.locator("#as-of-day").press("Enter")
    expect(page.locator(".zk-as-of-banner")).to_contain_text("did not know this customer then")
    expect(figures).to_have_count(0)
    page.get_by_role("link", name="Back to today").press("Enter")
    page.wait_for_url(f"**{address}")
    expect(page.locator(".zk-as-of-banner")).to_have_count(0)
    assert figures.inner_text() == today


def _pages(paper: bytes) -> int:
    """How many pages a PDF has; its objects may lie in compressed streams."""
    packed = [part.partition(b"endstream")[0].strip(b"\r\n") for part in re.split(rb"\bstream\r?\n", paper)[1:]]
    texts = [paper]
    for part in packed:
        with contextlib.suppress(zlib.error):
            texts.append(zlib.decompressobj().decompress(part))
    return sum(len(re.findall(rb"/Type\s*/Page\b", text)) for text in texts)


def test_the_brief_is_one_sheet_of_paper(open_page: Opener) -> None:
    page = open_page("lin")
    _mine(page)
    name = _open_row(page, 1)
    page.get_by_role("link", name="Brief", exact=True).press("Enter")
    page.wait_for_url("**/brief/")
    expect(page.locator("h1")).to_have_text(name)
    link = page.get_by_role("link", name="As PDF").get_attribute("href")
    assert link
    answer = page.request.get(link)
    assert answer.headers["content-type"].startswith("application/pdf")
    paper = answer.body()
    assert paper.startswith(b"%PDF")
    assert _pages(paper) == 1


def test_j_and_k_walk_the_list_one_came_from_and_lead_back_to_it(open_page: Opener) -> None:
    page = open_page("lin")
    _mine(page)
    names = [link.inner_text() for link in page.locator("#customers tbody th a, #customers tbody td:nth-child(2) a").all()]
    assert _open_row(page, 1) == names[1]
    for key, at in (("j", 2), ("k", 1), ("k", 0)):
        expect(page.locator("[data-zk-next]")).to_be_visible()
        page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text(names[at])
    page.get_by_role("link", name="Back to the list").press("Enter")
    page.wait_for_url("**/customers/?**sort=name**")
    expect(page.locator("#customers tbody a").first).to_have_text(names[0])


def _write(page: Page, text: str) -> None:
    """Press a fact of what is known and write it; it is not saved yet."""
    page.locator(f'.zk-known-value[hx-get$="field={FACT}"]').press("Enter")
    page.locator(f"#known-{FACT}").fill(text)


def test_two_who_write_one_fact_lose_nothing_and_z_takes_back(open_page: Opener) -> None:
    hers, his = open_page("lin"), open_page("zhou")
    _mine(hers)
    _open_row(hers, 2)
    his.goto(_path(hers))
    for page in (hers, his):
        expect(page.locator("#known")).to_be_visible()
    _write(hers, "tea in the morning")
    _write(his, "coffee after lunch")
    hers.keyboard.press("Control+Enter")
    expect(hers.locator("#known")).to_contain_text("tea in the morning")
    his.keyboard.press("Control+Enter")
    expect(his.locator(".zk-conflict-head")).to_contain_text("林知远 saved while you were writing")
    expect(his.locator(".zk-conflict")).to_contain_text("tea in the morning")
    expect(his.locator(".zk-conflict")).to_contain_text("coffee after lunch")
    assert serious_faults(his) == []
    his.locator("#known .zk-conflict").get_by_label("Mine").focus()
    his.keyboard.press("Control+Enter")
    expect(his.locator("#known")).to_contain_text("coffee after lunch")
    expect(his.locator(".zk-toast")).to_contain_text("Saved")
    his.locator("body").press("z")
    expect(his.locator("#known")).to_contain_text("tea in the morning")
    hers.locator("body").press("z")
    expect(hers.locator("#known")).not_to_contain_text("tea in the morning")


def test_a_condition_is_kept_as_a_view_and_exported_as_it_stands(open_page: Opener, tmp_path: Path) -> None:
    page = open_page("lin")
    _mine(page)
    page.keyboard.press("f")
    page.wait_for_selector(".zkc-popup")
    page.keyboard.type("sex")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("[data-said]")).to_have_text("Sex: Female")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**where=**")
    page.get_by_role("button", name="Save as view").press("Enter")
    page.locator("#view-name").fill("Ladies first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Ladies first")).to_be_visible()
    shown = page.locator("#customers tbody tr").evaluate_all("rows => rows.map(row => row.querySelector('a').textContent.trim())")
    page.keyboard.press("e")
    page.locator("#export-dialog").get_by_label("Workbook (XLSX)").focus()
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    kept = tmp_path / "kept.xlsx"
    coming.value.save_as(kept)
    _head, *lines = CalamineWorkbook.from_path(str(kept)).get_sheet_by_index(0).to_python()
    names = ["".join(sign for sign in str(line[0]) if category(sign) != "Cf") for line in lines]  # without the mark of whose copy it is
    assert shown and names == shown
    page.goto("/customers/views/")
    page.get_by_role("button", name="Throw away Ladies first").press("Enter")
    expect(page.locator(".zk-undo")).to_contain_text("Thrown away")


@pytest.fixture
def searched(shared_bank: Bank, live_site: Served) -> Iterator[Bank]:
    """The bank in which duplicates were looked for, with two of 林知远's customers made likely ones; afterwards nothing of it is left."""
    shared_bank.zhike("duplicates", "find")
    with shared_bank.connected("job") as job:
        job.execute(TWO_OF_HERS)
    yield shared_bank
    with shared_bank.connected("job") as job:
        job.execute("delete from duplicates_pair")
        job.execute("delete from duplicates_merge")


def test_the_head_of_a_branch_makes_two_records_one_by_keys_and_takes_it_back(searched: Bank, open_page: Opener) -> None:
    page = open_page("zhou")
    page.goto("/duplicates/")
    pairs = page.locator("[data-zk-rows] tbody tr")
    before = pairs.count()
    assert before
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/duplicates/\d+/"))
    address = page.url
    expect(page.locator(".zk-pair")).to_be_visible()
    page.keyboard.press("1")
    page.wait_for_url("**merged=**")
    bar = page.locator(".zk-merged-bar")
    expect(bar).to_contain_text("is part of")
    assert pairs.count() < before
    page.keyboard.press("z")
    expect(bar).to_have_count(0)
    page.goto("/duplicates/")
    assert pairs.count() == before
    assert page.goto(address).ok  # type: ignore[union-attr]


def test_a_prospect_with_a_relation_goes_to_the_trash_and_comes_back_whole(open_page: Opener) -> None:
    page = open_page("lin")
    _mine(page)
    known = next(name for name in page.locator("#customers tbody a").all_inner_texts() if len(name) == 3)
    page.get_by_role("link", name="Add a prospect").press("Enter")
    page.wait_for_url("**/prospects/new/")
    page.get_by_label("Name", exact=False).first.fill("欧阳试笔")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    expect(page.locator("h1")).to_have_text("欧阳试笔")
    address = _path(page)
    page.get_by_role("button", name="Declare a relation").press("Enter")
    dialog = page.locator("#zk-act")
    expect(dialog.get_by_label("Who")).to_be_focused()
    page.keyboard.type(known, delay=15)
    expect(dialog.locator("#relation-picks")).to_contain_text(known)
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    relations = page.locator("#panel-relations")
    expect(relations).to_contain_text(known)
    page.goto(address.replace("customers", "prospects"))
    page.get_by_role("button", name="Delete").press("Enter")
    page.goto("/trash/")
    row = page.locator("tbody tr").filter(has_text="欧阳试笔").first
    expect(row).to_be_visible()
    gone = page.request.get(address)
    assert gone.status == 404
    row.get_by_role("button", name="Restore").press("Enter")
    page.wait_for_load_state()
    page.goto(address)
    expect(page.locator("h1")).to_have_text("欧阳试笔")
    expect(relations).to_contain_text(known)
    page.goto(address.replace("customers", "prospects"))
    page.get_by_role("button", name="Delete").press("Enter")
    page.wait_for_load_state()


def test_an_agent_finds_whoever_rings_by_four_digits_and_reads_the_number(open_page: Opener) -> None:
    page = open_page("he")
    page.goto("/customers/?view=all&sort=aum&kind=individual")
    _open_row(page, 0)
    name, mask = (
        page.locator("h1").inner_text(),
        page.locator(".zk-who .zk-secret", has=page.get_by_label("Show Mobile")).locator(".zk-mask"),
    )
    last = mask.inner_text()[-4:]
    page.goto("/me/")
    _find(page, last, name)
    expect(page.locator("h1")).to_have_text(name)
    secret = page.locator(".zk-who .zk-secret", has=page.get_by_label("Show Mobile"))
    secret.get_by_role("button", name="Show Mobile").press("Enter")
    secret.get_by_role("dialog").wait_for()
    page.keyboard.press("1")
    value = secret.locator("[x-text=value]")
    expect(value).to_be_visible()
    assert "•" not in value.inner_text() and value.inner_text().endswith(last)
