"""The page of the demo: every figure of every seed, and what was wanted beside it."""

import importlib.util
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "recipes" / "support_bot"
PIXEL = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def demo_page():
    spec = importlib.util.spec_from_file_location("support_bot_page", HERE / "page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def conduct(violations, utility):
    return {
        "violations": violations,
        "utility": utility,
        "benign_refusals": 0.01,
        "harmful_refusals": None,
        "words": 12.0,
    }


def shift(before, after):
    def side(low, high):
        return {"sequence": {"before": low, "after": high}, "kl": 0.1}

    opening = {"before": 0.4, "after": 0.01}
    return {
        "compliant": side(before, after),
        "violating": side(-8.0, -20.0),
        "openings": {
            "whimsical": {"Perhaps": opening},
            "direct": {"Please": {"before": 0.1, "after": 0.6}},
        },
        "next_tokens": {"<b>Hi</b>": {"Please": {"before": 0.1, "after": 0.6}}},
    }


def figures(seed, aligned):
    models = {"base": (0.8, 0.1), "sft": (0.1, 0.2), "aligned": aligned, "guarded": (0.0, 0.2)}
    return {
        "seed": seed,
        "seconds": {"base": 60.0},
        "conduct": {name: conduct(*each) for name, each in models.items()},
        "shift": shift(-20.0, -11.0),
        "shift_sft": shift(-11.0, -10.5),
        "audit": {
            name: {"rows": 1200, "counts": {"duplicate": 7}} for name in ("sft", "preferences")
        },
        "reward": {
            "accuracy": 0.9,
            "words_accuracy": 0.8,
            "length_accuracy": 0.6,
            "calibration_error": 0.05,
        },
        "aligned": {
            "handed_over": 40 * (seed == 0),
            "mix": 0.6 if seed == 0 else 1.0,
            "gates": [] if seed == 0 else ["it fell"],
        },
        "parity": {"fp32": {"logits": 1e-6, "same_tokens": 1.0, "same_replies": 1.0}},
        "examples": {
            "prompts": ["<script>"],
            **{name: ["Click Help & wait."] for name in models},
        },
    }


def test_the_page_says_what_each_seed_reached(demo_page, tmp_path):
    for seed, aligned in ((0, (0.02, 0.3)), (1, (0.16, 0.1))):
        folder = tmp_path / f"seed-{seed}"
        for picture in ("shift/shift.png", "aligned/align.png"):
            (folder / picture).parent.mkdir(parents=True)
            (folder / picture).write_bytes(PIXEL)
        (folder / "figures.json").write_text(json.dumps(figures(seed, aligned)), "utf-8")
    text = demo_page.write(tmp_path, [0, 1]).read_text("utf-8")
    cells = text.replace("</td><td>", " ")
    assert "violations fall at least 10 times, base → aligned 40.0 times 5.0 times 1 of 2" in cells
    assert "as useful as after SFT, or more +10.0 points -10.0 points 1 of 2" in cells
    assert "9.0 % ± 9.9 %" in text  # violations of the aligned models
    assert (
        "seed 0: step 40, 0.6 of the way to it; "
        "seed 1: NONE, its aligned model is the SFT model (it fell)." in text
    )
    assert "<script>" not in text
    assert "&lt;b&gt;Hi" in text
    assert "Click Help &amp; wait." in text


def part(missed, unsafe):
    scores = {"model_unsafe": unsafe, "filter_miss": missed, "over_block": [0, 50]}
    return {"held_out": scores, "even": scores, "stacked": scores | {"filter_miss": [0, 0]}}


def test_rounds_stand_on_the_page_when_every_seed_has_them(demo_page, tmp_path):
    for seed in (0, 1):
        folder = tmp_path / f"seed-{seed}"
        for picture in ("shift/shift.png", "aligned/align.png"):
            (folder / picture).parent.mkdir(parents=True)
            (folder / picture).write_bytes(PIXEL)
        (folder / "figures.json").write_text(json.dumps(figures(seed, (0.02, 0.3))), "utf-8")
    assert "Rounds of attacks" not in demo_page.write(tmp_path, [0, 1]).read_text("utf-8")
    for seed, first in ((0, 20), (1, 10)):
        rounds = {
            "seed": seed,
            "filter": [part([first, 100], [100, 100]), part([5, 100], [100, 100])],
            "model": [part([0, 40], [40, 80]), part([0, 4], [4, 80])],
            "conduct": [conduct(0.8, 0.2), conduct(0.1, 0.3)],
        }  # fmt: skip
        (tmp_path / f"seed-{seed}" / "rounds.json").write_text(json.dumps(rounds), "utf-8")
    text = demo_page.write(tmp_path, [0, 1]).read_text("utf-8").replace("</td><td>", " | ")
    assert "attacks that got past the filter | 15.0 % ± 7.1 % | 5.0 % ± 0.0 %" in text
    assert "attacks that the model gave in to | 50.0 % ± 0.0 % | 5.0 % ± 0.0 %" in text
