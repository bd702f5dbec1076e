"""A classifier small enough to train in a test, on sentences that a rule could sort."""

import json
from pathlib import Path
from random import Random

import pytest
import yaml

from guardrail.training.classifier.pipeline import train_classifier
from guardrail.training.classifier.recipe import Recipe

GOOD = ("thank you for the lovely parcel", "please send the red one", "kind people work here",
        "the box arrived on time", "what a helpful answer", "we like the green lamp")  # fmt: skip
BAD = ("you utter moron go away", "shut up you fool", "what a moron wrote this",
       "only a fool would buy that", "go away you clown", "this clown is a moron")  # fmt: skip
PEOPLE = ("ann", "bob", "carla", "dmitri", "elif", "femi")
PLACES = ("paris", "lagos", "oslo", "lima")
ENDS = ("today", "again", "in the shop", "as usual", "at noon", "with care", "by phone", "for now",
        "in may", "on monday")  # fmt: skip


def text_rows(count, seed=1):
    dice = Random(seed)
    rows = []
    for number in range(count):
        kind = dice.random() < 0.5
        start = dice.choice(BAD if kind else GOOD)
        text = f"{start} {dice.choice(ENDS)} {dice.choice(ENDS)} {number}"
        rows.append(
            {
                "text": text,
                "labels": {"rude": int(kind), "kind": None if number % 3 else int(not kind)},
            }
        )
    return rows


def name_rows(count, seed=2):
    dice = Random(seed)
    rows = []
    for number in range(count):
        person, place = dice.choice(PEOPLE), dice.choice(PLACES)
        text = f"{person} lives in {place} {dice.choice(ENDS)} {number}"
        at = text.index(place)
        spans = [[0, len(person), "PERSON"], [at, at + len(place), "LOCATION"]]
        rows.append({"text": text, "spans": spans})
    return rows


def write_rows(path: Path, rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def options(place: Path, **changes):
    """Write examples and return the options of a recipe for them."""
    place.mkdir(parents=True, exist_ok=True)
    files = {
        "texts": write_rows(place / "texts.jsonl", text_rows(300)),
        "names": write_rows(place / "names.jsonl", name_rows(200)),
        "others": write_rows(place / "others.jsonl", text_rows(60, seed=9)),
    }
    found = {
        "name": "tiny", "encoder": {"hidden": 32, "layers": 1, "heads": 2, "vocabulary": 400},
        "sources": [{"file": str(path), "licence": "CC0-1.0"} for path in files.values()],
        "labels": ["rude", "kind"], "entities": ["PERSON", "LOCATION"], "out": str(place / "run"),
        "steps": 60, "batch": 16, "learning_rate": 5e-3, "head_learning_rate": 5e-3, "warmup": 0.1,
        "dropout": 0.0, "max_tokens": 32, "overlap": 8, "validation": 0.2, "test": 0.2,
        "embedding_weight": 0.1, "disguised": 0.2, "disguises": ["leet_light"], "threads": 1,
        "checkpoint_every": 20, "seed": 3,
    }  # fmt: skip
    found["sources"][2]["hold_out"] = True
    return found | changes


def write_recipe(place: Path, **changes) -> Path:
    path = place / "recipe.yaml"
    path.write_text(yaml.safe_dump(options(place, **changes)), "utf-8")
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The recipe, the model folder and what was said of a finished run."""
    recipe = Recipe.model_validate(options(tmp_path_factory.mktemp("trained")))
    said: list[str] = []
    return recipe, train_classifier(recipe, said.append), said
