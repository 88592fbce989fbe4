"""Makes the generated part of docs/feeds.md from feeds.py; a test holds the two together.

`python -m zhike.ingestion.feeds_page` writes the page anew.
"""

from __future__ import annotations

from pathlib import Path

from zhike.ingestion.feeds import FEEDS, Feed, Field

PAGE = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
BEGIN = "<!-- from here on made from zhike/ingestion/feeds.py -->"


def generated() -> str:
    """Every feed with its fields, as Markdown."""
    return "\n".join([BEGIN, "", *(_feed(feed) for feed in FEEDS.values())])


def page() -> str:
    """The whole page: the prose that stands there, and the generated part after it."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[0] + generated()


def _feed(feed: Feed) -> str:
    facts = [
        f"key: {', '.join(f'`{one}`' for one in feed.key)}",
        f"delivered {feed.mode}",
        "" if feed.merged else "landed, not yet merged",
        feed.note,
    ]
    lines = [
        f"## {feed.name}",
        "",
        " · ".join(filter(None, facts)) + ".",
        "",
        "| field | type | needed | class | meaning |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_field(field) for field in feed.fields), ""])


def _field(field: Field) -> str:
    kind = f"{field.type}, sealed ({field.seal})" if field.seal else field.type
    meaning = [field.note, f"of feed {field.refers}" if field.refers else "", f"one of {' '.join(f'`{code}`' for code in field.codes)}" if field.codes else "",
               "not after the batch date" if field.past else ""]  # fmt: skip
    return f"| `{field.name}` | {kind} | {'yes' if field.required else ''} | C{field.c} | {'; '.join(filter(None, meaning))} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
