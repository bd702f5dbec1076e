import pytest
import re2
import regex
from regex import _regex, _regex_core

from guardrail.text import syntax, widen
from guardrail.text.pattern import Pattern, PatternError, parse_pattern
from guardrail.text.widen import literal, other_cases, widen_foreign

SANE = (
    r"(?:[a-z0-9-]+\.)+com",
    r"\b(?:\d[ -]?){12,18}\d\b",
    r"(?:\w+\s+){1,5}x",
    r"(?:\w+\s+)+x",
    r"(?:[a-z]+,)*[a-z]+$",
    r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}",
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)",
    r"(?:foo|bar)+x",
    r"(?:\w|\d)+$",
    r"(?s)<script.*?</script>",
)


def refused(source: str, flags: str = "") -> PatternError:
    with pytest.raises(PatternError) as caught:
        parse_pattern(source, flags)
    return caught.value


@pytest.mark.parametrize("source", SANE)
def test_sane_pattern_is_accepted(source):
    assert parse_pattern(source, "i").compiled().flags & regex.I


@pytest.mark.parametrize(
    ("source", "where", "help_"),
    [
        (r"(a+)+\d", "(a+)+", r"/a+\d/ matches the same text"),
        (r"x(?:[a-z]*)*\d", "(?:[a-z]*)*", r"/x[a-z]*\d/ matches the same text"),
        (r"(?:\w+\s?)+$", r"(?:\w+\s?)+", None),
        (r"((b?(a+))c?)*d", "((b?(a+))c?)*", None),
        (r"(?:a|aa)+$", "(?:a|aa)+", None),
        (r"^(?:a|ab|b)+c", "(?:a|ab|b)+", None),
        (r"(?:\D|\D\D)+x", r"(?:\D|\D\D)+", None),
        (r"x(?:a|[a-c]){30,}y", "(?:a|[a-c]){30,}", None),
    ],
)
def test_exponential_pattern_is_refused_at_the_repeat(source, where, help_):
    error = refused(source)
    assert (error.kind, source[error.start : error.end], error.help) == (
        "exponential",
        where,
        help_,
    )


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("a(?=b)", "(?="),
        ("(?<!b)a", "(?<!"),
        (r"(a)\1", r"\1"),
        (r"(?P<n>a)(?P=n)", "(?P="),
        ("(?>a)b", "(?>"),
        ("a++b", "++"),
        ("a(?R)?", "(?R"),
        ("(a)(?1)", "(?1)"),
        ("(a)?(?(1)b|c)", "(?("),
        ("(?:foo){e<=1}", "{"),
        ("foo{i}", "{"),
        ("[a&&b]", "&&"),
        ("[a-z--[aeiou]]", "--"),
        (r"\L<words>", r"\L<words>"),
        (r"\Xa", r"\X"),
        ("a(*SKIP)b", "(*SKIP)"),
        ("a{1001}", "{1001}"),
        ("(?:a{100}){11}", "a{100}"),
        ("(" * 20 + "a" + "b)+" * 20, "(" * 20 + "a" + "b)+" * 20),
    ],
)
def test_what_re2_cannot_run_is_refused(source, where):
    error = refused(source)
    assert (error.kind, source[error.start : error.end]) == ("nonlinear", where)


@pytest.mark.parametrize(
    ("source", "flags", "where"),
    [
        ("(a", "", "("),
        ("a)", "", ")"),
        ("[a", "", "[a"),
        ("*a", "", "*"),
        ("a**", "", "*"),
        ("a{2,1}", "", "{2,1}"),
        (r"\Qa\E", "", r"\Q"),
        (r"\C", "", r"\C"),
        (r"\x{41}", "", r"\x{4"),
        ("a\\", "", "\\"),
        ("a(?i)b", "", "(?i)"),
        ("(?a:b)", "", "(?a:"),
        (r"a\p{Nonsense}", "", r"\p{Nonsense}"),
        (r"\pa", "", r"\p"),
        ("[[:nonsense:]]", "", "[[:nonsense:]]"),
        (r"\b+a", "", "+"),
        ("a", "iz", ""),
        ("a", "ii", ""),
    ],
)
def test_bad_syntax_is_refused(source, flags, where):
    error = refused(source, flags)
    assert error.kind == "invalid"
    assert source[error.start : error.end] == where


def test_unknown_flag_points_behind_the_closing_slash():
    error = refused("abc", "iz")
    assert "/abc/iz"[1 + error.start : 1 + error.end] == "z"


@pytest.mark.parametrize("source", ["", "a*", "a|", r"\b", "^$", "(?:a?b?)", "(?i)", "a{0}"])
def test_pattern_that_matches_nothing_at_all_is_refused(source):
    assert refused(source).kind == "empty"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("abc", 3),
        (r"\bab{2,5}c?$", 7),
        ("(?:ab|cde){3}", 9),
        ("a+", None),
        (r"(?:\b)*a", 1),
        ("a{0}b", 1),
        (r"\u00e9\n.", 3),
    ],
)
def test_longest_match_is_known(source, expected):
    assert parse_pattern(source, "").max_length == expected


@pytest.mark.parametrize(
    ("source", "flags", "found", "not_found"),
    [
        ("a b # and so on\n c", "x", "abc", "a b"),
        (r"a\ b [ ] c", "x", "a b c", "abc"),
        ("a +", "x", "aa", "b"),
        ("(?x: a b )c d", "", "abc d", "abcd"),
        ("a{,2}b", "", "b", "a"),
        ("{name}", "", "{name}", "name"),
        ("a{ b", "", "a{ b", "ab"),
        ("[]x]", "", "]", "y"),
        (r"[\w-.]+!", "", "a-.!", "!"),
        ("a(?#comment)+b", "", "aab", "b"),
        ("(?i)é", "", "É", "e"),
        ("(?-i:a)b", "i", "aB", "AB"),
    ],
)
def test_syntax_means_the_same_to_regex_and_to_the_widened_expression(
    source, flags, found, not_found
):
    pattern = parse_pattern(source, flags)
    assert pattern.compiled().search(found)
    assert re2.compile(pattern.widened()).search(found)
    assert not pattern.compiled().search(not_found)
    assert not re2.compile(pattern.widened()).search(not_found)


def test_patterns_are_equal_by_source_and_flags():
    assert parse_pattern("ab", "i") == parse_pattern("ab", "i") != parse_pattern("ab", "")


def test_deeply_nested_pattern_is_refused_and_does_not_exhaust_the_stack():
    assert refused("(" * 5000 + "a" + ")" * 5000).kind == "invalid"


def test_literal_without_case_covers_whatever_regex_takes_for_it():
    flags = _regex_core.IGNORECASE | _regex_core.UNICODE
    for code in range(0x110000):
        cases = _regex.get_all_cases(flags, code)
        if len(cases) > 1:
            assert {chr(case) for case in cases} <= set(other_cases(chr(code))), hex(code)


def test_widened_literal_matches_each_of_its_cases():
    for char in "kKsSiIıİſKåßẞΣςµǅԱ":
        expression = re2.compile(literal(char, fold=True))
        matched = regex.compile(char, regex.V0 | regex.I).findall("".join(map(chr, range(0x2FFF))))
        assert all(expression.fullmatch(other) for other in matched)


def test_class_membership_does_not_rest_on_tables():
    chars, beyond = widen.members(r"\w", fold=False)
    assert beyond
    assert chars == "".join(regex.findall(r"\w", "".join(map(chr, range(128)))))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"(?<![\w.])(\d{3})-\1(?!\d)", "x 123-123."),
        (r"(?>a+)b++c", "aabbc"),
        (r"(a)?(?(1)b|c)d", "abd"),
        (r"\((?:[^()]|(?R))*\)z", "(a(b))z"),
        (r"^(?=.{3})\Aab\Z", "ab"),
    ],
)
def test_foreign_pattern_is_widened_to_a_superset(source, text):
    gate = widen_foreign(source, 0)
    assert gate is not None
    assert re2.compile(gate).search(text)


@pytest.mark.parametrize("source", ["a*", r"\b", "(?e)(?:foo){e<=1}", "a(?i)b", "(", "(?r)a"])
def test_foreign_pattern_that_is_not_understood_gets_no_gate(source):
    assert widen_foreign(source, 0) is None


def test_foreign_flags_are_heeded():
    assert re2.compile(widen_foreign("a b", int(regex.I | regex.X)) or "").search("AB")
    assert widen_foreign("ab", int(regex.V1)) is None


def test_pattern_is_frozen():
    pattern = parse_pattern("a", "")
    with pytest.raises(AttributeError):
        pattern.source = "b"  # type: ignore[misc]
    assert isinstance(pattern, Pattern)
    assert [type(node) for node in syntax.walk(pattern.tree)] == [syntax.Literal]
