"""Files, table and codes say the same about which lint rules there are."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from guardrail import lint
from guardrail.language.diagnostics import CATALOGUE
from guardrail.lint.catalogue import BY_CODE, RULES
from guardrail.lint.pages import page
from guardrail.lint.rules.documentation.unknown_tag import tags

FOLDER = Path(lint.__file__).parent / "rules"
FILES = sorted(path for path in FOLDER.glob("*/*.py") if path.name != "__init__.py")
FAMILIES = {"3": "correctness", "4": "correctness", "5": "safety", "6": "performance"}


def test_every_file_is_a_rule_of_the_table_and_back():
    modules = [
        importlib.import_module(f"guardrail.lint.rules.{path.parent.name}.{path.stem}")
        for path in FILES
    ]
    assert {module.RULE.code for module in modules} == {rule.code for rule in RULES}
    assert len(modules) == len(RULES)


def test_table_is_in_the_order_of_codes_and_holds_each_once():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


def test_opinions_of_the_catalogue_are_the_rules():
    assert {code for code, entry in CATALOGUE.items() if entry.is_opinion} == set(BY_CODE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_named_after_its_rule(path):
    module = importlib.import_module(f"guardrail.lint.rules.{path.parent.name}.{path.stem}")
    rule = module.RULE
    assert CATALOGUE[rule.code].name == path.stem.replace("_", "-")
    assert rule.family == path.parent.name
    expected = FAMILIES.get(rule.code[1]) or ("style" if rule.code >= "G750" else "documentation")
    assert rule.family == expected
    assert page(rule.code).endswith(f"\n{module.__doc__.strip()}\n")


@pytest.mark.shared
def test_tags_are_those_of_the_reference(shared):
    reference = shared / "reference" / "tags.json"
    ours = Path(lint.__file__).parent / "tags.json"
    assert ours.read_bytes() == reference.read_bytes()
    assert sum(map(len, tags().values())) > 50
