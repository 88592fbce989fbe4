"""A table of 5,000 rows is brought, looked at, taken, and taken back, by keyboard alone."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from zhike.ingestion.tests.importing import fingerprint, forget_imports, more_customers
from zhike.testing.browser import PHONE, Opener, serious_faults
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.testing.serving import Served
from zhike.workspace.tests.books import one

pytestmark = pytest.mark.browser

KNOWN, NEW, BAD = 2500, 2450, 50
HEADS = ["客户号", "姓名", "手机", "联系须知", "标签"]
TAKEN = 120_000  # milliseconds that 5,000 rows may take on a machine that does other things besides


@pytest.fixture
def numbers(bank: Bank, people: Cast, live_site: Served) -> Iterator[list[str]]:
    """2,500 more customers of 林知远's; whatever her imports made goes when the test ends."""
    with more_customers(bank, people, "lin", KNOWN) as found:
        yield found
    forget_imports(bank)


def _lines(numbers: Sequence[str]) -> list[list[str]]:
    """Known and new ones in turn, each hundredth row wrong."""
    known = [[number, "", "", "上午联系", "批量"] for number in numbers]
    new = [["", f"新客{place:05d}", f"137{place:08d}", "下午联系", ""] for place in range(NEW)]
    wrong = [["", f"错行{place}", "12", "", ""] if place % 2 else ["T-none", "", "", "上午联系", ""] for place in range(BAD)]
    good = [row for pair in zip(known, new, strict=False) for row in pair] + known[NEW:]
    for place, row in enumerate(wrong):
        good.insert(place * 100 + 99, row)
    return [HEADS, *good]


def _written(path: Path, lines: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def _tab_to(page: Page, wanted: Locator) -> None:
    """Go there with Tab, as somebody without a mouse does."""
    for _step in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def _brought(page: Page, path: Path) -> None:
    """Find the page by name, choose the file, look at it."""
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("Import", delay=15)
    expect(page.locator("#zk-palette [role=option][aria-selected=true]")).to_contain_text("Import")
    page.keyboard.press("Enter")
    page.wait_for_url("**/imports/")
    page.wait_for_load_state("networkidle")
    _tab_to(page, page.locator("#file"))
    _chosen(page, path)
    _tab_to(page, page.get_by_role("button", name="Look at it"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/imports/*/", timeout=TAKEN)


def _chosen(page: Page, path: Path) -> None:
    """Open the browser's dialog for files from the input that has the focus; a busy browser may swallow the first key."""
    for key in ("Enter", "Space", "Enter"):
        with contextlib.suppress(Error):
            with page.expect_file_chooser(timeout=5000) as chooser:
                page.keyboard.press(key)
            chooser.value.set_files(path)
            return
    raise AssertionError("no key opens the dialog for files")


def test_five_thousand_rows_new_and_known_with_fifty_bad_ones_are_taken_and_taken_back_by_keyboard(
    open_page: Opener, bank: Bank, numbers: list[str], tmp_path: Path
) -> None:
    before, lines, page = fingerprint(bank), _lines(numbers), open_page("lin")
    _brought(page, _written(tmp_path / "名单.csv", lines))
    shown = {name: page.locator(f"#would-{name}").inner_text() for name in ("create", "update", "skip", "refuse")}
    assert shown == {"create": "2,450", "update": "2,500", "skip": "0", "refuse": "50"}
    assert serious_faults(page) == [] and fingerprint(bank) == before
    _tab_to(page, page.locator("#take"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#import-done")
    page.evaluate(_WATCH)
    expect(page.locator("#import-result")).to_be_visible(timeout=TAKEN)
    seen: list[str] = page.evaluate("() => window.seen")
    assert any(0 < int(words.split(" ")[0].replace(",", "")) < 5000 for words in seen), f"it says how far it is: {seen}"
    figures = [int(text.replace(",", "")) for text in page.locator("#import-result .zk-equation b").all_inner_texts()]
    assert figures == [5000, 2450, 2500, 0, 50]
    made = "select count(*) from parties_party where source = 'own' and status = 'prospect' and rm_ids <> '{}' and name ~ '^新客[0-9]{5}$'"
    assert one(bank, made) == NEW
    assert (
        one(bank, "select count(*) from parties_declared where \"values\" ->> 'contact_advice' in ('上午联系', '下午联系')") == KNOWN + NEW
    )
    _tab_to(page, page.get_by_role("link", name="Rows not taken"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    _head, *refused = csv.reader(download.value.path().read_text("utf-8-sig").splitlines())
    assert [row[: len(HEADS)] for row in refused] == lines[100::100][:BAD] and all(row[-1] for row in refused)
    page.keyboard.press("z")
    expect(page.locator(".zk-messages")).to_contain_text("2,450 new prospects are gone again.", timeout=TAKEN)
    assert fingerprint(bank) == before


_WATCH = """() => {
  window.seen = [];
  const look = () => { const at = document.querySelector("#import-done"); if (at) window.seen.push(at.textContent); };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
}"""


def test_on_a_phone_the_rows_are_cards_and_one_says_what_becomes_of_a_likeness(
    open_page: Opener, bank: Bank, numbers: list[str], tmp_path: Path
) -> None:
    page: Any = open_page("lin", viewport=PHONE, language="zh-CN", dark=True)
    page.goto("/imports/")
    page.locator("#file").set_input_files(
        _written(tmp_path / "a.csv", [HEADS, ["", "客户7", "", "上午联系", ""], ["", "全新客户", "12", "", ""]])
    )
    page.get_by_role("button", name="检查文件").click()
    page.wait_for_url("**/imports/*/")
    assert serious_faults(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    page.locator("select[name=answer_2]").select_option(label="更新 客户7")
    page.locator("#take").click()
    expect(page.locator("#import-result")).to_be_visible(timeout=TAKEN)
    assert one(bank, "select count(*) from parties_declared d join parties_party p on p.id = d.party_id where p.name = '客户7'") == 1
