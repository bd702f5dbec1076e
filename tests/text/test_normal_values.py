"""Normal forms: what counts as the same value, and what does not."""

from __future__ import annotations

import pytest

from guardrail.text.normal_values import _CALLING_CODE, normal_value


def same_value(value, entry, type_):
    return normal_value(value, type_) == normal_value(entry, type_)


@pytest.mark.parametrize(
    ("value", "entry", "is_same"),
    [
        ("1-800-555-1212", "800-555-1212", True),
        ("+1 (800) 555 1212", "1-800-555-1212", True),
        ("001 800.555.1212", "8005551212", True),
        ("tel:+1-800-555-1212", "1-800-555-1212", True),
        ("８００ 555 1212", "800-555-1212", True),
        ("1-800-555-1213", "1-800-555-1212", False),
        ("1-800-555-121", "1-800-555-1212", False),
        ("800-555-1212 ext. 5", "800-555-1212", False),
        ("800-555-1212 ext. 5", "+1 800 555 1212 x5", True),
        ("+49 30 901820", "030 901820", True),
        ("+49 (0)30 901820", "0049 30 901820", True),
        ("+49 30 901820", "+49 40 901820", False),
        ("+358 9 1234567", "09 1234567", True),
        ("+86 138 0013 8000", "13800138000", True),
        ("1-800-FLOWERS", "1-800-flowers", True),
        ("1-800-FLOWERS", "1-800", False),
        ("911", "911", True),
        ("0", "0", True),
    ],
)
def test_phone_numbers_compare_without_country_code(value, entry, is_same):
    assert same_value(value, entry, "PHONE_NUMBER") is is_same


def test_calling_codes_are_those_of_the_world():
    phonenumbers = pytest.importorskip("phonenumbers")
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        found = _CALLING_CODE.match(f"{code}5551212")
        assert found is not None
        assert found[0] == str(code)


@pytest.mark.parametrize(
    ("type_", "value", "entry", "is_same"),
    [
        ("EMAIL_ADDRESS", "Ann@Example.ORG", "ann@example.org", True),
        ("EMAIL_ADDRESS", "ann@example.org", "anne@example.org", False),
        ("CREDIT_CARD", "4111 1111-1111 1111", "4111111111111111", True),
        ("CREDIT_CARD", "4111 1111 1111 1112", "4111111111111111", False),
        ("IBAN_CODE", "de89 3704 0044 0532 0130 00", "DE89370400440532013000", True),
        ("US_SSN", "536-90-4399", "536 90 4399", True),
        ("ES_NIF", "55555555-k", "55555555K", True),
        ("MAC_ADDRESS", "00:1b:44:11:3a:b7", "001B.4411.3AB7", True),
        ("CRYPTO", "1A1zP1eP", "1a1zp1ep", False),
        ("IP_ADDRESS", "2001:DB8:0:0::1", "2001:db8::1", True),
        ("IP_ADDRESS", "10.0.0.1", "10.0.0.10", False),
        ("IP_ADDRESS", "10.0.0.1/8", "10.0.0.1/8", True),
        ("IP_ADDRESS", "999.1.1.1", "999.1.1.1", True),
        ("LINKS", "HTTPS://Example.ORG/", "https://example.org", True),
        ("LINKS", "https://example.org/A", "https://example.org/a", False),
        ("URL", "Example.org/a", "example.org/a", True),
        ("PERSON", "Ann\n  LEE", "ann lee", True),
        ("PERSON", "straße", "STRASSE", True),
        ("PERSON", "Annlee", "ann lee", False),
        ("US_SSN", "---", "--", False),
    ],
)
def test_values_compare_by_type(type_, value, entry, is_same):
    assert same_value(value, entry, type_) is is_same


@pytest.mark.parametrize("type_", ["PHONE_NUMBER", "IP_ADDRESS", "URL", "US_SSN", "PERSON"])
@pytest.mark.parametrize("value", ["", " ", "+", "00", "//", "\ud800", "x5", "🙂"])
def test_no_value_is_refused(type_, value):
    assert isinstance(normal_value(value, type_), str)


def test_every_national_number_is_known_by_name():
    from guardrail.stages.pii.entities import BY_COUNTRY
    from guardrail.text.normal_values import _IDS, _NATIONAL_IDS, _PHONES

    names = {name for group in BY_COUNTRY.values() for name in group}
    assert names == (_NATIONAL_IDS | _PHONES | _IDS) & names
    assert names >= _NATIONAL_IDS


def test_a_list_whose_name_looks_like_a_country_is_compared_as_text():
    assert not same_value("C++", "C", "MY_TERMS")
