"""What may stand in a note, how it is shown, whom it mentions, and what a file is: rules, without a database."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.queries import Colleague
from zhike.access.screening import screened
from zhike.engagement.media import FileRefused, media_type_of, safe_name
from zhike.engagement.mentioning import MentionRefused, fits, mentioned
from zhike.engagement.writing import excerpt, formatted

LIN = Colleague(1, "lin", "林知远", "", sees=True)
LINZHI = Colleague(2, "linzhi", "林知", "", sees=True)
CHEN = Colleague(3, "chen", "陈思", "", sees=False)
OTHER_LIN = Colleague(4, "lin2", "林知远", "", sees=True)


def test_paragraphs_lists_bold_and_links_are_drawn_and_nothing_else():
    text = "**存单** 到期\n转走 40%\n\n- 见 https://bank.example/a?b=1&c=2。\n- 再打\n1. 先\n2、后"
    assert formatted(text) == (
        "<p><b>存单</b> 到期<br>转走 40%</p>"
        '<ul><li>见 <a href="https://bank.example/a?b=1&amp;c=2" rel="noopener noreferrer" target="_blank">https://bank.example/a?b=1&amp;c=2</a>。</li>'
        "<li>再打</li></ul><ol><li>先</li><li>后</li></ol>"
    )


@given(st.text(alphabet=st.sampled_from("<>\"'&*@-1. \nabchttps:/林知远"), max_size=80))
def test_whatever_is_typed_brings_in_no_element_of_its_own(text):
    drawn = formatted(text, ["林知远"])
    ours = re.sub(
        r'</?(?:p|b|ul|ol|li|a|span|br)(?: (?:href="https?://[^"<>]*"|rel="noopener noreferrer"|target="_blank"|class="zk-mention"))*>',
        "",
        drawn,
    )
    assert "<" not in ours and ">" not in ours


def test_the_beginning_of_a_long_note_is_one_line():
    assert excerpt("**甲**\n乙") == "甲 乙"
    assert excerpt("字" * 200) == "字" * 119 + "…"


@pytest.mark.parametrize(
    ("typed", "kept", "found"),
    [
        ("身份证 11010519491231002X 已核", "身份证 110••••002X 已核", ("id_no",)),
        ("旧证 110105491231002 换新", "旧证 110••••1002 换新", ("id_no",)),
        ("卡 6222 0212 3456 7894, CVV: 123", "卡 622202••••7894, CVV: ••••", ("card_no", "secret")),
        ("短信验证码是 483920", "短信验证码是 ••••", ("secret",)),
        ("交易密码：Abc123!", "交易密码：••••", ("secret",)),
        ("有效期 12/28", "有效期 ••••", ("secret",)),
        ("交易密码已重置 2 次", "交易密码已重置 2 次", ()),
        ("新手机 13812345678", "新手机 13812345678", ()),
        ("11010519491231002Y 不是证件", "11010519491231002Y 不是证件", ()),
        ("存单 200 万 2026-11-25 到期", "存单 200 万 2026-11-25 到期", ()),
    ],
)
def test_secrets_are_taken_out_and_full_numbers_masked(typed, kept, found):
    assert (screened(typed).text, screened(typed).found) == (kept, found)
    assert screened(kept).text == kept, "what was masked stays as it is"


@given(st.integers(0, 9), st.lists(st.integers(0, 9), min_size=14, max_size=14), st.sampled_from(["", " ", "-"]))
def test_no_card_number_survives_however_it_is_spaced(first, rest, between):
    digits = "6" + str(first) + "".join(map(str, rest))[:13]
    total = sum(d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(map(int, digits)))
    number = digits + str(-total % 10)
    spaced = between.join(number[at : at + 4] for at in range(0, 16, 4))
    assert len(number) == 16 and number not in re.sub(r"\D", "", screened(f"卡号 {spaced} 的客户").text)


def test_the_longest_name_after_the_sign_is_meant():
    assert mentioned("@林知远请看，@linzhi 也看", [LIN, LINZHI]) == [LIN, LINZHI]
    assert mentioned("@林知 请看", [LIN, LINZHI]) == [LINZHI]
    assert mentioned("写信给 a@lin.example", [LIN]) == []


def test_who_does_not_see_the_customer_cannot_be_mentioned():
    with pytest.raises(MentionRefused) as refused:
        mentioned("@陈思 请看", [LIN, CHEN])
    assert (refused.value.reason, refused.value.who) == ("unseen", CHEN)


def test_of_two_who_bear_one_name_the_log_in_decides():
    with pytest.raises(MentionRefused) as refused:
        mentioned("@林知远 请看", [LIN, OTHER_LIN])
    assert refused.value.reason == "twice"
    assert mentioned("@林知远(lin2) 请看", [LIN, OTHER_LIN]) == [OTHER_LIN]


@pytest.mark.parametrize("typed", ["", "林", "知远", "lzy", "linzhi", "zhiyuan", "lin"])
def test_a_colleague_is_offered_by_characters_pinyin_initials_and_log_in(typed):
    assert fits(LIN, typed)
    assert not fits(LIN, "chen")


def office(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (b"%PDF-1.7 ...", "a/b/../合同.exe", "合同.pdf"),
        (b"\x89PNG\r\n\x1a\n...", "照片", "照片.png"),
        (b"\xff\xd8\xff\xe0...", "x.JPEG", "x.jpeg"),
        ("一行,二行\n".encode("gb18030"), "表.csv", "表.csv"),
        (office("[Content_Types].xml", "word/document.xml"), "x.docx", "x.docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), ".zip", "zip.xlsx"),
    ],
)
def test_a_file_is_what_its_content_says(content, name, kept):
    assert safe_name(name, media_type_of(content)) == kept


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00", "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"\xef\xbb\xbf  <svg onload=1>", "kind"),
        (office("a.txt"), "kind"),
        (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macro"),
        (b"PK\x03\x04broken", "kind"),
    ],
)
def test_what_could_run_or_is_unknown_is_refused(content, reason):
    with pytest.raises(FileRefused) as refused:
        media_type_of(content)
    assert refused.value.reason == reason
