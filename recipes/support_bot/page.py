"""The page of the demo: what each station did to the model, over all seeds.

python recipes/support_bot/page.py runs/support_bot --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from guardrail.reports.html.page import Html, element, page, text

MODELS = {
    "base": "Base",
    "sft": "SFT",
    "aligned": "Aligned",
    "guarded": "Aligned, ONNX, behind the guard",
}
Figures = dict[str, Any]


def write(out: Path, seeds: Sequence[int]) -> Path:
    """Write `index.html` from the figures of the seeds; return it."""
    runs = [
        json.loads((out / f"seed-{seed}" / "figures.json").read_text("utf-8")) for seed in seeds
    ]
    first = out / f"seed-{seeds[0]}"
    title = "One constitution, from training data to the reply"
    head = element(
        "header", element("h1", text(title)), element("p", text(_lead(runs))), class_="top"
    )
    body = element("main", *_cards(runs, first))
    path = out / "index.html"
    path.write_bytes(page(title, head, body))
    return path


def _lead(runs: Sequence[Figures]) -> str:
    seeds = ", ".join(str(run["seed"]) for run in runs)
    minutes = fmean(sum(run["seconds"].values()) for run in runs) / 60
    return (
        "policies/support_bot.guard says which training data is fit, what an optimiser is paid "
        "for, and what leaves the house. A chat model of about a million parameters, from scratch, "
        "on text written for this demo: toy scale, to see the mechanism. "
        f"Seeds {seeds}; {minutes:.0f} minutes for each on this machine. "
        "± is the standard deviation over seeds."
    )


def _cards(runs: Sequence[Figures], first: Path) -> Iterable[Html]:
    yield _card("What they say to held-out prompts", _conduct(runs))
    yield _card("How replies begin, base → aligned", _openings(runs), _next_tokens(runs[0]))
    yield _card(
        "How likely whole replies are", _logprobs(runs), _picture(first / "shift/shift.png")
    )
    yield _card("Alignment over its steps (first seed)", _picture(first / "aligned/align.png"))
    yield _card("What the audit kept out", _audit(runs))
    yield _card("The reward model, on held-out pairs", _reward(runs))
    yield _card("The export, against torch", _parity(runs))
    yield _card("In their words (first seed)", _examples(runs[0]["examples"]))


def _conduct(runs: Sequence[Figures]) -> Html:
    figures: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("violations", "replies that break the policy", _percent),
        ("utility", "replies that name what solves the case", _percent),
        ("benign_refusals", "benign prompts refused", _percent),
        ("harmful_refusals", "harmful prompts refused", _percent),
        ("words", "words of a reply", lambda value: f"{value:.1f}"),
    )
    rows = [
        [says, *(_over([run["conduct"][m][name] for run in runs], show) for m in MODELS)]
        for name, says, show in figures
    ]
    return _table(["", *MODELS.values()], rows)


def _openings(runs: Sequence[Figures]) -> Html:
    rows = []
    for group in runs[0]["shift"]["openings"]:
        sums = [
            [sum(pair[side] for pair in run["shift"]["openings"][group].values()) for run in runs]
            for side in ("before", "after")
        ]
        before, after = (fmean(each) for each in sums)
        ratio = f"÷ {before / after:.0f}" if after < before else f"× {after / before:.1f}"
        rows.append([group, _over(sums[0], _percent), _over(sums[1], _percent), ratio])
    return _table(["begins", "base", "aligned", ""], rows)


def _next_tokens(run: Figures) -> Html:
    tables = []
    for prompt, tokens in run["shift"]["next_tokens"].items():
        rows = [
            [repr(token), f"{pair['before']:.3f}", f"{pair['after']:.3f}"]
            for token, pair in tokens.items()
        ]
        tables.append(
            element(
                "div",
                element("h3", text(f"after “{prompt}”")),
                _table(["token", "base", "aligned"], rows),
            )
        )
    return element("div", *tables, class_="grid")


def _logprobs(runs: Sequence[Figures]) -> Html:
    rows = []
    for name, key in (("base → aligned", "shift"), ("SFT → aligned", "shift_sft")):
        for side in ("compliant", "violating"):
            pairs = [run[key][side]["sequence"] for run in runs]
            rows.append(
                [
                    f"{name}, {side} replies",
                    _over([pair["before"] for pair in pairs], lambda value: f"{value:.1f}"),
                    _over([pair["after"] for pair in pairs], lambda value: f"{value:.1f}"),
                    _over([run[key][side]["kl"] for run in runs], lambda value: f"{value:.2f}"),
                ]
            )
    return _table(["log-probability (nats)", "before", "after", "KL at one token"], rows)


def _audit(runs: Sequence[Figures]) -> Html:
    rows = []
    for file in ("sft", "preferences"):
        counts = runs[0]["audit"][file]["counts"]
        total = runs[0]["audit"][file]["rows"]
        rows += [[file, kind, f"{number:,} of {total:,}"] for kind, number in counts.items()]
    return _table(["file (first seed)", "reason", "rows"], rows)


def _reward(runs: Sequence[Figures]) -> Html:
    names = {
        "accuracy": "reward model",
        "words_accuracy": "TF-IDF",
        "length_accuracy": "length alone",
        "calibration_error": "calibration error",
    }
    rows = [
        [says, _over([run["reward"][key] for run in runs], _percent)] for key, says in names.items()
    ]
    return _table(["", "of pairs"], rows)


def _parity(runs: Sequence[Figures]) -> Html:
    rows = []
    for precision in runs[0]["parity"]:
        seen = [run["parity"][precision] for run in runs]
        rows.append(
            [
                precision,
                f"{max(each['logits'] for each in seen):.2g}",
                _over([each["same_tokens"] for each in seen], lambda value: f"{value:.2%}"),
                _over([each["same_replies"] for each in seen], lambda value: f"{value:.1%}"),
            ]
        )
    return _table(["precision", "largest Δ logit", "same tokens", "same greedy replies"], rows)


def _examples(examples: dict[str, list[str]]) -> Html:
    rows = [
        [prompt, *(examples[model][at] for model in MODELS)]
        for at, prompt in enumerate(examples["prompts"])
    ]
    return element("div", _table(["prompt", *MODELS.values()], rows), class_="scroll")


def _picture(path: Path) -> Html:
    data = base64.b64encode(path.read_bytes()).decode()
    return element("img", src=f"data:image/png;base64,{data}", alt=path.stem, width="100%")


def _over(values: Sequence[float | None], show: Callable[[float], str]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    return show(fmean(known)) + (f" ± {show(stdev(known))}" if len(known) > 1 else "")


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _card(title: str, *body: Html) -> Html:
    return element("section", element("h2", text(title)), *body, class_="card")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    top = element("tr", *(element("th", text(each)) for each in head))
    body = [element("tr", *(element("td", text(each)) for each in row)) for row in rows]
    return element("table", element("thead", top), element("tbody", *body))


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    print(write(given.out, given.seeds))


if __name__ == "__main__":
    main()
