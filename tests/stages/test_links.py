"""Links to hosts outside the list, in text and in markup."""

from __future__ import annotations

import time

import pytest
import re2

from guardrail.stages.links import MOST_HOSTS, LinksDetector
from guardrail.values import Failure, Span, Subject


def links(text, *allow):
    (outcome,) = LinksDetector(allow).run([Subject(text)])
    assert all(span.type == "" for span in outcome)
    return [text[span.start : span.end] for span in outcome]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://evil.net/a.", ["https://evil.net/a"]),
        ("(https://evil.net/a_(b))", ["https://evil.net/a_(b)"]),
        ("FTP://evil.net:21/x, ok", ["FTP://evil.net:21/x"]),
        ("**https://evil.net**", ["https://evil.net"]),
        ("`https://evil.net/x`", ["https://evil.net/x"]),
        ("<https://evil.net>", ["https://evil.net"]),
        ("请看https://evil.net/a。谢谢", ["https://evil.net/a"]),
        ("www.evil.net, WWW.b.org", ["www.evil.net", "WWW.b.org"]),
        ("awww.no and www. and www.", []),
        ("//evil.net/x and \\\\evil.net\\x", ["//evil.net/x", "\\\\evil.net\\x"]),
        ("// note: 1//2 //console.log(x) a//b.co/c //todo/", []),
        ("https:\\\\evil.net\\x http:/evil.net", ["https:\\\\evil.net\\x", "http:/evil.net"]),
        ("C:\\\\Users\\\\a :// std::x http(s):// https:// https://... a:/b", []),
        ("mailto:ann@example.org ann@example.org tel:+1", []),
        ("javascript:alert(1) VBScript:x", ["javascript:alert(1)", "VBScript:x"]),
        ("JavaScript: a guide, typescript:x", []),
        (
            "data:text/html;base64,AAAA data:;base64,QQ==",
            ["data:text/html;base64,AAAA", "data:;base64,QQ=="],
        ),
        ("data: 5, metadata:a/b, data:1,2", []),
        ("[a](https://evil.net)", ["https://evil.net"]),
        ("[a](//evil) [b](<https://evil.net/c d>)", ["//evil", "https://evil.net/c d"]),
        (
            "[a](https\\://evil.net) [b](java&#115;cript:x)",
            ["https\\://evil.net", "java&#115;cript:x"],
        ),
        ("[a](/help) [b](#top) [c](docs/x.md) [d](mailto:a@b.org)", []),
        ('see ![a](https://evil.net/p.png "t") end', ['![a](https://evil.net/p.png "t")']),
        ("![a [b]](//evil/p)", ["![a [b]](//evil/p)"]),
        (
            "[![a](https://evil.net/p)](https://b.org)",
            ["![a](https://evil.net/p)", "https://b.org"],
        ),
        ("![a](p.png)", []),
        ("[r]: //evil.net/x 'T'\n> [s]: <https://b.org>", ["//evil.net/x", "https://b.org"]),
        ("[^1]: a note", []),
        ("<img src=//evil> <a href='https:b'>", ["//evil", "https:b"]),
        ("<a href='java\nscript:alert(1)'>", ["java\nscript:alert(1)"]),
        ('<a href="&#106;avascript:x">', ["&#106;avascript:x"]),
        ('<img src="logo.png"> x.src = y', []),
        ("", []),
    ],
)
def test_every_link_is_found_without_a_list(text, expected):
    assert links(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://good.example",
        "HTTPS://Docs.GOOD.example.:443/a.",
        "https://good.example... 'https://good.example'",
        '{"u":"https://good.example","a":1}',
        "www.good.example and [a](//good.example) <img src='//cdn.good.example/p.png'>",
        "https://bücher.example https://xn--bcher-kva.example",
        "http://10.0.0.1:80/",
        "![a](https://good.example/p.png)",
        "访问https://good.example，谢谢",
    ],
)
def test_allowed_hosts_and_names_below_them_are_no_finding(text):
    assert links(text, "https://good.example/start", "Bücher.example", "10.0.0.1") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://good.example@evil.net", "https://good.example@evil.net"),
        ("https://good.example\\@evil.net", "https://good.example\\@evil.net"),
        ("https://good.example.evil.net", "https://good.example.evil.net"),
        ("https://evilgood.example", "https://evilgood.example"),
        ("https://gооd.example", "https://gооd.example"),
        ("https://good.example%2f.evil.net", "https://good.example%2f.evil.net"),
        ("https://good.example'@evil.net", "https://good.example"),
        ("https://good.example/?to=https://evil.net", "https://evil.net"),
        ("data:text/html,good.example", "data:text/html,good.example"),
        ("[a](javascript:x//good.example)", "javascript:x//good.example"),
    ],
)
def test_tricks_do_not_pass_for_an_allowed_host(text, expected):
    assert links(text, "*.good.example") == [expected]


def test_every_finding_opens_the_gate():
    options = re2.Options()
    scan = re2.Set.SearchSet(options)
    for gate in LinksDetector().gate:
        scan.Add(gate)
    scan.Compile()
    cases = test_every_link_is_found_without_a_list.pytestmark[0].args[1]
    assert [text for text, expected in cases if expected and not scan.Match(text)] == []
    assert not scan.Match("Call us at 10:30, or write to ann@example.org (see [1]).")


@pytest.mark.parametrize(
    "piece",
    [
        *("http://", "www.a,", "](", "![x](", "[", 'href="', "[x]: ", "//a.bc/", "https://a("),
        *("https://a.bc ", "http:/", "![a](//b.c/d) ", "[a](b) ", "javascript:", "data:a/b,"),
        *("https://a.bc).", "https://a.bc.", "data=", "\n[x]: //a\n", "(((", "src=&"),
    ],
)
def test_a_mebibyte_that_is_made_to_be_slow_is_not(piece):
    text = "https://evil.net/" + piece * ((1 << 20) // len(piece))
    began = time.process_time()
    (outcome,) = LinksDetector().run([Subject(text)])
    assert time.process_time() - began < 0.5
    assert [span.start for span in outcome] == [0]


def test_more_than_is_judged_is_one_finding_or_an_error():
    text = "see https://a.bc " * (MOST_HOSTS + 1)
    assert LinksDetector().run([Subject(text)]) == [(Span(4, len(text), ""),)]
    assert LinksDetector(("a.bc",)).run([Subject(text)]) == [Failure("too many candidates")]
    assert len(links("see https://a.bc " * MOST_HOSTS)) == MOST_HOSTS
