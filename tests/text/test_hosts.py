"""Hosts: where an address leads, or that nobody can tell."""

from __future__ import annotations

import pytest

from guardrail.text.hosts import host_of, is_within


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://good.example/a?b#c", "good.example"),
        ("HTTPS://GOOD.Example.:8443", "good.example"),
        ("https://ann:pw@good.example", "good.example"),
        ("https://good.example@evil.net/good.example", "evil.net"),
        ("https://good.example:80@evil.net", "evil.net"),
        ("https://good.example%40evil.net", ""),
        ("https://good.example%2eevil.net", "good.example.evil.net"),
        ("https://good.example%2f.evil.net", ""),
        ("https://good.example\\@evil.net", ""),
        ("https://good.example\\a", "good.example"),
        ("https:\\\\evil.net", "evil.net"),
        ("https:/evil.net", "evil.net"),
        ("https:evil.net", "evil.net"),
        ("https:////evil.net", "evil.net"),
        ("//evil.net", "evil.net"),
        ("\\\\evil.net\\share", "evil.net"),
        (" \x01ht\ntps://evil.net", "evil.net"),
        ("custom://evil.net", "evil.net"),
        ("https://good.example:evil", ""),
        ("https://good..example", ""),
        ("https://gооd.example", "xn--gd-fmca.example"),  # Cyrillic o
        ("https://ｇood。example", "good.example"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://faß.example", "xn--fa-hia.example"),
        ("https://good.example℀.evil.net", ""),
        ("https://good.ex\u00adample", ""),
        ("http://[2001:DB8::0:1]:80/", "2001:db8::1"),
        ("http://[::1].evil.net/", ""),
        ("http://2130706433/", "2130706433"),
        ("file:///etc/passwd", ""),
        ("https://" + "a" * 2000 + "@good.example", ""),
        ("javascript:alert(1)", ""),
        ("JAVA\tSCRIPT:alert(1)", ""),
        ("data:text/html,x", ""),
        ("/help", None),
        ("#top", None),
        ("docs/index.html", None),
        ("mailto:ann@example.org", None),
        ("C:\\Users", None),
        ("https://", None),
        ("", None),
    ],
)
def test_host_is_the_one_a_browser_asks(address, host):
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://good.example.", "good.example"),
        ("https://good.example...", "good.example"),
        ("https://good.example'", "good.example"),
        ('https://good.example","a":1}', "good.example"),
        ("https://good.example**", "good.example"),
        ("https://good.example，谢谢", "good.example"),
        ("https://good.example。谢谢", "good.example"),
        ("https://good.example。evil.net", "good.example.evil.net"),
        ("https://good.example'.evil.net", ""),
        ("https://good.example'@evil.net", "evil.net"),
        ("https://good.example,https:", "good.example"),
        ("https://good.example" + "'" + "x" * 3000 + "@evil.net", ""),
        ("https://...", None),
    ],
)
def test_bare_address_ends_at_punctuation_unless_the_host_goes_on(address, host):
    assert host_of(address, is_bare=True) == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("good.example", True),
        ("a.b.good.example", True),
        ("notgood.example", False),
        ("good.example.evil.net", False),
        ("example", False),
        ("10.0.0.1", True),
        ("9.10.0.0.1", False),
        ("", False),
    ],
)
def test_names_below_an_allowed_host_are_within(host, expected):
    assert is_within(host, frozenset({"good.example", "10.0.0.1"})) is expected
