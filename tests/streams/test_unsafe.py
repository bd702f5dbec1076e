"""Links, markup and hidden characters in a stream: it waits from where one may have begun."""

from __future__ import annotations

import os
from random import Random
from typing import Final

import pytest

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.stages import hidden_text, links, markup
from guardrail.stages.matching import Looks
from tests.streams.compare import chunkings, cut, difference

SIZE: Final = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
POLICY: Final = """edition 1
policy p
  on error treat as violation
  fallback sorry
reply sorry "Sorry."
list hosts ["example.com"]
list words ["kite", "owl fox"]
detector foreign = links(allow: hosts)
detector tags = markup()
detector unseen = hidden_text()
"""
RULES: Final = {
    "links": "when foreign found",
    "markup": "when tags found",
    "hidden": "when unseen found",
    "all": "when foreign found or tags found or unseen found or text contains any words",
}
PIECES: Final = (
    *("https://example.com/a", "http://evil.net/x", "www.evil.net", "//evil.net/", "ftp:", "a://b"),
    *("![x", "](", "](http://evil.net", ")", "[a]", "[a]: http://evil.net", "javascript:", "data:"),
    *("alert(1)", "data:text/html,x", 'href="//evil.net"', "src=", "mailto:a@b.c", "\\", "!["),
    *("<b>", "</b>", "<", ">", "<img src=x", "<script>", "</script>", "<!--", "-->", "<title>"),
    *("</title>", "a < b", "List<int>", "(java", "&#115;cript:", "&Tab;", "on", " onerror=x", "<?"),
    *("\x1b[31m", "\x1b", "\x9b1m", "\x1b]8;;x\x07", "\u200b", "\u200c", "\u200b\u200c", "\ufe0f"),
    *("a\u200b", "\u00e9\u2060", "\U000e0041", "\u202e", "\U0001f3f4\U000e0067\U000e0062", "\U000e007f"),
    *("&#8203;", "&#x200b;", "&zwnj;", "&#", "WVdKaklHUmxaZz09", "%253Cb", "kite", "owl fox", "\u8449\U000e0100"),
    *("word", "and", "stop it", "caf\u00e9", "\u2019s", "1", "\u0645\u06cc\u200c\u062e\u0648", "\U0001f468\u200d\U0001f469"),
)  # fmt: skip
GAPS: Final = (" ", " ", " ", "", "", "", ", ", "\n", "\n\n", ". ", "(", ")")


@pytest.fixture(scope="module", params=RULES)
def guard(request):
    rules = f"""rule a on output severity low
  {RULES[request.param]}
  then redact as "<{{type}}>"
rule b on output severity high
  when text contains "stop it"
  then replace with sorry
"""
    return Guard.load(Source("p.guard", POLICY + rules))


def some_text(dice):
    """Return pieces of what is looked for, in any order, seldom many."""
    pieces = []
    for _ in range(dice.randrange(1, 12)):
        pieces += (dice.choice(PIECES), dice.choice(GAPS))
    return "".join(pieces)


@pytest.mark.properties
@pytest.mark.parametrize("limit", [None, 3])
def test_stream_of_unsafe_output_equals_the_check(guard, limit, capsys, monkeypatch):
    if limit is not None:
        for module in (hidden_text, links, markup):
            monkeypatch.setattr(module, "Looks", lambda most=limit: Looks(min(most, limit)))
    compared, different, cuts = 0, [], 0
    for number in range(int(120 * SIZE)):
        dice = Random(f"unsafe {number}")
        text = some_text(dice)
        whole = guard.check(text)
        cuts += whole.action == "redact"
        for case in chunkings(dice, text, 4):
            compared += 1
            if (what := difference(guard, case, whole)) is not None:
                different.append((what, text, case.chunks))
    with capsys.disabled():
        print(f"\n  unsafe output: {compared:,} streams compared")  # noqa: T201
    assert different == []
    assert cuts > 20 * SIZE


@pytest.mark.parametrize(
    "text",
    [
        "See <b>this</b> at https://evil.net/a, or [here](http://evil.net/b) and ![x](//evil.net/c).",
        "Run (java<b>&#115;cript:alert(1)) or java&#115;cript: and <title> of </title>",
        "a\u200bb\u200bc\u200bd\u200be and \u200b\u200b\u200b\u200b \U0001f3f4\U000e0067\U000e0062 \x9b31m",
        "Sell&#8203;&#8203;&#8203;&#8203; it \u2019til \u8449\U000e0100 a\U000e0100",
    ],
)  # fmt: skip
def test_every_cut_equals_the_check(guard, text):
    whole = guard.check(text)
    for at in range(1, len(text)):
        assert difference(guard, cut(text, [at]), whole) is None
    assert difference(guard, cut(text, range(1, len(text))), whole) is None


def test_plain_prose_is_not_held(guard):
    text = "Caf\u00e9s (all of them) are open: come in, it\u2019s here where one < two is and "
    with guard.stream() as stream:
        for word in text.split(" "):
            stream.feed(f"{word} ")
        assert stream.released_to >= len(text) - 10
    assert guard.lookout.holds[0].until == "match"
