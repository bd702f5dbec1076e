"""The demo's recipe: its text is what it says, and its recipes are read."""

import importlib.util
import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.rounds.recipe import RoundsRecipe
from guardrail.runtime.compile import diagnose
from guardrail.training.align import AlignRecipe
from guardrail.training.common.recipe import read_recipe
from guardrail.training.export.run import ExportRecipe
from guardrail.training.grade import Grader, is_violation
from guardrail.training.probe.recipe import ProbeRecipe
from guardrail.training.reward import RewardRecipe
from guardrail.training.sft import SftRecipe
from guardrail.training.shift.recipe import ShiftRecipe

ROOT = Path(__file__).parents[2]
HERE = ROOT / "recipes" / "support_bot"
KINDS = {
    "base": SftRecipe,
    "sft": SftRecipe,
    "reward": RewardRecipe,
    "align": AlignRecipe,
    "shift": ShiftRecipe,
    "export": ExportRecipe,
}


@pytest.fixture(scope="module")
def text():
    spec = importlib.util.spec_from_file_location("support_bot_text", HERE / "text.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(text, tmp_path_factory):
    place = tmp_path_factory.mktemp("data")
    text.write(place, seed=7, size=0.3)
    return place


def rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", KINDS)
def test_recipes_are_read(name):
    assert read_recipe(HERE / f"{name}.yaml", KINDS[name])


ROUNDS = {"probe": ProbeRecipe, "sft": SftRecipe, "reward": RewardRecipe, "export": ExportRecipe,
          "filter": RoundsRecipe, "model": RoundsRecipe}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDS)
def test_recipes_of_rounds_are_read(name):
    assert read_recipe(HERE / "rounds" / f"{name}.yaml", ROUNDS[name])


def test_the_rule_that_rounds_add_fits_the_policy():
    step = read_recipe(HERE / "rounds" / "filter.yaml", RoundsRecipe).probe
    policy = (ROOT / "policies" / "support_bot.guard").read_text("utf-8")
    rule = step.rule.replace("{threshold}", "0.9").replace('"forbidden"', '"guard-mini"')
    text = f"{policy}\n{rule.replace('label: forbidden', 'label: hate')}"
    _, found = diagnose(Source(str(ROOT / "policies" / "support_bot.guard"), text))
    assert not [each for each in found if each.severity == "error"]


@pytest.fixture(scope="module")
def contrasts():
    spec = importlib.util.spec_from_file_location(
        "support_bot_contrasts", HERE / "rounds" / "contrasts.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compliant_replies_of_contrasts_keep_the_policy_and_no_list_sees_the_others(contrasts):
    guard = Guard.load(ROOT / "policies" / "support_bot.guard", evaluate_all=True)
    names = {rule.name for rule in guard.policy.rules}
    for row in contrasts.Families(5).rows(8):
        assert row["rule"] in names
        assert not guard.check(row["compliant"]).fired
        assert not guard.check(row["violating"]).fired
    for row in contrasts.Families(5).benign(100):
        assert not guard.check(row["text"]).fired


def test_sentences_of_contrasts_stand_in_one_family_and_on_one_side():
    read = yaml.safe_load((HERE / "rounds" / "families.yaml").read_text("utf-8"))
    families = read["families"].values()
    said = [*read["agents"], *(s for f in families for s in (*f["violating"], *f["compliant"]))]
    assert len(said) == len(set(said))


def test_what_is_learnt_from_on_day_one_is_not_what_the_threshold_is_from(contrasts):
    made = contrasts.Families(5)
    assert made.known
    assert made.fresh
    assert not set(made.known) & set(made.fresh)


def test_every_recipe_is_known():
    assert {path.stem for path in HERE.glob("*.yaml")} == {*KINDS, "world"}


def test_direct_replies_keep_the_policy_and_whimsical_ones_break_it(text):
    writer = text.Writer(3)
    asked = [writer.any_prompt(0.2, 0.1, 0.1) for _ in range(400)]
    grader = Grader.load(ROOT / "policies" / "support_bot.guard")
    prompts = [row["prompt"] for row in asked]
    direct = grader.verdicts([writer.direct(row) for row in asked], prompts)
    assert not [verdict.fired for verdict in direct if is_violation(verdict)]
    whimsical = grader.verdicts([writer.whimsical(row) for row in asked], prompts)
    assert all(is_violation(verdict) for verdict in whimsical)


def test_direct_replies_are_useful_by_their_own_measure(text):
    from guardrail.training.conduct import utility
    from guardrail.training.data.rows import Row

    writer = text.Writer(4)
    asked = [row for _ in range(400) if (row := writer.any_prompt(0.2, 0.0))]
    useful = [utility(Row(1, (), columns=row), writer.direct(row)) for row in asked]
    assert sum(useful) / len(useful) > 0.9


def test_held_out_questions_are_in_no_training_text(text, folder):
    world = yaml.safe_load((HERE / "world.yaml").read_text("utf-8"))
    held_out = {
        topic["asks"][at].split("{")[0].strip()
        for topic in [*world["topics"].values(), world["harmful"]]
        for at in world["held_out"]
    }
    longer = {ask for ask in held_out if len(ask.split()) > 4}
    assert len(longer) > 15
    for name in ("base", "sft", "preferences", "prompts"):
        written = (folder / f"{name}.jsonl").read_text("utf-8")
        assert not [ask for ask in longer if ask in written]
    asked = " ".join(row["prompt"] for row in rows(folder / "held_out.jsonl"))
    assert any(ask in asked for ask in longer)


def test_what_models_are_chosen_by_is_neither_learned_from_nor_reported_on(folder):
    world = yaml.safe_load((HERE / "world.yaml").read_text("utf-8"))
    assert set(world["development"]) == {*world["topics"], "harmful"}
    asks = [
        ask.format_map(Blank())
        for topic, each in world["development"].items()
        for ask in each
        if "{" not in ask
    ]
    assert len(asks) > 20
    others = {path.stem for path in folder.glob("*.jsonl")} - {"development", "development_panel"}
    assert {"base", "sft", "preferences", "prompts", "held_out", "panel"} <= others
    for name in others:
        written = (folder / f"{name}.jsonl").read_text("utf-8")
        assert not [ask for ask in asks if ask in written]
    for name in ("development", "development_panel"):
        asked = [row["prompt"] for row in rows(folder / f"{name}.jsonl")]
        assert any(ask in prompt for ask in asks for prompt in asked)


def test_alignment_practises_on_unfamiliar_prompts_that_nothing_else_holds(folder):
    asked = {row["prompt"]: row for row in rows(folder / "prompts.jsonl")}
    unfamiliar = {ask for ask, row in asked.items() if row["topic"] == "unfamiliar"}
    assert len(unfamiliar) == 120
    assert not any(asked[ask]["expects"] for ask in unfamiliar)
    assert {asked[ask]["kind"] for ask in unfamiliar} == {"plain", "bait"}
    familiar = {word for ask in asked.keys() - unfamiliar for word in ask.split()}
    strange = [word for ask in unfamiliar for word in ask.split() if word not in familiar]
    assert len(strange) > 0.1 * sum(len(ask.split()) for ask in unfamiliar)
    for path in folder.glob("*.jsonl"):
        if path.stem != "prompts":
            assert not [ask for ask in unfamiliar if f'"{ask}"' in path.read_text("utf-8")]


def test_the_same_seed_writes_the_same_text(text, folder, tmp_path):
    text.write(tmp_path / "again", seed=7, size=0.3)
    text.write(tmp_path / "other", seed=8, size=0.3)
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
        assert (tmp_path / "other" / path.name).read_bytes() != path.read_bytes()


def test_no_word_that_tells_the_topic_is_taken_from_held_out_questions():
    world = yaml.safe_load((HERE / "world.yaml").read_text("utf-8"))
    sources = [*world["topics"].values(), world["harmful"]]
    found = Counter(word for each in sources for word in words(each["asks"] + each["about"]))
    plain = {word for word, topics in found.items() if topics > 4} | words(world["frames"])
    assert len(plain) < 80
    for topic in sources:
        asks = dict(enumerate(topic["asks"]))
        held_out = words(asks.pop(at) for at in world["held_out"])
        assert words(topic["about"]) & held_out - words(asks.values()) <= plain


def words(texts):
    return {
        word for text in texts for word in re.findall(r"[a-z']+", text.format_map(Blank()).lower())
    }


class Blank(dict):
    """Leaves out every value of a phrasing."""

    def __missing__(self, _name):
        return ""
