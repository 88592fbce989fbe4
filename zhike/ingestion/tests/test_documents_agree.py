"""The pages about feeds and layouts say what the code does."""

from pathlib import Path

from zhike.ingestion import layout_reading
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.feeds_page import PAGE, page
from zhike.ingestion.reasons import REASONS, sentence

LAYOUTS = Path(PAGE).with_name("layouts.md").read_text(encoding="utf-8")


def test_the_page_of_feeds_is_the_one_that_the_code_makes():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m zhike.ingestion.feeds_page"
    assert f"({len(FEEDS)} of them)" in PAGE.read_text(encoding="utf-8")


def test_the_page_of_layouts_names_every_key():
    keys = (
        layout_reading.FILE_KEYS
        | layout_reading.FEED_KEYS
        | layout_reading.FIELD_KEYS
        | layout_reading.TOP_KEYS - {"name", "files", "check"}
    )
    assert [key for key in sorted(keys) if f"`{key}`" not in LAYOUTS and f"{key}]" not in LAYOUTS and f"{key} =" not in LAYOUTS] == []


def test_the_page_of_layouts_names_every_reason_that_a_file_can_give():
    assert [code for code in REASONS if code not in LAYOUTS and code != "unknown_parent"] == []


def test_every_reason_is_a_whole_sentence():
    for code in REASONS:
        text = sentence(code, "amount", "12")
        assert text.endswith((".", ": 12")) and "%(" not in text
    assert sentence("never heard of") == "never heard of"
