"""From a recipe to a model folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from guardrail.models.manifest import Label, TokenHead
from guardrail.training.classifier import calibration, evaluation, export
from guardrail.training.classifier.baseline import kept_scores
from guardrail.training.classifier.batches import Batches
from guardrail.training.classifier.card import Results, write_card
from guardrail.training.classifier.evaluation import ALL, ByLabel, Measures
from guardrail.training.classifier.examples import Example, read_examples
from guardrail.training.classifier.features import KEPT, Featurizer, tokenizer_of, vocabulary
from guardrail.training.classifier.fit import Fit
from guardrail.training.classifier.handover import Handover, hand_over
from guardrail.training.classifier.initial import begin_with
from guardrail.training.classifier.names import best_thresholds, read_names
from guardrail.training.classifier.network import new_encoder, new_network
from guardrail.training.classifier.plots import plot_confusion, plot_losses
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import (
    Forward,
    Scored,
    onnx_forward,
    score,
)
from guardrail.training.classifier.split import Split, split
from guardrail.training.common.libraries import prepare
from guardrail.training.common.run_folder import RunFolder
from guardrail.training.common.seeds import seed_all

Say: TypeAlias = Callable[[str], None]
_PARITY_ROWS = 24
_SAMPLE = 4
"""Every so many texts of the test split are asked of the graph with 32 bits, too."""


def train_classifier(recipe: Recipe, say: Say, *, resume: bool = False) -> Path:
    """Train, calibrate, export and measure; return the model folder.

    Args:
        recipe: what to train.
        say: is told, line by line, what happens.
        resume: go on from the checkpoint of the run folder.

    Raises:
        RecipeError: the recipe or its examples cannot be used.
        TrainingError: the training failed, or the model does not compute what it should.
        MissingExtraError: the extra `train` is not installed.
    """
    prepare(
        "guardrail train classifier",
        ("torch", "transformers", "tokenizers", "onnx", "onnxscript", "onnxruntime", "sklearn",
         "matplotlib"),
    )  # fmt: skip
    parts = split(read_examples(recipe), recipe)
    say(
        f"{len(parts.train):,} examples to train on, {len(parts.validation):,} to calibrate, "
        f"{len(parts.test):,} to test, {len(parts.held_out):,} of sources that are held out"
    )
    folder = RunFolder(recipe.out)
    run = _Run(recipe, parts, folder, say)
    folder.begin(recipe, resume=resume)
    run.fit()
    return run.hand_over()


@dataclass(frozen=True, slots=True)
class _Exported:
    """Graphs with 32 and 8 bits, and how far they are from the network and from each other."""

    fp32: bytes
    int8: bytes
    parity_error: float
    int8_error: float
    half: bytes | None = None
    half_error: float | None = None

    def shifted(self, offsets: Sequence[float]) -> _Exported:
        """Return the graphs with offsets of the labels: a manifest has temperatures only."""
        return replace(
            self,
            fp32=export.with_offsets(self.fp32, offsets),
            int8=export.with_offsets(self.int8, offsets),
            half=None if self.half is None else export.with_offsets(self.half, offsets),
        )


class _Run:
    """One run: the same network goes through all its steps."""

    def __init__(self, recipe: Recipe, parts: Split, folder: RunFolder, say: Say) -> None:
        import torch

        seed_all(recipe.seed)
        if recipe.threads:
            torch.set_num_threads(recipe.threads)
        self.recipe, self.parts, self.folder, self.say = recipe, parts, folder, say
        texts = [example.text for example in parts.train]
        self.tokenizer = tokenizer_of(recipe, texts, folder.place)
        self.network = new_network(recipe, new_encoder(recipe, vocabulary(self.tokenizer)))
        self.featurizer = Featurizer(self.tokenizer, recipe)

    def fit(self) -> None:
        """Train to the last step."""
        self.tokenizer.save(str(self.folder.place / KEPT))
        padding = self.tokenizer.token_to_id("[PAD]") or 0
        batches = Batches(self.parts.train, self.featurizer, self.recipe, padding)
        fit = Fit(self.network, batches, self.recipe, self.folder)
        if self.recipe.initial:
            # After `Fit` has copied the first encoder: the embedding stays near that one.
            begin_with(self.network, self.recipe.initial)
        fit.run(self.parts.train, self.say)
        plot_losses(self.folder)

    def hand_over(self) -> Path:
        """Export, calibrate what was exported, measure it, and write the folder."""
        self.say("exporting")
        exported = self._export()
        self.say("calibrating")
        validation = self._scored(self._forward(exported.int8), self.parts.validation)
        logits = _logits(validation)
        offsets = calibration.offsets(logits, self.parts.validation, self.recipe)
        exported = exported.shifted(offsets)
        model = self._forward(exported.int8)
        labels = calibration.labels(logits + offsets, self.parts.validation, self.recipe)
        tags = self._token_head(validation)
        self.say("measuring")
        results = self._results(exported, model, labels, tags)
        plot_confusion(results.model[0], self.folder.place / "confusion.png")
        made = Handover(
            exported.int8,
            self.tokenizer,
            write_card(self.recipe, results),
            labels,
            tags,
            exported.parity_error,
            _metrics(results),
            exported.half,
        )
        return hand_over(self.recipe, made)

    def _export(self) -> _Exported:
        place = self.folder.place
        fp32 = export.to_onnx(self.network, self.recipe, place / "fp32.onnx")
        features = self.featurizer.features(self.parts.test[:_PARITY_ROWS])
        rows = [feature.ids for feature in features]
        error = export.check_parity(self.network, fp32, rows)
        int8 = export.to_int8(place / "fp32.onnx", place / "int8.onnx")
        export.check_alone(int8, rows)
        other = export.largest_difference(onnx_forward(fp32), onnx_forward(int8), rows)
        half = export.to_half(fp32) if self.recipe.half else None
        half_error = None if half is None else export.check_half(fp32, half, rows)
        return _Exported(fp32, int8, error, other, half, half_error)

    def _scored(self, forward: Forward, examples: Sequence[Example]) -> list[Scored]:
        texts = [example.text for example in examples]
        return score(forward, self.tokenizer, texts, self.recipe)

    def _token_head(self, validation: Sequence[Scored]) -> TokenHead | None:
        if not self.recipe.tags:
            return None
        marked = _marked(self.parts.validation)
        right = [self.parts.validation[row].spans or () for row in marked]
        thresholds = best_thresholds([validation[row] for row in marked], right, self.recipe)
        return TokenHead(output="token_logits", tags=self.recipe.tags, thresholds=thresholds)

    def _forward(self, onnx: bytes) -> Forward:
        return onnx_forward(onnx, self.recipe.threads)

    def _results(
        self, exported: _Exported, model: Forward, labels: Sequence[Label], tags: TokenHead | None
    ) -> Results:
        test, held_out = self.parts.test, self.parts.held_out
        thresholds = {label.name: label.threshold for label in labels}
        scored = self._scored(model, test), self._scored(model, held_out)
        scores = _scores(scored[0], labels), _scores(scored[1], labels)
        sample = test[::_SAMPLE]
        fp32 = _scores(self._scored(self._forward(exported.fp32), sample), labels)
        return Results(
            (
                self._by_label(scores[0], test, thresholds),
                self._by_label(scores[1], held_out, thresholds),
            ),
            self._baseline(thresholds),
            (
                self._by_label(scores[0][::_SAMPLE], sample, thresholds),
                self._by_label(fp32, sample, thresholds),
            ),
            (self._names(scored[0], test, tags), self._names(scored[1], held_out, tags)),
            labels,
            self._rows(),
            exported.parity_error,
            exported.int8_error,
            len(exported.int8) / 1e6,
            exported.half_error,
        )

    def _by_label(
        self, scores: Any, examples: Sequence[Example], thresholds: dict[str, float]
    ) -> ByLabel:
        return evaluation.by_label(scores, examples, thresholds, self.recipe) if examples else {}

    def _names(
        self, scored: Sequence[Scored], examples: Sequence[Example], tags: TokenHead | None
    ) -> dict[str, Measures]:
        if tags is None:
            return {}
        rows = _marked(examples)
        found = [read_names(scored[row], self.recipe, tags.thresholds) for row in rows]
        return evaluation.by_source(found, [examples[row] for row in rows], self.recipe)

    def _baseline(self, thresholds: dict[str, float]) -> tuple[ByLabel, ByLabel]:
        test, held_out = self.parts.test, self.parts.held_out
        texts = [example.text for example in (*test, *held_out)]
        scores = kept_scores(self.folder.place, self.parts.train, texts, self.recipe)
        return (
            self._by_label(scores[: len(test)], test, thresholds),
            self._by_label(scores[len(test) :], held_out, thresholds),
        )

    def _rows(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        parts = self.parts
        for part in (parts.train, parts.validation, parts.test, parts.held_out):
            for example in part:
                counts[example.source] = counts.get(example.source, 0) + 1
        return counts


def _marked(examples: Sequence[Example]) -> list[int]:
    """Return the numbers of the examples whose names are marked."""
    return [number for number, example in enumerate(examples) if example.spans is not None]


def _logits(scored: Sequence[Scored]) -> Any:
    import numpy as np

    return np.array([each.logits for each in scored])


def _scores(scored: Sequence[Scored], labels: Sequence[Label]) -> Any:
    import numpy as np

    if not scored:
        return np.zeros((0, len(labels)))
    return calibration.sigmoid(_logits(scored) / np.array([each.temperature for each in labels]))


def _metrics(results: Results) -> dict[str, dict[str, float]]:
    test, held_out = results.model
    found: dict[str, dict[str, float]] = {}
    for label, sources in test.items():
        found[label] = {name: round(number, 4) for name, number in sources.get(ALL, {}).items()}
        away = held_out.get(label, {}).get(ALL, {})
        found[label] |= {f"held_out_{name}": round(number, 4) for name, number in away.items()}
    for part, sources in zip(("names", "names_held_out"), results.names, strict=True):
        if ALL in sources:
            found[part] = {name: round(number, 4) for name, number in sources[ALL].items()}
    return found
