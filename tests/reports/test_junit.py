"""JUnit reports: counts, order of elements, and text that XML cannot hold."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from guardrail.reports.junit import CaseResult, Suite, junit

SUITES = (
    Suite(
        "a.guard",
        (
            CaseResult("passes", "a.guard", "a.guard", 3, 0.25, output="beside"),
            CaseResult("fails", "a.guard", failure="first line\nmore"),
            CaseResult("breaks", "a.guard", error="no file"),
            CaseResult("waits", "a.guard", skipped="needs pii"),
        ),
    ),
    Suite("b <&>.guard", (), seconds=1.5),
)
# What the schema that Jenkins and surefire share allows, and requires.
SHAPE = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped", "system-out"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


def test_report_has_the_common_shape():
    for element in ET.fromstring(junit(SUITES)).iter():
        required, children = SHAPE[element.tag]
        assert required <= set(element.keys()), element.tag
        assert {child.tag for child in element} <= children, element.tag


def test_counts_add_up():
    root = ET.fromstring(junit(SUITES))
    for element in (root, root[0]):
        assert [element.get(key) for key in ("tests", "failures", "errors", "skipped", "time")][
            :4
        ] == ["4", "1", "1", "1"]
    assert [each.get("time") for each in (root, *root)] == ["1.750", "0.250", "1.500"]


def test_cases_say_where_and_why():
    passes, fails, breaks, waits = ET.fromstring(junit(SUITES))[0]
    assert (passes.get("file"), passes.get("line"), passes.get("time")) == ("a.guard", "3", "0.250")
    assert passes.findtext("system-out") == "beside"
    assert (fails[0].get("message"), fails[0].text) == ("first line", "first line\nmore")
    assert breaks.find("error").get("message") == "no file"
    assert waits.find("skipped").get("message") == "needs pii"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_xml_that_can_be_read(text):
    suite = Suite(text, (CaseResult(text, text, text, failure=text, output=text),))
    case = ET.fromstring(junit([suite]))[0][0]
    if text.isprintable() and text.isascii():
        assert case.get("name") == text
        assert case.findtext("failure") == text or not text
