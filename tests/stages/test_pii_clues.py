"""What the clues say is true of Presidio's recognizers, and keeps Presidio from being imported."""

from __future__ import annotations

import subprocess
import sys
import warnings
from re import _constants as kinds
from re import _parser as parser

import pytest

from guardrail.errors import MissingExtraError
from guardrail.stages.pii import ENTITIES, PiiDetector, PiiOnDemand
from guardrail.stages.pii.clues import CLUES, FEWEST_DIGITS, UNKNOWN, may_hold
from guardrail.stages.pii.entities import CLASSES, PHONES
from guardrail.values import NOT_RUN, Subject


def fewest(tree):
    """The digits that every match of a parsed pattern has."""
    return sum(fewest_of(kind, value) for kind, value in tree)


def fewest_of(kind, value):
    if kind is kinds.LITERAL:
        return int(chr(value).isdigit())
    if kind is kinds.IN:
        return int(all(map(is_digits, value)))
    if kind is kinds.BRANCH:
        return min(map(fewest, value[1]))
    if kind is kinds.SUBPATTERN:
        return fewest(value[3])
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        return value[0] * fewest(value[2])
    return 0


def is_digits(member):
    kind, value = member
    if kind is kinds.LITERAL:
        return chr(value).isdigit()
    if kind is kinds.RANGE:
        return all(chr(code).isdigit() for code in range(value[0], value[1] + 1))
    return kind is kinds.CATEGORY and value is kinds.CATEGORY_DIGIT


COUNTED = sorted(CLASSES.keys() - CLUES.keys() - UNKNOWN - PHONES)


@pytest.mark.parametrize("entity", COUNTED)
def test_every_finding_has_the_digits_that_the_clues_ask_for(entity):
    predefined = pytest.importorskip("presidio_analyzer.predefined_recognizers")
    recognizer = getattr(predefined, CLASSES[entity])()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a set in a pattern of Presidio looks like a nested one
        found = [fewest(parser.parse(each.regex)) for each in recognizer.patterns]
    assert min(found) >= FEWEST_DIGITS.get(entity, 1) >= 1


FOUND_WITHOUT_DIGITS = [
    ("EMAIL_ADDRESS", "write to ann@example.org"),
    ("IP_ADDRESS", "it runs at fe::ab:cd"),
    ("MAC_ADDRESS", "my address is aa:bb:cc:dd:ee:ff"),
    ("MAC_ADDRESS", "MAC aa-BB-cc-dd-ee-ff"),
    ("MAC_ADDRESS", "MAC aabb.ccdd.eeff"),
    ("UUID", "id aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
]


@pytest.mark.parametrize(("entity", "text"), FOUND_WITHOUT_DIGITS)
def test_what_needs_no_digit_has_a_clue_of_its_own(entity, text):
    pytest.importorskip("presidio_analyzer")
    assert PiiDetector((entity,)).run([Subject(text)])[0]
    assert may_hold(text, [entity])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reset it within 2 days, 24/7.", False),
        ("Call 555-12.", True),
        ("Call 555-1.", False),
        ("Write to us @ home.", True),
        ("The décor: a façade.", False),
    ],
)
def test_text_may_hold_a_phone_number_or_an_address(text, expected):
    assert may_hold(text, ["PHONE_NUMBER", "EMAIL_ADDRESS"]) is expected


def test_entities_without_a_clue_are_always_looked_for():
    assert set(ENTITIES) >= UNKNOWN
    assert all(may_hold("", [entity]) for entity in UNKNOWN)


def test_detector_on_demand_finds_what_the_detector_finds():
    pytest.importorskip("presidio_analyzer")
    texts = [Subject(text) for text in ("Hello.", "Write to ann@example.org.", "Call 415-555-2671")]
    given = (("EMAIL_ADDRESS", "PHONE_NUMBER"), 0.3, ("DE",))
    assert PiiOnDemand(*given).run(texts) == PiiDetector(*given).run(texts)
    assert PiiOnDemand().run(texts) == PiiDetector().run(texts)


def test_presidio_that_cannot_be_imported_is_not_run(monkeypatch):
    pytest.importorskip("presidio_analyzer")
    detector = PiiOnDemand(("EMAIL_ADDRESS",))

    def build(*_):
        raise MissingExtraError("pii(…)", "pii")

    monkeypatch.setattr("guardrail.stages.pii.detector.PiiDetector", build)
    assert detector.run([Subject("ann@example.org")]) == [NOT_RUN]
    assert detector.run([Subject("nothing")]) == [()]


def test_missing_presidio_is_said_at_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError):
        PiiOnDemand(("EMAIL_ADDRESS",))


POLICY = """
edition 1
policy p
  on error treat as violation
  fallback sorry
reply sorry "Sorry, that takes 2 days."
detector pii = pii(entities: [PHONE_NUMBER, EMAIL_ADDRESS, CREDIT_CARD])
rule r on output when pii found then redact
test "r" cases
  given output "x" with pii = ["x"] expect redact by r
  given output "x" with pii = [] expect allow
"""


def test_lint_imports_presidio_only_for_a_reply_that_may_hold_something():
    pytest.importorskip("presidio_analyzer")
    code = (
        "import sys\n"
        "from guardrail.language.source import Source\n"
        "from guardrail.lint.engine import lint_file\n"
        f"text = {POLICY!r}\n"
        "for text in (text, text.replace('2 days', 'ann@example.org')):\n"
        "    found = [each.diagnostic.code for each in lint_file(Source('p.guard', text))]\n"
        "    print(found, 'presidio_analyzer' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n['G501'] True\n"
