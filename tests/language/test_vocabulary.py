"""What the language says closed sets are, against what the detectors really know."""

import re
from pathlib import Path

import pytest

from guardrail import language
from guardrail.language.languages import LANGUAGES
from guardrail.stages.pii.entities import CLASSES, DEFAULT, REGIONS

CODES = Path(language.__file__).parent / "codes"
DOCS = Path(__file__).parents[2] / "docs"


def test_labels_of_languages_are_those_of_the_model():
    langid = pytest.importorskip("py3langid.langid")
    labels = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE).labels
    assert set(LANGUAGES) == {*labels, "und"}


def test_page_of_labels_lists_them_all():
    listed = (CODES / "G218.md").read_text("utf-8").partition("The labels of")[2]
    assert set(re.findall(r"`([a-z]+)`", listed)) == set(LANGUAGES)


def test_regions_are_those_of_phone_numbers():
    phonenumbers = pytest.importorskip("phonenumbers")
    assert phonenumbers.SUPPORTED_REGIONS | {"UK"} == REGIONS


@pytest.mark.parametrize(
    "page", [CODES / "G115.md", DOCS / "language.md"], ids=lambda page: page.name
)
def test_table_of_entities_is_whole(page):
    rows = re.findall(r"^\| (?:any|[A-Z]{2}) \|(.+)\|$", page.read_text("utf-8"), re.MULTILINE)
    found = dict(re.findall(r"`([A-Z_]+)`(\\\*)?", "".join(rows)))
    assert set(found) == set(CLASSES)
    assert {name for name, star in found.items() if star} == set(DEFAULT)
