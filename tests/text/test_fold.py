import sys
import unicodedata

import pytest

from guardrail.text import fold as module
from guardrail.text.fold import compatibility_forms, disguising, fold, folds


def by_definition(char: str) -> str:
    before, after = "", unicodedata.normalize("NFKD", char)
    while before != after:
        before, after = after, unicodedata.normalize("NFKD", after.casefold())
    return after


def test_fold_of_every_character_is_as_defined():
    for code in range(sys.maxunicode + 1):
        assert fold(chr(code)) == by_definition(chr(code)), hex(code)


def test_compatibility_form_of_every_character_is_nfkc():
    forms = compatibility_forms()
    for code in range(sys.maxunicode + 1):
        assert forms.get(chr(code), chr(code)) == unicodedata.normalize("NFKC", chr(code))


def test_folding_twice_changes_nothing():
    everything = "".join(map(chr, range(0x30000)))
    assert fold(fold(everything)) == fold(everything)


@pytest.mark.parametrize("char", "’“”–—•€¥°§©żйガ한 \u00a0\u2003\u3000")
def test_common_typography_disguises_nothing(char):
    assert char not in disguising()


@pytest.mark.parametrize("char", "ßﬁ…①Ａ™\u0301\u1161\u3099İ")
def test_characters_that_fold_otherwise_disguise(char):
    assert char in disguising()


def test_characters_that_regex_equates_need_no_fold():
    assert not {"A", "Ж", "K", "ſ", "\u00a0"} & folds().keys()


def test_blocks_that_are_not_searched_hold_nothing():
    searched = {code for block in module._BLOCKS for code in block}
    for code in set(range(1, sys.maxunicode + 1)) - searched:
        assert by_definition(chr(code)) == chr(code), hex(code)
