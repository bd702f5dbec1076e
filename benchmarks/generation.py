"""`python -m benchmarks.generation --model RUN --onnx FOLDER`: tokens per second, in one run.

The same greedy replies to the same prompts, one at a time and as a batch: torch eager, our
generator in each precision, and the form for onnxruntime-genai if it was exported: through our
generator, and by that library's own loop. They take turns, so that a busy machine slows all of
them; what is shown is the best round of each. Ratios are to torch eager.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guardrail.generation import Generator
from guardrail.generation.manifest import read_manifest

TOKENS = 48


def rates(runs: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """The best of some rounds of each, in tokens per second; the first round is not counted."""
    found = dict.fromkeys(runs, 0.0)
    for at in range(rounds + 1):
        for name, run in runs.items():
            started = time.perf_counter()
            made = run()
            if at:
                found[name] = max(found[name], made / (time.perf_counter() - started))
    return found


def of_torch(folder: str, prompts: list[str], batch: int) -> Callable[[], int]:
    from guardrail.training.lm.chat import tokens_of
    from guardrail.training.lm.load import load_lm
    from guardrail.training.run import make_ready

    make_ready("a benchmark", 0)
    import torch

    lm, tokenizer = load_lm(folder)
    lm.eval()
    ids = [tokens_of(tokenizer, [{"role": "user", "content": each}]) for each in prompts]

    def run() -> int:
        made = 0
        for start in range(0, len(ids), batch):
            given = tokenizer.pad({"input_ids": ids[start : start + batch]}, return_tensors="pt")
            with torch.no_grad():
                out = lm.generate(
                    **given,
                    max_new_tokens=TOKENS,
                    do_sample=False,
                    pad_token_id=tokenizer.pad_token_id,
                )
            said = out[:, given["input_ids"].shape[1] :]
            made += int((said != tokenizer.pad_token_id).sum())
        return made

    return run


def of_ours(folder: str, prompts: list[str], batch: int, **how: Any) -> Callable[[], int]:
    generator = Generator.load(folder, threads=1, **how)
    generator = generator.with_sampling(max_tokens=TOKENS)

    def run() -> int:
        made = 0
        for start in range(0, len(prompts), batch):
            for said in generator.batch(prompts[start : start + batch]):
                ids = generator.tokenizer.encode(said, add_special_tokens=False).ids
                made += min(len(ids) + 1, TOKENS)  # with the token that ends the reply
        return made

    return run


def bare_genai(onnx: str, prompts: list[str]) -> Callable[[], int]:
    """Onnxruntime-genai by its own loop and search, without our sampling, decoding and stops."""
    generator = Generator.load(onnx, engine="genai", threads=1)
    ids = [generator.ids(each) for each in prompts]

    def run() -> int:
        made = 0
        for each in ids:
            state: Any = generator.session.begin(1)
            (inner,) = state._generators
            inner.append_tokens(each)
            for _ in range(TOKENS):
                if inner.is_done():
                    break
                inner.generate_next_token()
                made += 1
        return made

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="runs/support_bot/seed-0/aligned")
    parser.add_argument("--onnx", default="runs/support_bot/seed-0/onnx")
    parser.add_argument("--prompts", default="runs/support_bot/seed-0/data/held_out.jsonl")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if not Path(given.onnx).is_dir():
        print(f"There is no {given.onnx}: `make align-demo` makes it.")
        return
    import torch

    torch.set_num_threads(1)
    manifest = read_manifest(Path(given.onnx))
    lines = Path(given.prompts).read_text("utf-8").splitlines()[:32]
    prompts = [json.loads(line)["prompt"] for line in lines]
    print(f"{'one thread':28}{'tokens/s':>10}{'ratio':>8}")
    for batch in (1, 16):
        runs = {"torch eager": of_torch(given.model, prompts, batch)}
        for precision in manifest.graphs:
            runs[f"ours {precision}"] = of_ours(given.onnx, prompts, batch, precision=precision)
        if manifest.genai is not None:
            form = f"genai {manifest.genai}"
            runs[f"ours {form}"] = of_ours(given.onnx, prompts, batch, engine="genai")
            if batch == 1:
                runs[f"bare {form}"] = bare_genai(given.onnx, prompts)
        found = rates(runs, given.rounds)
        for name, value in found.items():
            ratio = value / found["torch eager"]
            print(f"{f'{name}, batch {batch}':28}{value:10.0f}{ratio:8.2f}")


if __name__ == "__main__":
    main()
