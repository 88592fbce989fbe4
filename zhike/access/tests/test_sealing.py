"""Protected values: what remains of them, what can be found, what can be opened."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.access import sealing
from zhike.access.sealing import KINDS, CannotOpen, digest_of, last4_digest_of, normalise, open_sealed, seal_one, seal_values

texts = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(lambda text: text.strip() != "")


@settings(deadline=None)  # the first one makes the keys
@given(st.sampled_from(KINDS), texts)
def test_what_is_sealed_opens_to_the_same(kind: str, text: str) -> None:
    row = seal_one(kind, text)
    if row["sealed"] is None:
        assert normalise(kind, text) == ""
    else:
        assert open_sealed(row["sealed"]) == (text if kind == "row" else text.strip())


@settings(deadline=None)  # the first one makes the keys
@given(st.sampled_from(KINDS), texts)
def test_equal_values_have_equal_digests_and_other_ciphertext(kind: str, text: str) -> None:
    first, second = seal_values(kind, [text]).to_pylist()[0], seal_values(kind, [f" {text} "]).to_pylist()[0]
    assert first["digest"] == second["digest"] == digest_of(kind, text)
    assert first["sealed"] is None or first["sealed"] != second["sealed"]


@settings(deadline=None)  # the first one makes the keys
@given(texts)
def test_a_digest_says_nothing_across_kinds(text: str) -> None:
    digests = [digest for kind in KINDS if (digest := digest_of(kind, text)) is not None]
    assert len(set(digests)) == len(digests)


@settings(deadline=None)  # the first one makes the keys
@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_a_mask_never_holds_the_value(phone: str) -> None:
    masked = seal_one("phone", phone)["masked"]
    assert masked == f"{phone[:3]}••••{phone[-4:]}"
    assert phone not in masked


@pytest.mark.parametrize(
    "written", ["13812346209", "138 1234 6209", "+86 138-1234-6209", "0086-13812346209", "８６１３８１２３４６２０９", "86 13812346209"]
)
def test_a_phone_is_the_same_however_it_is_written(written: str) -> None:
    assert digest_of("phone", written) == digest_of("phone", "13812346209")


def test_an_id_of_fifteen_digits_and_the_eighteen_it_became_find_each_other() -> None:
    assert digest_of("id_no", "110105491231002") == digest_of("id_no", "11010519491231002X")
    old, new = seal_one("id_no", "110105491231002"), seal_one("id_no", "11010519491231002X")
    assert old["digest"] == new["digest"] and old["masked"] != new["masked"] and old["last4"] != new["last4"]


def test_fifteen_digits_that_are_no_birth_date_stay_as_they_are() -> None:
    assert normalise("id_no", "510100000012345") == sealing.same_form("id_no", "510100000012345")


def test_an_id_number_with_a_small_x_is_the_same() -> None:
    assert digest_of("id_no", "11010519491231002x") == digest_of("id_no", "110105 19491231 002X")


def test_the_last_four_find_numbers_and_nothing_else() -> None:
    assert seal_one("card_no", "6222 0200 1234 5678")["last4"] == last4_digest_of("card_no", "5678")
    assert seal_one("email", "li@example.com")["last4"] is None
    assert last4_digest_of("card_no", "567") is None
    assert last4_digest_of("card_no", "5678") != last4_digest_of("phone", "5678")


def test_nulls_and_blanks_stay_empty_and_rows_stay_in_place() -> None:
    rows = seal_values("phone", pa.chunked_array([["13812346209", None], [" ", "13812346209", "-"]])).to_pylist()
    assert [row["masked"] for row in rows] == ["138••••6209", None, None, "138••••6209", None]
    assert all(rows[index] == {"digest": None, "last4": None, "masked": None, "sealed": None} for index in (1, 2, 4))


def test_a_changed_ciphertext_does_not_open() -> None:
    sealed = bytearray(seal_one("phone", "13812346209")["sealed"])
    for place in (0, 1, 5, len(sealed) - 1):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(CannotOpen):
            open_sealed(bytes(broken))
    with pytest.raises(CannotOpen):
        open_sealed(b"")


def test_an_older_key_version_still_opens_and_a_missing_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    old = sealing.Keyring({1: b"a" * 32})
    monkeypatch.setattr(sealing, "keyring", lambda: old)
    row = seal_one("phone", "13812346209")
    rotated = sealing.Keyring({1: b"a" * 32, 2: b"b" * 32})
    monkeypatch.setattr(sealing, "keyring", lambda: rotated)
    assert open_sealed(row["sealed"]) == "13812346209"
    assert seal_one("phone", "13812346209")["sealed"][0] == 2
    assert seal_one("phone", "13812346209")["digest"] == row["digest"]
    monkeypatch.setattr(sealing, "keyring", lambda: old)
    newest = sealing.Keyring({2: b"b" * 32, 1: b"c" * 32})
    monkeypatch.setattr(sealing, "keyring", lambda: newest)
    with pytest.raises(CannotOpen):
        open_sealed(row["sealed"])


def test_a_hundred_thousand_values_take_about_a_second() -> None:
    numbers = pa.array([f"138{number:08d}" for number in range(100_000)])
    started = time.perf_counter()
    seal_values("phone", numbers)
    assert time.perf_counter() - started < 5  # about 0.8 s on an idle core
