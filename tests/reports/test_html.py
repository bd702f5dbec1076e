"""Pages: escaped by type, closed to the outside, and whole."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.reports.html.chart import columns, share_bar
from guardrail.reports.html.check_page import check_page
from guardrail.reports.html.check_report import CheckPage, FileRow, HitRow, RuleRow
from guardrail.reports.html.page import asset, element, join, page, text

EVIL = "<script>alert(1)</script>\"'&\u202e\x00"


def evil_page():
    hit = HitRow(
        EVIL,
        3,
        2,
        EVIL,
        "block",
        EVIL,
        ((EVIL, "high", "block"),),
        9,
        (("** ", False), (EVIL, True)),
    )
    return check_page(
        CheckPage(
            title=EVIL,
            policy=EVIL,
            file=EVIL,
            digest=EVIL,
            noun=("reply", "replies"),
            files=(FileRow(EVIL, EVIL, 1, 2, 3),),
            verdicts={"allow": 1, "block": 1},
            principles=((EVIL, 1),),
            rules=(
                RuleRow(EVIL, "high", EVIL, {"block": 1}, (EVIL,)),
                RuleRow("quiet", "low", EVIL, {}),
            ),
            turns=(("2", {"block": 1}),),
            hits=(hit,),
            notes=(EVIL,),
        )
    ).decode()


class Outline(HTMLParser):
    """The elements of a page, each checked to be closed in order."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self, document):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_everything_others_wrote_is_escaped():
    document = evil_page()
    assert "alert(1)<" not in document
    assert "\u202e" not in document
    assert "\x00" not in document
    assert document.count("&lt;script&gt;alert(1)") > 10
    assert [tag for tag, _ in Outline(document).seen].count("script") == 1


def test_no_element_has_a_style_or_a_handler_or_an_address():
    for tag, attributes in Outline(evil_page()).seen:
        for name, value in attributes.items():
            assert name != "style", tag
            assert not name.startswith("on"), tag
            assert name not in {"src", "srcset", "action", "formaction"}, tag
            assert name != "href" or value == "data:,", tag


def test_page_may_load_nothing_and_run_only_its_own_code():
    document = evil_page()
    (policy,) = [
        attributes["content"]
        for tag, attributes in Outline(document).seen
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for tag in ("style", "script"):
        (code,) = re.findall(f"<{tag}>(.*?)</{tag}>", document, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("name", ["page.css", "check.css", "check.js"])
def test_assets_name_nothing_outside(name):
    assert not re.search(
        r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|innerHTML|eval", asset(name)
    )


def test_page_without_a_script_allows_none():
    assert b"script-src &#x27;none&#x27;" in page("t", text("x"))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_stays_text(value):
    document = page(value, element("p", text(value), title=value)).decode()
    shown = [tag for tag, _ in Outline(document).seen]
    assert shown == [
        "html",
        "head",
        "meta",
        "meta",
        "meta",
        "meta",
        "meta",
        "link",
        "title",
        "style",
        "body",
        "p",
    ]


def test_elements_take_attributes_by_name():
    assert element("a", class_="b", aria_label="c", hidden=True, id=None, x=0) == (
        '<a class="b" aria-label="c" hidden x="0"></a>'
    )
    assert join([text("a"), text("b")], "<") == "a&lt;b"


@pytest.mark.parametrize("name", ["onclick", "a b", ""])
def test_attributes_that_run_code_are_refused(name):
    with pytest.raises(ValueError, match="no attribute"):
        element("a", **{name: "x"})


@pytest.mark.parametrize("code", ["</STYLE>", "a\rb"])
def test_style_that_would_end_itself_is_refused(code):
    with pytest.raises(ValueError, match="code inside a page"):
        page("t", styles=[code])


def widths(svg):
    return [float(found) for found in re.findall(r'<rect [^>]* width="([\d.]+)"', svg)]


def test_share_bar_has_the_shares():
    assert widths(share_bar({"is-a": 1, "is-b": 0, "is-c": 3}, 8, "")) == [12.5, 37.5]
    assert widths(share_bar({"is-a": 0}, 0, "")) == []


def test_columns_are_as_high_as_their_parts():
    svg = columns(["1", "2"], [{"is-a": 1, "is-b": 3}, {"is-a": 2}], "")
    heights = [float(found) for found in re.findall(r'height="([\d.]+)"><title>', svg)]
    assert heights == [35, 105, 70]
    assert ">4</text>" in svg
