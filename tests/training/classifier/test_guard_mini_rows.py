"""The examples of guard-mini: grammars with variety, labels that make sense, names in their places."""

import gzip
import json
import re
from random import Random

import pytest
import yaml
from click.testing import CliRunner

from recipes.guard_mini import invented, prepare
from recipes.guard_mini.generated import harmless, injections, names, replies, self_harm
from recipes.guard_mini.generated.grammar import expand, texts
from recipes.guard_mini.rows import ENTITIES, HARMS, is_english, short, some

LABELS = {*HARMS, "refusal", "polite", "whimsical", "next_step"}
PARTS = [
    ("self_harm yes", self_harm.YES_A, self_harm.SLOTS_A, self_harm.YES_B, self_harm.SLOTS_B),
    ("self_harm no", self_harm.NO_A, self_harm.SLOTS_NO_A, self_harm.NO_B, self_harm.SLOTS_NO_B),
    ("harmless", harmless.NO_A, harmless.SLOTS_A, harmless.NO_B, harmless.SLOTS_B),
    ("injections", injections.YES_A, injections.SLOTS_A, injections.YES_B, injections.SLOTS_B),
    ("no injections", injections.NO_A, injections.SLOTS_NO_A, injections.NO_B, injections.SLOTS_NO_B),
    ("refusals", replies.REFUSAL_A, replies.REFUSAL_SLOTS_A, replies.REFUSAL_B, replies.REFUSAL_SLOTS_B),
    ("whimsical", replies.WHIMSICAL_A, replies.WHIMSICAL_SLOTS_A, replies.WHIMSICAL_B, replies.WHIMSICAL_SLOTS_B),
    ("next steps", replies.NEXT_STEP_A, replies.NEXT_STEP_SLOTS_A, replies.NEXT_STEP_B, replies.NEXT_STEP_SLOTS_B),
    ("no steps", replies.NO_STEP_A, replies.NO_STEP_SLOTS_A, replies.NO_STEP_B, replies.NO_STEP_SLOTS_B),
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=[part[0] for part in PARTS])
def test_two_grammars_share_no_text(part):
    _, forms_a, slots_a, forms_b, slots_b = part
    one = texts(forms_a, slots_a, Random(1), 300)
    other = texts(forms_b, slots_b, Random(1), 300)
    assert len(one) > 150
    assert len(other) >= 16
    assert not {text.lower() for text in one} & {text.lower() for text in other}


@pytest.mark.parametrize("part", PARTS, ids=[part[0] for part in PARTS])
def test_every_slot_is_used_and_every_use_has_a_slot(part):
    _, forms_a, slots_a, forms_b, slots_b = part
    for forms, slots in ((forms_a, slots_a), (forms_b, slots_b)):
        inside = [form for choices in slots.values() for form in choices]
        used = {name for form in [*forms, *inside] for name in re.findall(r"\[([a-z_]+)\]", form)}
        assert used == set(slots)


def test_a_grammar_leaves_nothing_open():
    for _, forms_a, slots_a, forms_b, slots_b in PARTS:
        for text in [
            *texts(forms_a, slots_a, Random(2), 200),
            *texts(forms_b, slots_b, Random(2), 50),
        ]:
            assert not re.search(r"\[[a-z_]+\]|\|", text), text


def test_expand_names_a_slot_that_is_missing():
    with pytest.raises(KeyError):
        expand("[nobody]", {}, Random(1))


@pytest.mark.parametrize("which", ["a", "b"])
def test_invented_names_stand_where_they_are_said_to(which):
    rows = names.rows(which, 200, 1)
    kinds = set()
    for text, spans in rows:
        for start, end, kind in spans:
            assert text[start:end].strip() == text[start:end] != ""
            kinds.add(kind)
    assert kinds == ENTITIES
    assert any(not spans for _, spans in rows)


@pytest.mark.parametrize("name", invented.SOURCES)
def test_invented_sources_are_the_same_every_time(name, tmp_path):
    source = invented.SOURCES[name]
    one, other = source(tmp_path, Random(7)), source(tmp_path, Random(7))
    assert [row.record() for row in one] == [row.record() for row in other]
    assert {label for row in one for label in row.labels} <= LABELS
    assert all(value in {0, 1} for row in one for value in row.labels.values())


def test_the_recipe_names_every_source_once():
    from pathlib import Path

    path = Path(prepare.__file__).with_name("recipe.yaml")
    recipe = yaml.safe_load(path.read_text("utf-8"))
    files = [Path(source["file"]).stem for source in recipe["sources"]]
    assert sorted(files) == sorted(prepare.SOURCES)
    assert set(recipe["labels"]) == LABELS
    held = {Path(source["file"]).stem for source in recipe["sources"] if source.get("hold_out")}
    assert {name for name in prepare.SOURCES if name.endswith("-b")} <= held


def test_small_tools():
    assert short("a bc def", 4) == "a"
    assert is_english("") is True
    rows = [prepare.Row("one"), prepare.Row("one"), prepare.Row("?!"), prepare.Row("two")]
    assert sorted(row.text for row in some(rows, 5, Random(1))) == ["one", "two"]


@pytest.mark.shared
def test_prepare_writes_few_enough_rows_and_none_that_a_model_wrote(shared, tmp_path):
    done = CliRunner().invoke(
        prepare.main,
        ["--data", str(shared / "data"), "--out", str(tmp_path)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    rows = {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").strip("\n").split("\n")]
        for path in tmp_path.iterdir()
    }
    assert set(rows) == set(prepare.SOURCES)
    trained = sum(
        len(part) for name, part in rows.items() if not name.endswith(("-other", "-b", "-small"))
    )
    assert 40_000 < 0.8 * trained <= 50_000  # a tenth calibrates, another one measures
    texts_ = {row["text"] for part in rows.values() for row in part}
    with gzip.open(shared / "data/benign-instructions/sft.jsonl.gz", "rt") as written:
        gpt = {json.loads(line)["output"][:500].strip() for line in written if "GPTeacher" in line}
    assert not {text for text in texts_ & gpt if len(text) > 40}
