from pathlib import Path

import pytest

from guardrail.language import build, nodes, parser
from guardrail.language.nodes import And, Compare, Found, Not, Number, Or, Ref, Text
from guardrail.language.parser import parse
from guardrail.language.source import Range, Source
from guardrail.values import Severity

COMPLETE = (Path(__file__).parents[1] / "cases" / "syntax" / "complete.guard").read_text("utf-8")
HELPERS = {
    *["build", "all", "optional", "span", "report", "declared", "clauses"],
    *["only", "flagged", "word", "parts"],
}
ANY = Range(0, 0)  # spans do not count in comparisons


def built(text):
    file, mistakes = parse(Source("demo.guard", f"edition 1\n{text}"))
    assert not mistakes, mistakes
    return file.items[0]


def condition(text):
    return built(f"rule r on output when {text} then flag").when


def mistakes_of(text):
    return parse(Source("demo.guard", f"edition 1\n{text}"))[1]


def ref(name):
    return Ref(span=ANY, name=name)


def string(value):
    return Text(span=ANY, value=value)


def number(value):
    return Number(span=ANY, value=value)


def found(name):
    return Found(span=ANY, detector=ref(name), at_least=None)


def test_every_rule_of_the_grammar_has_a_method_and_no_method_is_left_over():
    names = set()
    for rule in parser._lark().rules:
        is_inlined = rule.options.expand1 or rule.origin.name.startswith("_")
        if rule.alias or not is_inlined:
            names.add(str(rule.alias or rule.origin.name))
    names.remove("mistake")
    methods = {name for name in vars(build._Builder) if not name.startswith("_")}
    assert names - methods == set()
    assert methods - names - HELPERS == {"STRING", "NUMBER", "NAME", "DATE"}


def nodes_of(value):
    if isinstance(value, nodes.Node):
        yield value
        for name in value.__slots__:
            yield from nodes_of(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from nodes_of(item)


def test_every_node_spans_what_it_was_made_of():
    file, _ = parse(Source("complete.guard", COMPLETE))
    for node in nodes_of(file):
        written = COMPLETE[node.span.start : node.span.end]
        assert written.strip() == written or node is file
        for child in nodes_of(node):
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end
        if isinstance(node, nodes.Ref):
            assert written == node.name
        if isinstance(node, nodes.Number):
            assert float(written) == node.value
        if isinstance(node, nodes.PatternNode):
            source = COMPLETE[node.source_span.start : node.source_span.end]
            assert source.replace("\\/", "/") == node.source


def test_policy_block():
    policy = parse(Source("complete.guard", COMPLETE))[0].items[0]
    assert policy == nodes.Policy(
        span=ANY,
        name=ref("demo"),
        title=string("Demonstration"),
        owner=string("The compliance team"),
        version=string("1.4"),
        on_error=nodes.OnError(span=ANY, treat="pass", reason=string("a demonstration")),
        fallback=ref("declined"),
        budget_ms=number(50),
        evaluate_all=True,
    )


def test_rule_with_every_clause():
    rule = parse(Source("complete.guard", COMPLETE))[0].items[10]
    assert (rule.on, rule.late, rule.each_sentence) == ("both", True, True)
    assert rule.severity is Severity.CRITICAL
    assert rule.enforces == (ref("polite"), ref("privacy.floor"))
    assert rule.except_ == (ref("names"), ref("privacy.names"))
    assert rule.require is None
    assert [type(each).__name__ for each in rule.when.items] == [
        *["Not", "Contains", "Matches", "Found", "Found", "Compare", "Is"]
    ]
    assert rule.when.items[4].at_least == number(3)
    assert rule.then == (
        nodes.Redact(span=ANY, template=string("[{type}]")),
        nodes.Append(span=ANY, reply=ref("declined")),
        nodes.Escalate(span=ANY, queue=string("desk")),
    )
    assert (rule.unless.reason, rule.unless.until) == (string("a drill"), string("2027-01-31"))
    assert rule.meta == (
        nodes.Meta(span=ANY, key="ticket", value=string("17")),
        nodes.Meta(span=ANY, key="owner", value=string("Ann")),
    )
    assert rule.on_error == nodes.OnError(span=ANY, treat="flag", reason=None)


def test_detector_arguments():
    call = built('detector d = kind("x", -1, a.b, [], c: [word, "w"],)').call
    assert call.kind == ref("kind")
    assert [argument.name for argument in call.arguments] == [None, None, None, None, "c"]
    assert [argument.value for argument in call.arguments] == [
        string("x"),
        number(-1),
        ref("a.b"),
        nodes.Many(span=ANY, items=()),
        nodes.Many(span=ANY, items=(ref("word"), string("w"))),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a found and b found", And(span=ANY, items=(found("a"), found("b")))),
        ("(a found or b found)", Or(span=ANY, items=(found("a"), found("b")))),
        ("not not a found", Not(span=ANY, item=Not(span=ANY, item=found("a")))),
        (
            "not a found or b found",
            Or(span=ANY, items=(Not(span=ANY, item=found("a")), found("b"))),
        ),
        ("a <= 1", Compare(span=ANY, detector=ref("a"), operator="<=", number=number(1))),
    ],
)
def test_condition(text, expected):
    assert condition(text) == expected


def test_parentheses_group():
    chain = condition("(a found or b found) and c found")
    assert isinstance(chain, And)
    assert isinstance(chain.items[0], Or)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"\"\\\n\t", '"\\\n\t'),
        (r"\\n", "\\n"),
        (r"\u{41}\u{1F600}\u{0}", "A😀\0"),
        ("it’s 'so' \t “here”", "it’s 'so' \t “here”"),
        ("# no comment", "# no comment"),
    ],
)
def test_escapes(written, value):
    assert built(f'reply r "{written}"').text.value == value


@pytest.mark.parametrize("escape", [r"\x", r"\'", r"\u0041", r"\u{}", r"\u{d800}", r"\u{110000}"])
def test_bad_escape_is_marked_itself(escape):
    text = f'reply r "ok \\n {escape}"'
    (mistake,) = mistakes_of(text)
    span = mistake.primary.span
    assert mistake.code == "G005"
    assert f"edition 1\n{text}"[span.start : span.end] == escape


@pytest.mark.parametrize(
    ("written", "source", "flags"),
    [
        (r"/a\/b/", "a/b", ""),
        (r"/a\\\/\.[/]?", None, None),
        (r"/\d\\/im", r"\d\\", "im"),
        (r'/"#x"/', '"#x"', ""),
    ],
)
def test_pattern(written, source, flags):
    if source is None:
        assert mistakes_of(f"pattern p = {written}")
        return
    pattern = built(f"pattern p = {written}")
    assert (pattern.source, pattern.flags) == (source, flags)


def test_test_without_cases_has_one_case():
    test = built('test "t" given input "a" with d = 1 given output "b" expect block by x, y')
    assert not test.is_table
    assert test.shared == ()
    (case,) = test.cases
    assert [given.side for given in case.given] == ["input", "output"]
    assert case.stubs == (nodes.Stub(span=ANY, detector=ref("d"), value=number(1)),)
    assert case.expects == (
        nodes.Expect(span=ANY, action="block", by=(ref("x"), ref("y")), output=None),
    )


def test_test_with_cases_shares_what_stands_before():
    test = built(
        'test "t" given input "a" with d = error cases given output "b" expect flag '
        'given output "c" with e = ["x" as T, "y"], f = [] expect output "z"'
    )
    assert test.is_table
    assert [type(part).__name__ for part in test.shared] == ["Given", "Stub"]
    assert test.shared[1].value == "error"
    first, second = test.cases
    assert [given.text.value for given in (*first.given, *second.given)] == ["b", "c"]
    assert [stub.value for stub in second.stubs] == [
        (
            nodes.FoundValue(span=ANY, text=string("x"), type="T"),
            nodes.FoundValue(span=ANY, text=string("y"), type=None),
        ),
        (),
    ]
    assert second.expects[0].output == string("z")


@pytest.mark.parametrize(
    "actions",
    [
        *["redact", "append x", "redact and append x", "append x and redact", 'escalate to "q"'],
        *['block and escalate to "q"', 'redact and escalate to "q" and append x'],
    ],
)
def test_actions_that_join(actions):
    assert built(f"rule r on output when d found then {actions}").then


@pytest.mark.parametrize(
    "actions",
    [
        *["redact and redact", "append x and append y", "redact and block", "flag and redact"],
        *['escalate to "q" and escalate to "r"', "replace with x and append y"],
    ],
)
def test_actions_that_do_not_join(actions):
    found_codes = [
        each.code for each in mistakes_of(f"rule r on output when d found then {actions}")
    ]
    assert found_codes == ["G013"]


def test_both_readings_of_a_mixed_chain_parse():
    text = 'a found or b found and (c found or d found) and text contains "x  # y" or e found'
    (mistake,) = mistakes_of(f"rule r on output when {text} then flag")
    assert mistake.help == (
        '(a found or b found) and (c found or d found) and (text contains "x  # y" or e found)',
        'a found or (b found and (c found or d found) and text contains "x  # y") or e found',
    )
    for reading in mistake.help:
        assert condition(reading)


def test_very_long_mixed_chain_gets_a_short_help():
    text = " or ".join(f"d{i} found" for i in range(500)) + " and d found"
    (mistake,) = mistakes_of(f"rule r on output when {text} then flag")
    assert mistake.help == ("put parentheses around what belongs together",)


def test_first_of_repeated_clauses_counts():
    file, _ = parse(
        Source("demo.guard", "edition 1 rule r on output when a found when b found then flag")
    )
    assert file.items[0].when == found("a")


def test_number_beyond_all_bounds_is_refused():
    assert [each.code for each in mistakes_of(f"detector d = k({'9' * 400})")] == ["G007"]


def test_words_of_clauses_may_be_names():
    rule = built("rule block on output when flag found then block with severity")
    assert (rule.name, rule.then[0].reply) == (ref("block"), ref("severity"))
