"""Every code has a page whose examples are true, and a line in the index."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail import language
from guardrail.errors import PolicyError
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.load import diagnose as diagnose_with
from guardrail.language.source import Source
from guardrail.language.vocabulary import ModelWords
from guardrail.lint.catalogue import BY_CODE
from guardrail.lint.engine import lint_file
from guardrail.lint.pages import page
from guardrail.lint.rule import Options
from guardrail.runtime.compile import compile_policy, diagnose
from guardrail.runtime.host import vocabulary

ROOT = Path(__file__).parents[2]
COMPILER = {path.stem for path in (Path(language.__file__).parent / "codes").glob("*.md")}
PAGES = {code: page(code) for code in sorted({*COMPILER, *BY_CODE})}
INDEX = ROOT / "docs" / "codes.md"
EXAMPLE = re.compile(r"^```guard ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADINGS = ["Why it matters", "Avoid", "Prefer", "How to fix it"]

every_page = pytest.mark.parametrize("code", sorted(PAGES))


def examples(code, kind):
    return [source for found, source in EXAMPLE.findall(PAGES[code]) if found == kind]


def codes_of(source, code=""):
    """What is said of an example; those of lint rules are too short to have tests."""
    if code not in BY_CODE:
        _, diagnostics = diagnose(Source("demo.guard", source))
        return {found.code for found in diagnostics}
    options = Options(frozenset({code}), frozenset({"G702", "G703"} - {code}))
    found = lint_file(Source("demo.guard", source), options=options)
    return {each.diagnostic.code for each in found}


SITUATIONS = {
    "G105": lambda _: None,
    "G106": lambda folder: write(folder / "lists" / "terms.txt", "café".encode("latin-1")),
    "G107": lambda folder: write(
        folder / "tone.guard", b'edition 1\nimport "demo.guard" as d\nlist rude ["x"]\n'
    ),
    "G109": lambda folder: write(folder / "words.guard", b'edition 1\nlist rude ["x"]\n'),
    "G118": lambda folder: write(folder / "lists" / "terms.txt", b"#" * 10_000_001),
}
"""What must be true of the folder for the example of a code to fail."""


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def test_codes_and_pages_are_the_same():
    assert set(PAGES) == set(CATALOGUE)
    assert {code for code, entry in CATALOGUE.items() if not entry.is_opinion} == COMPILER


@every_page
def test_page_has_its_title_and_sections(code):
    text = PAGES[code]
    assert text.startswith(f"# {code} {CATALOGUE[code].name}\n")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    wanted = [each for each in HEADINGS if each != "Prefer" or examples(code, "prefer")]
    options = ["Options"] if code in BY_CODE and not BY_CODE[code].is_default else []
    assert headings == wanted + options


@every_page
def test_every_page_has_an_example(code):
    kinds = [found for found, _ in EXAMPLE.findall(PAGES[code])]
    assert kinds in (["avoid", "prefer"], [""])
    assert kinds == ["avoid", "prefer"] or code in {*SITUATIONS, "G116", "G117", "G217"}


@every_page
def test_avoid_raises_exactly_this_code_and_prefer_none(code):
    for source in examples(code, "avoid"):
        assert codes_of(source, code) == {code}
    for source in examples(code, "prefer"):
        assert codes_of(source, code) == set()


@pytest.mark.parametrize("code", sorted(SITUATIONS))
def test_example_fails_in_its_situation(code, tmp_path):
    (source,) = examples(code, "")
    policy = tmp_path / "demo.guard"
    policy.write_text(source, "utf-8")
    SITUATIONS[code](tmp_path)
    assert {found.code for found in diagnose(policy)[1]} == {code}


def test_unknown_label_of_a_model():
    (source,) = examples("G116", "")
    known = replace(vocabulary(), models={"guard-mini": ModelWords(frozenset({"hate", "polite"}))})
    _, diagnostics = diagnose_with(Source("demo.guard", source), known)
    assert [found.code for found in diagnostics] == ["G116"]


@pytest.mark.parametrize("code", ["G117", "G217"])
def test_what_is_missing_shows_when_the_policy_is_loaded(code):
    (source,) = examples(code, "")
    assert codes_of(source) == set()
    with pytest.raises(PolicyError) as caught:
        compile_policy(Source("demo.guard", source))
    assert [found.code for found in caught.value.diagnostics] == [code]


def test_index_has_one_line_for_each_code():
    rows = re.findall(r"^\| \[G.*$", INDEX.read_text("utf-8"), re.MULTILINE)
    assert rows == [row(code) for code in sorted(CATALOGUE)]


def row(code):
    """The line of a code in the index, with the first sentence of its page."""
    entry = CATALOGUE[code]
    said = " ".join(PAGES[code].split("\n\n")[1].split())
    level = entry.level
    if code in BY_CODE and not BY_CODE[code].is_default:
        level += ", opt-in"
    return f"| [{code}]({link(code)}) | `{entry.name}` | {level} | {said} |"


def link(code):
    """Where the page of a code stands in the repository; the site has a page of its own for it."""
    if code in COMPILER:
        return f"../guardrail/language/codes/{code}.md"
    return f"../{BY_CODE[code].check.__module__.replace('.', '/')}.py"
