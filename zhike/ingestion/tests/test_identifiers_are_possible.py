"""Identity, telephone, card and account numbers are told apart from what cannot be one (domain.md 2.2)."""

import pytest

from zhike.ingestion.identifying import account_is_possible, card_is_possible, email_is_possible, id_is_possible, phone_is_possible


@pytest.mark.parametrize(
    ("id_type", "good", "bad"),
    [
        ("resident_id", "11010519491231002X", "110105194912310021"),
        ("resident_id", "11010519491231002x", "11010519491331002X"),
        ("resident_id", "110105491231002", "990105491231002"),
        ("resident_id", "110105491231002", "110105491331002"),
        ("uscc", "91350100M000100Y43", "91350100M000100Y44"),
        ("organisation_code", "M000100Y4", "M000100Y5"),
        ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D16"),
        ("birth_number", "706213", "706313"),
        ("birth_number", "7062131234", "701313"),
        ("passport", "E12345678", ""),
    ],
)
def test_identity_numbers(id_type, good, bad):
    assert id_is_possible(id_type, good) and not id_is_possible(id_type, bad)


@pytest.mark.parametrize("number", ["13800138000", "+86 138-0013-8000", "010-88888888", "+44 20 7946 0958"])
def test_telephones(number):
    assert phone_is_possible(number)


@pytest.mark.parametrize("number", ["1380013800", "12800138000", "call me", "123"])
def test_what_is_no_telephone(number):
    assert not phone_is_possible(number)


def test_cards_accounts_and_mail():
    assert card_is_possible("6222 0212 3456 7894") == card_is_possible("6222021234567894")
    assert card_is_possible("4111111111111111") and not card_is_possible("4111111111111112") and card_is_possible("411111******1111")
    assert (
        account_is_possible("GB82WEST12345698765432")
        and not account_is_possible("GB83WEST12345698765432")
        and account_is_possible("6222-000-1")
    )
    assert email_is_possible("li.si@bank.com.cn") and not email_is_possible("li si@bank") and not email_is_possible("@bank.cn")
