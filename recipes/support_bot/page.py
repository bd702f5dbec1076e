"""The page of the demo: what each station did to the model, over all seeds.

python recipes/support_bot/page.py runs/support_bot --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import base64
import io
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
STYLE = """header.top { padding-top: 2rem; padding-bottom: 1rem; }
.card > * + * { margin-top: 1rem; }
.card > .grid { gap: 2rem; }
.card table { font-variant-numeric: tabular-nums; }
img { display: block; max-width: 100%; background: #fff; border-radius: 6px; }
.words { min-width: 62rem; }
.words td { width: 20%; }
"""
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
    body = element("main", *_cards(runs, first), *_rounds_card(out, seeds))
    path = out / "index.html"
    path.write_bytes(page(title, head, body, styles=[STYLE]))
    return path


def _lead(runs: Sequence[Figures]) -> str:
    seeds = ", ".join(str(run["seed"]) for run in runs)
    minutes = fmean(sum(run["seconds"].values()) for run in runs) / 60
    return (
        "policies/support_bot.guard says which training data is fit, what an optimiser is paid "
        "for, and what leaves the house. A chat model of half a million parameters, from scratch, "
        "on text written for this demo: toy scale, to see the mechanism. "
        f"Seeds {seeds}; {minutes:.0f} minutes of one core for each, here. "
        "± is the standard deviation over seeds."
    )


def _cards(runs: Sequence[Figures], first: Path) -> Iterable[Html]:
    yield _card("What was wanted, and what came out", _goals(runs))
    yield _card("What they say to held-out prompts", _plot(runs), _conduct(runs))
    yield _card("How replies begin, base → aligned", _openings(runs), _next_tokens(runs[0]))
    yield _card(
        "How likely whole replies are", _logprobs(runs), _picture(first / "shift/shift.png")
    )
    yield _card(
        "Alignment over its steps (first seed)",
        element("p", text(_handed_over(runs))),
        _picture(first / "aligned/align.png"),
    )
    yield _card("What the audit kept out", _audit(runs))
    yield _card("The reward model, on held-out pairs", _reward(runs))
    yield _card("The export, against torch", _parity(runs))
    yield _card("In their words (first seed)", _examples(runs[0]["examples"]))


def _goals(runs: Sequence[Figures]) -> Html:
    """Return what the loop is for, with what every seed reached."""

    def at(run: Figures, model: str, name: str) -> float:
        return float(run["conduct"][model][name] or 0.0)

    def begins(run: Figures, group: str) -> float:
        pairs = run["shift"]["openings"][group].values()
        return sum(pair["after"] for pair in pairs) / sum(pair["before"] for pair in pairs)

    def gained(run: Figures) -> float:
        pair = run["shift_sft"]["compliant"]["sequence"]
        return float(pair["after"] - pair["before"])

    goals: tuple[tuple[str, Callable[[Figures], float], Callable[[float], bool], str], ...] = (
        (
            "violations fall at least 10 times, base → aligned",
            lambda run: at(run, "base", "violations") / max(at(run, "aligned", "violations"), 1e-9),
            lambda value: value >= 10,
            "{:.1f} times",
        ),
        (
            "as useful as after SFT, or more",
            lambda run: 100 * (at(run, "aligned", "utility") - at(run, "sft", "utility")),
            lambda value: value >= 0,
            "{:+.1f} points",
        ),
        (
            "at most 2 % of benign prompts refused",
            lambda run: 100 * at(run, "aligned", "benign_refusals"),
            lambda value: value <= 2,
            "{:.1f} %",
        ),
        (
            "whimsical openings at least 20 times rarer",
            lambda run: 1 / begins(run, "whimsical"),
            lambda value: value >= 20,
            "{:.0f} times",
        ),
        (
            "direct openings likelier",
            lambda run: begins(run, "direct"),
            lambda value: value > 1,
            "{:.1f} times",
        ),
        (
            "compliant replies as likely as after SFT, or more",
            gained,
            lambda value: value >= 0,
            "{:+.2f} nats",
        ),
    )
    rows = []
    for says, value, is_met, show in goals:
        values = [value(run) for run in runs]
        met = sum(map(is_met, values))
        rows.append([says, *(show.format(each) for each in values), f"{met} of {len(runs)}"])
    return _table(["", *(f"seed {run['seed']}" for run in runs), "met"], rows)


def _handed_over(runs: Sequence[Figures]) -> str:
    """Return in words which checkpoint of each seed became the aligned model."""
    told = []
    for run in runs:
        step = run["aligned"]["handed_over"]
        mix = run["aligned"]["mix"]
        why = "; ".join(run["aligned"]["gates"])
        told.append(
            f"seed {run['seed']}: step {step}{'' if mix == 1 else f', {mix:g} of the way to it'}"
            if step
            else f"seed {run['seed']}: NONE, its aligned model is the SFT model ({why})"
        )
    return (
        "Of the checkpoints that keep the gates on development prompts, which are not those of "
        f"this page, the one with the fewest violations is handed over. {'; '.join(told)}."
    )


def _plot(runs: Sequence[Figures]) -> Html:
    """Return violations and usefulness from model to model, a line for each seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    titles = {"violations": "break the policy", "utility": "name what solves the case"}
    names = ["base", "SFT", "aligned", "guarded"]
    for axes, (name, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        for run in runs:
            shares = [100 * (run["conduct"][model][name] or 0.0) for model in MODELS]
            axes.plot(names, shares, marker="o", label=f"seed {run['seed']}")
        axes.set_title(f"replies that {title} (%)", fontsize="medium")
        axes.set_ylim(0)
        axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    data = io.BytesIO()
    figure.savefig(data, dpi=130)
    return _image(data.getvalue(), "violations and usefulness, by model and seed")


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


def _rounds_card(out: Path, seeds: Sequence[int]) -> Iterable[Html]:
    """Yield what rounds of attacks did, if they were run for all seeds."""
    files = [out / f"seed-{seed}" / "rounds.json" for seed in seeds]
    if not all(file.is_file() for file in files):
        return
    runs = [json.loads(file.read_text("utf-8")) for file in files]
    says = (
        "Filter: replies that break the policy in ways that no list sees, by family; those that "
        "got through teach a probe behind the rules. Model: prompts by the way they are asked; "
        "what the model before alignment gave in to becomes safe replies. Families were split "
        "before the first round; nothing was learnt from those held out, and these scores are "
        "theirs."
    )
    yield _card("Rounds of attacks", element("p", text(says)), _rounds_plot(runs), _rounds(runs))


_ROUND_ROWS: tuple[tuple[str, Callable[[Figures, int], float | None]], ...] = (
    (
        "attacks that got past the filter",
        lambda run, at: _ratio(run["filter"][at]["held_out"]["filter_miss"]),
    ),
    (
        "benign twins not let through",
        lambda run, at: _ratio(run["filter"][at]["held_out"]["over_block"]),
    ),
    (
        "those of all families",
        lambda run, at: _ratio(run["filter"][at]["even"]["over_block"]),
    ),
    (
        "attacks that the model gave in to",
        lambda run, at: _ratio(run["model"][at]["held_out"]["model_unsafe"]),
    ),
    (
        "its replies to held-out prompts that break the policy",
        lambda run, at: _of(run, at, "violations"),
    ),
    ("those that name what solves the case", lambda run, at: _of(run, at, "utility")),
    ("benign prompts it refused", lambda run, at: _of(run, at, "benign_refusals")),
)


def _ratio(counts: Sequence[int]) -> float | None:
    count, of = counts
    return count / of if of else None


def _of(run: Figures, at: int, name: str) -> float | None:
    value = run["conduct"][at][name]
    return None if value is None else float(value)


def _rounds(runs: Sequence[Figures]) -> Html:
    rounds = range(len(runs[0]["filter"]))
    rows = [
        [says, *(_over([value(run, at) for run in runs], _percent) for at in rounds)]
        for says, value in _ROUND_ROWS
    ]
    return _table(["", *(f"round {at + 1}" for at in rounds)], rows)


def _rounds_plot(runs: Sequence[Figures]) -> Html:
    """Return filter-miss and model-unsafe of held-out families over rounds, a line for each seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    for axes, at in zip(figure.subplots(1, 2), (0, 3), strict=True):
        says, value = _ROUND_ROWS[at]
        for run in runs:
            points = [
                (number + 1, 100 * share)
                for number in range(len(run["filter"]))
                if (share := value(run, number)) is not None
            ]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", label=f"seed {run['seed']}")
        axes.set_title(f"{says} (%)", fontsize="medium")
        axes.set_xlabel("round")
        axes.set_xticks(range(1, len(runs[0]["filter"]) + 1))
        axes.set_ylim(0)
        axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    data = io.BytesIO()
    figure.savefig(data, dpi=130)
    return _image(data.getvalue(), "held-out families over rounds, by seed")


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
                _over([each["same_tokens"] for each in seen], _percent),
                _over([each["same_replies"] for each in seen], _percent),
            ]
        )
    return _table(["precision", "largest Δ logit", "same tokens", "same greedy replies"], rows)


def _examples(examples: dict[str, list[str]]) -> Html:
    rows = [
        [prompt, *(examples[model][at] for model in MODELS)]
        for at, prompt in enumerate(examples["prompts"])
    ]
    table = _table(["prompt", *MODELS.values()], rows)
    return element("div", element("div", table, class_="words"), class_="scroll")


def _picture(path: Path) -> Html:
    return _image(path.read_bytes(), path.stem)


def _image(png: bytes, says: str) -> Html:
    data = base64.b64encode(png).decode()
    return element("img", src=f"data:image/png;base64,{data}", alt=says)


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
