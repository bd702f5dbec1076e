"""The shift between two models: figures that can be worked out by hand, and the flag of collapse."""

import json
import math

import pytest

from guardrail.errors import RecipeError
from guardrail.training.lm.load import load_lm
from guardrail.training.sft import SftRecipe, train_sft
from guardrail.training.shift.logprob import token_logprobs
from guardrail.training.shift.panel import read_panel
from guardrail.training.shift.recipe import ShiftRecipe, measure_shift
from guardrail.training.shift.report import table
from tests.training.conftest import DIRECT, PROMPTS, TINY, WHIMSICAL, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train


@pytest.fixture
def panel(tmp_path):
    rows = [{"prompt": p, "compliant": DIRECT, "violating": WHIMSICAL} for p in PROMPTS[:2]]
    return write_rows(tmp_path / "panel.jsonl", rows)


@pytest.fixture(scope="module")
def direct_model(tiny_model, tmp_path_factory):
    """The tiny model, taught the direct reply."""
    place = tmp_path_factory.mktemp("direct")
    data = write_rows(place / "d.jsonl", [{"prompt": p, "response": DIRECT} for p in PROMPTS])
    keys = {"model": str(tiny_model), "data": data, "out": place / "model"}
    return train_sft(
        SftRecipe(**keys, steps=25, batch=4, learning_rate=5e-3), say=lambda _line: None
    )


def measure(before, after, panel, out, **changes):
    recipe = ShiftRecipe(before=str(before), after=str(after), panel=panel, out=out, **changes)
    return measure_shift(recipe)


def test_a_model_does_not_differ_from_itself(tiny_model, panel, tmp_path):
    shift = measure(tiny_model, tiny_model, panel, tmp_path / "s", openings={"w": ("Perhaps",)})
    for side in (shift.compliant, shift.violating):
        assert side.kl == pytest.approx(0, abs=1e-6)
        assert side.sequence.before == pytest.approx(side.sequence.after)
    assert shift.group("w").before == pytest.approx(shift.group("w").after)
    assert not shift.is_collapsed


def test_what_was_taught_became_likely_and_the_rest_unlikely(
    tiny_model, direct_model, panel, tmp_path
):
    shift = measure(
        tiny_model,
        direct_model,
        panel,
        tmp_path / "s",
        openings={"whimsical": ("Perhaps",), "direct": ("Please",)},
        next_tokens=(PROMPTS[0],),
    )
    assert shift.compliant.sequence.after > shift.compliant.sequence.before
    assert shift.violating.sequence.after < shift.violating.sequence.before
    assert shift.group("whimsical").after < shift.group("whimsical").before
    assert shift.group("direct").after > shift.group("direct").before
    assert shift.violating.kl > shift.compliant.kl > 0
    assert all(0 <= p.after <= 1 for p in shift.next_tokens[PROMPTS[0]].values())
    assert "before" in table(shift)[0]
    written = json.loads((tmp_path / "s" / "shift.json").read_text())
    assert written["cases"] == 2
    assert (tmp_path / "s" / "shift.png").stat().st_size > 1000


def test_collapse_is_flagged(tiny_model, direct_model, panel, tmp_path):
    """From the taught model back to the one before, compliant replies become less likely."""
    shift = measure(direct_model, tiny_model, panel, tmp_path / "s", limit=0.1)
    assert shift.is_collapsed
    assert table(shift)[-1].startswith("COLLAPSE")


def test_a_sequence_is_as_likely_as_its_tokens_together(tiny_model, panel, tmp_path):
    import torch

    lm, tokenizer = load_lm(str(tiny_model))
    case = read_panel(panel)[0]
    ids, logprobs = token_logprobs(lm.eval(), tokenizer, case.messages, case.compliant)
    prompt = tokenizer.apply_chat_template(
        list(case.messages), add_generation_prompt=True, return_dict=True
    )["input_ids"]
    total = 0.0
    for at, token in enumerate(ids):
        with torch.no_grad():
            logits = lm(torch.tensor([prompt + ids[:at]])).logits[0, -1]
        total += math.log(float(torch.softmax(logits, -1)[token]))
    assert sum(float(logprobs[at, token]) for at, token in enumerate(ids)) == pytest.approx(
        total, abs=1e-3
    )


def test_the_first_violation_is_where_the_policy_finds_it(tiny_model, panel, tmp_path):
    policy = tmp_path / "p.guard"
    policy.write_text(
        "edition 1\npolicy p\n  on error treat as violation\nrule r on output\n"
        '  when text contains "weary"\n  then replace with no\nreply no "No."\n'
    )
    at_word = measure(tiny_model, tiny_model, panel, tmp_path / "a", policy=policy)
    at_start = measure(tiny_model, tiny_model, panel, tmp_path / "b")
    assert at_word.first_violation.before > at_start.first_violation.before  # after its opening


def test_models_with_other_tokens_and_bad_panels_are_refused(tiny_model, panel, tmp_path):
    other = tmp_path / "other"
    data = write_rows(tmp_path / "o.jsonl", [{"prompt": "Zebra quux", "response": "Flip flop."}])
    train_sft(SftRecipe(model=TINY, data=data, out=other, steps=1, batch=1), say=lambda _line: None)
    with pytest.raises(RecipeError, match="different tokens"):
        measure(tiny_model, other, panel, tmp_path / "s")
    write_rows(panel, [{"prompt": "a", "compliant": "b"}])
    with pytest.raises(RecipeError, match=r"panel.jsonl:1`: expected"):
        measure(tiny_model, tiny_model, panel, tmp_path / "s")
    assert not (tmp_path / "s").exists()
