"""Cuts: merging, labels, placeholders."""

import pytest

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.runtime.act import Conversation
from guardrail.values import Span

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"


def check(rules, text, **detectors):
    guard = Guard.load(Source("p.guard", HEAD + rules), detectors=detectors)
    return guard.check(text).output


def spans(*found):
    return ("spans", lambda text: found)


def two(first, second, *, severities=("medium", "medium"), names=("a", "b")):
    return (
        "detector one = one()\ndetector two = two()\n"
        f"rule {names[0]} on output severity {severities[0]}\n"
        f'  when one found\n  then redact as "{first}"\n'
        f"rule {names[1]} on output severity {severities[1]}\n"
        f'  when two found\n  then redact as "{second}"\n'
    )


def test_overlapping_findings_merge_and_the_longer_one_names_them():
    found = {"one": spans((0, 3)), "two": spans((2, 9))}
    assert check(two("<1>", "<2>"), "abcdefghij", **found) == "<2>j"


def test_higher_severity_beats_length():
    rules = two("<1>", "<2>", severities=("high", "medium"))
    found = {"one": spans((0, 3)), "two": spans((2, 9))}
    assert check(rules, "abcdefghij", **found) == "<1>j"


def test_equal_length_goes_to_the_earlier_rule_name():
    found = {"one": spans((0, 3)), "two": spans((1, 4))}
    assert check(two("<1>", "<2>", names=("z", "b")), "abcdef", **found) == "<2>ef"


def test_merging_is_transitive_and_touching_stays_apart():
    found = {"one": spans((0, 2), (3, 5)), "two": spans((1, 4), (5, 6))}
    assert check(two("<1>", "<2>"), "abcdefg", **found) == "<2><2>g"


def test_equal_rules_break_ties_by_type():
    rules = "detector one = one()\nrule r on output\n  when one found\n  then redact\n"
    assert check(rules, "abc", one=spans((0, 2, "ZIP"), (0, 2, "AGE"))) == "[AGE]c"


@pytest.mark.parametrize(
    ("value", "shown"), [("4111-1111", "1111"), ("12345678", "5678"), ("123-4567", "****")]
)
def test_last4_needs_eight_letters_or_digits(value, shown):
    rules = 'pattern p1 = /[\\d-]+/\nrule r on output\n  when text matches p1\n  then redact as "{last4}"\n'
    assert check(rules, f"x {value} y") == f"x {shown} y"


def test_findings_widen_to_grapheme_clusters():
    rules = (
        'pattern e = /e/\nrule r on output\n  when text matches e exactly\n  then redact as "_"\n'
    )
    assert check(rules, "ae\u0301b") == "a_b"


def test_appends_come_by_severity_and_equal_texts_once():
    rules = (
        'reply one "One."\nreply two "Two."\nreply same "One."\n'
        'rule a on output severity low\n  when text contains "x"\n  then append one\n'
        'rule b on output severity high\n  when text contains "x"\n  then append two and redact as "_"\n'
        'rule c on output severity low\n  when text contains "x"\n  then append same\n'
    )
    assert check(rules, "x") == "_\n\nTwo.\n\nOne."


@pytest.mark.parametrize(
    ("template", "type_", "shown"),
    [
        ("<{type}>", "MAIL", "<MAIL>"),
        ("[x]", "MAIL", "[x]"),
        ("<{type}>", "{last4}", "<{last4}>"),
        ("{type}{last4}", "MAIL", "MAIL5678"),
    ],
)
@pytest.mark.parametrize("conversation", [None, Conversation()])
def test_what_is_filled_in_is_not_read_again(template, type_, shown, conversation):
    rules = f'detector d = d()\nrule r on output\n  when d found\n  then redact as "{template}"\n'

    def found(_text):
        return (Span(1, 9, type_),)

    guard = Guard.load(Source("p.guard", HEAD + rules), detectors={"d": ("spans", found)})
    assert guard.check("x12345678y", conversation=conversation).output == f"x{shown}y"
