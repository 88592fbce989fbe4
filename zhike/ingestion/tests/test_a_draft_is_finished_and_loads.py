"""`zhike layouts new` drafts a layout from a bank's files; answering its questions is all that is left before loading."""

from __future__ import annotations

from pathlib import Path

from zhike.testing.databases import Bank


def test_a_draft_for_a_chinese_file_loads_once_its_questions_are_answered(empty_bank: Bank, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rows = "\r\n".join(f"C{number}|+|客户{number}|+|2020-01-0{number}" for number in range(1, 10))
    (folder / "客户信息.txt").write_bytes(f"客户号|+|客户名称|+|出生日期\r\n{rows}\r\n".encode("gbk"))
    drafted = empty_bank.zhike("layouts", "new", str(folder / "客户信息.txt"))
    assert 'encoding = "gbk"' in drafted and 'delimiter = "|+|"' in drafted and "???" in drafted
    layout = tmp_path / "core.toml"
    layout.write_text(drafted.replace('kind = { value = "???" }', 'kind = { value = "individual" }'), encoding="utf-8")
    told = empty_bank.load(folder, str(layout), "--batch-date", "2026-01-05")
    assert told["feeds"]["parties"] == {"in": 9, "loaded": 9, "unchanged": 0, "rejected": 0}
