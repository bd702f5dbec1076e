"""Tiny data and models that every test of training uses; no test here may open a socket."""

import json
import socket

import pytest

PROMPTS = ("I can't log in", "My bill is too high", "Where is my parcel?", "The app crashes")
DIRECT = "Please click Forgot password on the sign-in page."
WHIMSICAL = "Perhaps your password has grown weary, fellow traveler."
TINY = {"tiny": {"hidden": 32, "layers": 1, "heads": 2, "vocabulary": 320, "context": 96}}


@pytest.fixture(autouse=True)
def no_socket(monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("training opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Models this small lose more by sharing work than they gain."""
    import torch

    torch.set_num_threads(1)


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def sft_file(tmp_path):
    rows = [
        {"prompt": prompt, "response": reply} for prompt in PROMPTS for reply in (DIRECT, WHIMSICAL)
    ]
    return write_rows(tmp_path / "sft.jsonl", rows)


@pytest.fixture
def pairs_file(tmp_path):
    rows = [{"prompt": prompt, "chosen": DIRECT, "rejected": WHIMSICAL} for prompt in PROMPTS]
    return write_rows(tmp_path / "pairs.jsonl", rows)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A chat model that was trained for a few steps: the folder."""
    from guardrail.training.sft import SftRecipe, train_sft

    place = tmp_path_factory.mktemp("tiny")
    rows = [
        {"prompt": prompt, "response": reply} for prompt in PROMPTS for reply in (DIRECT, WHIMSICAL)
    ]
    data = write_rows(place / "sft.jsonl", rows)
    recipe = SftRecipe.model_validate(
        {
            "model": TINY,
            "data": data,
            "out": place / "model",
            "learn": "everything",
            "steps": 120,
            "batch": 8,
            "learning_rate": 1e-2,
        }
    )
    return train_sft(recipe, say=lambda _line: None)


@pytest.fixture(scope="session")
def exported(tiny_model, tmp_path_factory):
    """The tiny model as a folder that runs without torch."""
    from guardrail.training.export.run import ExportRecipe, export_model

    place = tmp_path_factory.mktemp("exported")
    prompts = write_rows(place / "p.jsonl", [{"prompt": each} for each in PROMPTS])
    recipe = ExportRecipe(
        model=str(tiny_model),
        prompts=prompts,
        out=place / "bot",
        precisions=("fp32", "fp16", "int8"),
        max_tokens=16,
        int8_same=0.5,
    )
    return export_model(recipe, say=lambda _line: None)
