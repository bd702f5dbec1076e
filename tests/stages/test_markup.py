"""Markup that a browser or a terminal would obey, and what only looks like it."""

from __future__ import annotations

import time

import pytest

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.stages.markup import MarkupDetector
from guardrail.stages.matching import MOST_LOOKS
from guardrail.text.prefilter import prefilter
from guardrail.values import Failure, Span, Subject
from tests.support.engine import seeds

TOO_MANY = "too many candidates"
POLICY = """edition 1
policy p on error treat as violation
detector markup = markup()
rule r on output when markup found then redact
"""

FOUND = [
    ("<b>hi</b>", [("<b>", "HTML_TAG"), ("</b>", "HTML_TAG")]),
    ("One<BR>two<hr/>", [("<BR>", "HTML_TAG"), ("<hr/>", "HTML_TAG")]),
    ("<input disabled> <video controls muted />", ["<input disabled>", "<video controls muted />"]),
    ('<a href="x>y">', ['<a href="x>y">']),
    ("<a title=it's>", ["<a title=it's>"]),
    ("<img src='https://evil.test/?", ["<img src='https://evil.test/?"]),
    ('<a href="<b>', ['<a href="']),
    ('<x title="<" onclick=a>', ['<x title="']),
    ("</div >", ["</div >"]),
    ("pre<script>a('<b>')</SCRIPT >post", [("<script>a('<b>')</SCRIPT >", "SCRIPT")]),
    ("<script src=a", [("<script src=a", "SCRIPT")]),
    ("</script>", ["</script>"]),
    ("<svg/onload=alert(1)>", [("<svg/onload=alert(1)>", "EVENT_HANDLER")]),
    ('<x title=">" OnClick = a>', [('<x title=">" OnClick = a>', "EVENT_HANDLER")]),
    ('<img src="x"onerror=a>', [('<img src="x"onerror=a>', "EVENT_HANDLER")]),
    ("<a href='java\tscript:x'>", [("<a href='java\tscript:x'>", "SCRIPT_URL")]),
    ("<a href=&#106;avascript:x>", [("<a href=&#106;avascript:x>", "SCRIPT_URL")]),
    ("[a](javascript:alert(1)).", [("javascript:alert(1)", "SCRIPT_URL")]),
    ("[a](java&#115;cript:b(1)), [c](d)", [("java&#115;cript:b(1)", "SCRIPT_URL")]),
    ("[a]: <VBSCRIPT&colon;b>", [("<VBSCRIPT&colon;b", "SCRIPT_URL")]),
    ("![](data:image/png;base64,AA+/=)", [("data:image/png;base64,AA+/=", "DATA_URL")]),
    ("<!-- a > b --> <!-- open", ["<!-- a > b -->", "<!--"]),
    ("<!DOCTYPE html> <![CDATA[x", ["<!DOCTYPE html>", "<![CDATA[x"]),
    ("<?php echo 1 ?> <?= a ?>", ["<?php echo 1 ?>", "<?= a ?>"]),
    ("`<br>`", ["<br>"]),
    (
        "\x1b[1;31mred\x1b[0m\x1b[K",
        [("\x1b[1;31m", "ANSI_ESCAPE"), ("\x1b[0m\x1b[K", "ANSI_ESCAPE")],
    ),
    (
        "\x1b]8;;http://a/\x1b\\link\x1b]8;;\x07",
        [("\x1b]8;;http://a/\x1b\\", "ANSI_ESCAPE"), ("\x1b]8;;\x07", "ANSI_ESCAPE")],
    ),
    ("\x9b2Jx \x1bc \x1b", [("\x9b2J", "ANSI_ESCAPE"), ("\x1bc", "ANSI_ESCAPE"), "\x1b"]),
]

LEFT_ALONE = [
    "",
    "a < b and c > d; x<y; 0<s<1; a<=b; a<-b; <3",
    "if a <b and c> d, i<p && q>r, (x <s or y> 2)",
    "List<int> Map<String, List<a>> Vec<u> Stack<Image> Option<Form> vector<p> std::set<b>",
    "<https://example.com> <ann@example.org> <mailto:ann@example.org>",
    "<your name> <title of the book> <input> -> <output> <label text> <title>",
    "<T> <dependency> <your-key> <property name> </dependency> <foo bar='1'>",
    "&lt;b&gt;bold&lt;/b&gt; &#60;script&#62;",
    "\\033[0m \\x1b[31m \\e[0m ESC[0m",
    "JavaScript: a guide. Use javascript:  typescript:x data: 1, 2; 3. metadata:a/b,c",
    "array[0](x & y) [a](b?c=1&d=2) [1]: a&b",
    "the <on x=1> switch",
    "5 << 3 >> 1 <> != <=> <!> <-->",
    "<%= a %> {{b}} ${c}",
    "the a\tb, caf\u00e9 \u2014 \u201cq\u201d \u2066x\u2069",
]


def markup(text):
    (outcome,) = MarkupDetector().run([Subject(text)])
    return [(text[span.start : span.end], span.type) for span in outcome]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_markup_is_found(text, expected):
    found = markup(text)
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected, strict=True):
        assert got == wanted if isinstance(wanted, tuple) else got[0] == wanted


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_markup_is_left_alone(text):
    assert markup(text) == []


def test_every_finding_opens_the_gate_and_ordinary_text_does_not():
    gate = MarkupDetector().gate
    occurring = prefilter(gate)
    assert [text for text, _ in FOUND if len(occurring(text)) == 1] == []
    plain = "Is 3 < 5? See [the guide](https://example.com/a?b=1&c=2), \u201cdata: none\u201d."
    assert occurring(plain) == [len(gate)]


def test_ambiguous_elements_count_once_they_are_closed():
    assert markup("a <title> or <p>") == []
    assert [found for found, _ in markup("a <title>x</TITLE> <p>")] == ["<title>", "</TITLE>"]


PIECES = (
    *("<", ">", "</", "<b", "<p>", "</p>", "<script", "</script>", "<x", "<title>", "<!--", "-->"),
    *(' onclick="', " href='", "=", '"', "'", " a", "/", "x", " ", "<?php", "<!D", "](", "]:"),
    *("javascript:", "java&#115;cript:", "data:a/b,", "&colon;", "(", ")", ".", "\n", "List<p>"),
    *("\x1b", "\x1b[", "\x1b]8;;", "\x07", "\\", "\x9b", "[0m", "\x1bP", "é", "<a href=x>"),
)


@pytest.mark.properties
def test_redaction_leaves_no_markup_and_findings_open_the_gate():
    """The full count is 100,000 texts."""
    guard = Guard.load(Source("p.guard", POLICY))
    occurring, redacted = prefilter(MarkupDetector().gate), 0
    for seed, rng in seeds("markup", 5_000):
        text = "".join(rng.choices(PIECES, k=rng.randint(1, 14)))
        if markup(text):
            redacted += 1
            assert len(occurring(text)) > 1, (seed, text)
        shown = guard.check(text).output
        assert markup(shown) == [], (seed, text, shown)
    assert redacted


@pytest.mark.parametrize(
    "piece",
    [
        *("<", '<a "', '<a href="', "<a '\"", "<!--", "<script>", "</", "<b>", "<x onx=", "<a = "),
        *("javascript:", "javascript:)(", "data:a/b,", "data:" + "a" * 99, "\x1b]", "\x1b[0;"),
        *(
            "](",
            ":",
            "(&#",
            ":&#",
            "](&",
            "]:",
            "]:&",
            "<a" + "b" * 39,
            " on" * 9 + " =",
            "<?",
            "<![CDATA[",
        ),
    ],
)
@pytest.mark.parametrize("start", ["", "<a ", "]:", "\x1b]"])
def test_a_mebibyte_that_is_made_to_be_slow_is_not(start, piece):
    text = start + piece * ((1 << 20) // len(piece))
    began = time.process_time()
    (outcome,) = MarkupDetector().run([Subject(text)])
    assert time.process_time() - began < 0.5
    assert len(outcome) < 10 if isinstance(outcome, tuple) else outcome.kind == TOO_MANY


def test_more_than_is_judged_is_one_finding_or_an_error():
    many = "<br>" * (MOST_LOOKS + 1)
    assert MarkupDetector().run([Subject(f"x{many}")]) == [(Span(1, len(many) + 1, "HTML_TAG"),)]
    assert len(markup("<br> " * (MOST_LOOKS // 2))) == MOST_LOOKS // 2
    assert MarkupDetector().run([Subject("<x>" * (MOST_LOOKS + 1))]) == [Failure(TOO_MANY)]


@pytest.mark.parametrize("noise", ["&Tab;", "\x01", "&#10;"])
def test_code_behind_more_noise_than_is_read_is_code(noise):
    link = noise * 5_000 + "javascript:a"
    assert [type_ for _, type_ in markup(f"<a href='{link}'>")] == ["SCRIPT_URL"]
    assert markup(f"<a href='x{link}'>")[0][1] == "HTML_TAG"
