"""Texts to numbers: token ids, labels with gaps, and the tag of each word's first token."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.recipe import Recipe, Scratch

KEPT: Final = "tokenizer.json"
"""The tokenizer in the folder of a run."""
NOT_JUDGED: Final = -100
"""The tag that no loss looks at: torch's default for cross entropy."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One example as numbers; `labels` has 1, 0 or None in the order of the recipe."""

    ids: list[int]
    tags: list[int]
    labels: list[int | None]
    weight: float


class Featurizer:
    """Makes features of examples; texts are cut at `max_tokens`."""

    def __init__(self, tokenizer: Any, recipe: Recipe) -> None:
        self._tokenizer = tokenizer
        self._labels = recipe.labels
        self._tags = {tag: index for index, tag in enumerate(recipe.tags)}
        self._most = recipe.max_tokens
        self._weights = {source.name: source.weight for source in recipe.sources}
        self.prefix, self.suffix = special_tokens(tokenizer)

    def features(self, examples: Sequence[Example]) -> list[Feature]:
        """Return the features of examples, in order."""
        texts = [clean(example.text) for example in examples]
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [
            self._feature(example, tokens)
            for example, tokens in zip(examples, encoded, strict=True)
        ]

    def _feature(self, example: Example, tokens: Any) -> Feature:
        room = self._most - len(self.prefix) - len(self.suffix)
        tags = self._word_tags(example, tokens)[:room]
        around = [NOT_JUDGED]
        return Feature(
            [*self.prefix, *tokens.ids[:room], *self.suffix],
            [*around * len(self.prefix), *tags, *around * len(self.suffix)],
            [example.labels.get(name) for name in self._labels],
            self._weights[example.source],
        )

    def _word_tags(self, example: Example, tokens: Any) -> list[int]:
        """Tag the first token of each word; a word has a name's tag if it overlaps the name."""
        if example.spans is None or not self._tags:
            return [NOT_JUDGED] * len(tokens.ids)
        found, last, begun = [], None, set()
        for word, (start, end) in zip(tokens.word_ids, tokens.offsets, strict=True):
            if word == last:
                found.append(NOT_JUDGED)
                continue
            last, tag = word, "O"
            for span in example.spans:
                if span[0] < end and start < span[1]:
                    tag = f"{'I' if span in begun else 'B'}-{span[2]}"
                    begun.add(span)
                    break
            found.append(self._tags[tag])
        return found


def clean(text: str) -> str:
    """Return a text that tokenizers can read: lone surrogates become replacement characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text."""
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    for at in range(len(whole) - len(plain) + 1):
        if whole[at : at + len(plain)] == plain:
            return whole[:at], whole[at + len(plain) :]
    return [], []


def tokenizer_of(recipe: Recipe, texts: Sequence[str], place: Path) -> Any:
    """Return the tokenizer of the recipe's encoder; one from scratch is made once and kept.

    It neither cuts nor pads: files often carry both, frozen from their last use.

    Raises:
        RecipeError: the encoder has none that can be loaded.
    """
    from tokenizers import Tokenizer

    kept = place / KEPT
    if kept.exists():
        tokenizer = Tokenizer.from_file(str(kept))
    elif isinstance(recipe.encoder, Scratch):
        tokenizer = _new_tokenizer(texts, recipe.encoder.vocabulary)
    else:
        from transformers import AutoTokenizer

        with no_encoder(recipe.encoder):
            fast = AutoTokenizer.from_pretrained(recipe.encoder)
        tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@contextlib.contextmanager
def no_encoder(encoder: str) -> Iterator[None]:
    """Say in one line that an encoder cannot be loaded, if the block cannot load it."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"the encoder `{encoder}` cannot be loaded: {type(error).__name__}",
            help="name a folder with config.json, tokenizer.json and model.safetensors;"
            " for a hub id set HF_HUB_OFFLINE=0",
        ) from None


def vocabulary(tokenizer: Any) -> int:
    """Return how many tokens a tokenizer's file knows, added ones included."""
    document = json.loads(tokenizer.to_str())
    words = document["model"]["vocab"]
    known = set(words) if isinstance(words, dict) else {each[0] for each in words}
    return len(known | {each["content"] for each in document.get("added_tokens") or ()})


def _new_tokenizer(texts: Sequence[str], size: int) -> Any:
    """Return a WordPiece tokenizer of the most frequent words and all their letters.

    The trainer of `tokenizers` breaks ties by chance; this is the same every time.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word
        for text in texts
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(clean(text)))
    )
    letters = sorted({letter for word in words for letter in word})
    known = [*_SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    known += sorted(words, key=lambda word: (-words[word], word))
    numbers = {word: number for number, word in enumerate(dict.fromkeys(known[:size]))}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=_SPECIAL[1]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(each, numbers[each]) for each in _SPECIAL[2:]]
    )
    return tokenizer


_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
