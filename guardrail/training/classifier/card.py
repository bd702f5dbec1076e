"""`card.md`: what a model is for, what it was made of, and how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.models.manifest import Label
from guardrail.training.classifier.evaluation import ALL, ByLabel, Measures
from guardrail.training.classifier.plots import confusion
from guardrail.training.classifier.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Results:
    """What the card reports; pairs are the test split and the held-out sources.

    `precision` are 8 and 32 bits, on the same part of the test split.
    """

    model: tuple[ByLabel, ByLabel]
    baseline: tuple[ByLabel, ByLabel]
    precision: tuple[ByLabel, ByLabel]
    names: tuple[dict[str, Measures], dict[str, Measures]]
    labels: Sequence[Label]
    rows: Mapping[str, int]
    parity_error: float
    int8_error: float
    megabytes: float
    half_error: float | None = None


_TEST: Final = """\
Texts of the sources that were trained on, none of them a near-duplicate of one that was. At most
{share:.1%} of the texts without a label reach its threshold, measured on other texts again."""
_AGAINST: Final = """\
AUROC, beside TF-IDF with logistic regression trained on the same texts; 8 and 32 bits on a quarter
of the test split."""
_SOURCES: Final = """\
How many texts there are with and without the label, the AUROC where there are both, and how many
of each reach the threshold."""


def write_card(recipe: Recipe, results: Results) -> str:
    """Return the card as Markdown."""
    parts = [
        f"# {recipe.name}",
        recipe.about.strip(),
        _facts(recipe, results),
        "## Labels: test split",
        _TEST.format(share=recipe.false_positives),
        _labels(results, 0),
        "## Labels: sources that were not trained on",
        _labels(results, 1),
        "## Against a free baseline, and 8 bits against 32",
        _AGAINST,
        _models(results),
        "## Right and wrong at the thresholds",
        _confusions(results),
        "## Each source",
        _SOURCES,
        _sources(results),
        *(["## Names", "F1 of exact places.", _names(recipe, results)] if recipe.entities else []),
        "## Examples",
        _examples(recipe, results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(recipe: Recipe, results: Results) -> str:
    encoder = recipe.encoder if isinstance(recipe.encoder, str) else "from scratch"
    facts = [
        f"{results.megabytes:.1f} MB, weights of 8 bits",
        f"windows of {recipe.max_tokens} tokens that share {recipe.overlap}; the highest counts",
        f"encoder: {encoder}",
        *([f"begins with the weights of `{recipe.initial.name}`"] if recipe.initial else []),
        f"{recipe.steps:,} steps of {recipe.batch} texts, seed {recipe.seed}",
        f"torch against ONNX: outputs at most {results.parity_error:.1e} apart",
        f"8 bits against 32: at most {results.int8_error:.2f} apart on a sample of texts",
    ]
    if results.half_error is not None:
        facts.append(
            f"16 bits against 32, on the processor: at most {results.half_error:.1e} apart"
        )
    return "\n".join(f"- {fact}" for fact in facts)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _number(measures: Measures, name: str) -> str:
    return f"{measures[name]:.3f}" if name in measures else "–"


def _count(measures: Measures, name: str) -> str:
    return f"{int(measures.get(name, 0)):,}"


_MEASURES = ("auroc", "auprc", "recall_1fp", "ece", "recall", "false_positives")


def _labels(results: Results, part: int) -> str:
    found = results.model[part]
    head = ("label", "with", "without", "AUROC", "AUPRC", "recall at 1 % false positives", "ECE",
            "recall", "false positives", "threshold")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for label in results.labels:
            all_ = found.get(label.name, {}).get(ALL, {})
            if all_:
                yield (
                    label.name,
                    _count(all_, "ones"),
                    _count(all_, "zeros"),
                    *(_number(all_, name) for name in _MEASURES),
                    f"{label.threshold:.3f}",
                )

    return _table(head, rows())


def _models(results: Results) -> str:
    head = ("label", "test", "TF-IDF, test", "held out", "TF-IDF, held out", "8 bits", "32 bits")
    columns = (
        *(part for pair in zip(results.model, results.baseline, strict=True) for part in pair),
        *results.precision,
    )

    def rows() -> Iterator[Sequence[str]]:
        for label in results.labels:
            each = (part.get(label.name, {}).get(ALL, {}) for part in columns)
            yield (label.name, *(_number(measures, "auroc") for measures in each))

    return _table(head, rows())


def _confusions(results: Results) -> str:
    test = results.model[0]
    head = ("label", "has it, found", "has it, missed", "has it not, found", "has it not, left")

    def rows() -> Iterator[Sequence[str]]:
        for label in results.labels:
            measures = test.get(label.name, {}).get(ALL, {})
            if measures:
                (left, alarms), (missed, hits) = confusion(measures)
                yield (label.name, *(f"{each:,}" for each in (hits, missed, alarms, left)))

    return _table(head, rows())


def _sources(results: Results) -> str:
    head = ("label", "source", "with", "without", "AUROC", "with: found", "without: found")

    def rows() -> Iterator[Sequence[str]]:
        for part in results.model:
            for label, sources in part.items():
                for source, measures in sources.items():
                    if source != ALL and {"recall", "false_positives"} & set(measures):
                        yield (
                            label,
                            source,
                            _count(measures, "ones"),
                            _count(measures, "zeros"),
                            *(_number(measures, n) for n in ("auroc", "recall", "false_positives")),
                        )

    return _table(head, rows())


def _names(recipe: Recipe, results: Results) -> str:
    head = ("source", "all", *recipe.entities)

    def rows() -> Iterator[Sequence[str]]:
        for part, found in zip(("test", "held out"), results.names, strict=True):
            for source, measures in found.items():
                yield (
                    part if source == ALL else source,
                    *(_number(measures, name) for name in (ALL, *recipe.entities)),
                )

    return _table(head, rows())


def _examples(recipe: Recipe, results: Results) -> str:
    head = ("source", "rows", "licence", "weight", "use", "origin")

    def rows() -> Iterator[Sequence[str]]:
        for source in recipe.sources:
            yield (
                source.name,
                f"{results.rows.get(source.name, 0):,}",
                source.licence,
                f"{source.weight:g}",
                "measured only" if source.hold_out else "trained",
                source.origin or "–",
            )

    return _table(head, rows())
