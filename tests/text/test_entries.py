import pytest
import re2

from guardrail.text.entries import Entry, covers, fold_key, folds_to_nothing, forms


def occurrences(entry: str, text: str) -> list[str]:
    return [text[start:end] for start, end in Entry(entry).occurrences(text)]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("reset", "请reset密码"),
        ("reset", "RESET!"),
        ("reset", "(reset)"),
        ("C++", "C++11 or MyC++? no: C++"),
        ("密码", "请输入密码吧"),
        ("ガラス", "ステンドガラスの"),
        ("👍", "ok👍ok"),
        ("❤️", "a❤️b"),
        ("7", "第7章"),
        ("log in", "log\r\n\t in"),
        ("café", "CAFÉ"),
        ("cafe\u0301", "café"),
        ("café", "cafe\u0301"),
        ("Straße", "STRASSE"),
        ("한국", "한국, 안녕"),
        ("№ 5", "№\u00a05"),
        ("①", "x①y"),
    ],
)
def test_entry_is_found(entry, text):
    assert occurrences(entry, text)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("reset", "presets"),
        ("reset", "reset_all"),
        ("reset", "reset2"),
        ("reset", "resété"),
        ("cafe", "café"),
        ("cafe", "cafe\u0301"),
        ("id", "идid"),
        ("C++", "AC++"),
        ("log in", "login"),
        ("log in", "log" + " " * 65 + "in"),
        ("하", "한"),
    ],
)
def test_entry_is_not_found(entry, text):
    assert not occurrences(entry, text)
    assert not list(Entry(entry).folded_occurrences(text))


def test_occurrences_of_one_entry_may_overlap():
    assert list(Entry("a b a").occurrences("a b a b a")) == [(0, 5), (4, 9)]


def test_white_space_in_an_entry_matches_up_to_64():
    assert occurrences("a b", "a" + " " * 64 + "b")


def test_voiced_kana_is_not_its_voiceless_part_in_a_folded_text():
    assert not list(Entry("か").folded_occurrences("か\u3099"))
    assert list(Entry("か").folded_occurrences("かが"[:1] + "き"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("Hello", ("Hello",)),
        ("CAFÉ", ("CAFÉ", "cafe\u0301")),
        ("İ", ("İ", "i\u0307")),
        ("①", ("①", "1")),
    ],
)
def test_forms_are_the_spellings_that_differ_in_more_than_case(entry, expected):
    assert forms(entry) == expected


@pytest.mark.parametrize(
    "entry", ["kiss", "C++", "a  b", "Straße", "ısı", "①", "密码", "x-ray", "ſo"]
)
def test_widened_expression_occurs_wherever_a_form_does(entry):
    expression = re2.compile("|".join(Entry(entry).widened()))
    for form in forms(entry):
        for text in (form, form.upper(), f"é{form}é", f"中{form}–", form.replace("s", "ſ")):
            assert not occurrences(entry, text) or expression.search(text)


def test_widened_expression_keeps_word_boundaries():
    (expression,) = Entry("cat").widened()
    assert not re2.compile(expression).search("concatenate")


@pytest.mark.parametrize("entry", ["", "  ", "\u200b", "\u00ad \ufeff", "\u202e", "\ufe0f"])
def test_entry_of_nothing_visible_folds_to_nothing(entry):
    assert folds_to_nothing(entry)


@pytest.mark.parametrize("entry", ["a", "_", "👍", "+", "\u0301x"])
def test_visible_entry_does_not_fold_to_nothing(entry):
    assert not folds_to_nothing(entry)


@pytest.mark.parametrize(
    ("one", "other"), [("Ab", "aB"), ("a \t b", "A b"), ("ﬁ", "FI"), ("é", "e\u0301")]
)
def test_fold_key_is_shared_by_entries_that_mean_the_same(one, other):
    assert fold_key(one) == fold_key(other)


@pytest.mark.parametrize(
    ("shorter", "longer", "is_inside"),
    [
        ("reset", "reset password", True),
        ("set", "reset", False),
        ("Log  In", "please log in", True),
        ("密", "密码", True),
        ("C", "C++", True),
        ("C++", "C", False),
    ],
)
def test_covers_says_whether_an_entry_lies_inside_another(shorter, longer, is_inside):
    assert covers(shorter, longer) == is_inside
