"""Context words: a finding counts for more when a word like "phone" stands just before it.

The same rule as Presidio's `LemmaContextAwareEnhancer` over a blank English pipeline whose lemmas
are the lower-cased tokens, but linear: tokens are made piece by piece, backwards from a finding
and only as far as needed, where Presidio tokenizes the whole text and walks it once per finding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import islice
from threading import Lock
from typing import Any, Final, TypeAlias

Token: TypeAlias = tuple[int, str]
"""Where a token ends, and its lemma."""

_WORDS_BEFORE: Final = 5
_BOOST: Final = 0.35
_LEAST: Final = 0.4
_MOST: Final = 1.0
_PIECE: Final = re.compile(r"\s+|\S+")
_LOCK: Final = Lock()


def boost(text: str, found: Sequence[tuple[Any, Sequence[str]]]) -> None:
    """Raise the score of each of Presidio's results that has a context word before it.

    `found` pairs a result with the context words of its recognizer, in lower case.
    """
    lower = text.lower()
    is_certain = "\u03a3" not in text  # at the end of a word, its lower case is another letter
    open_ended = [
        (result, words)
        for result, words in found
        if result.score < _MOST and any(word in lower or not is_certain for word in words)
    ]
    if not open_ended:
        return
    with _tokenizer() as tokenize:
        pieces = _Pieces(text, tokenize)
        for result, words in open_ended:
            if any(word in lemma for lemma in pieces.around(result.start) for word in words):
                result.score = min(max(result.score + _BOOST, _LEAST), _MOST)


class _Pieces:
    """A text as runs of white space and of anything else; no token crosses from one to the next.

    The one blank that follows a word belongs to no token, as in spaCy.
    """

    def __init__(self, text: str, tokenize: Callable[[str], list[Token]]) -> None:
        self._tokenize = tokenize
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._text = text
        self._tokens: dict[int, list[Token]] = {}
        for match in _PIECE.finditer(text):
            start, end = match.span()
            start += start > 0 and text[start] == " "
            if start < end:
                self._starts.append(start)
                self._ends.append(end)
        self._parts = {
            part
            for index, (start, end) in enumerate(zip(self._starts, self._ends, strict=True))
            if ":" in text[start:end]
            for _, lemma in self._tokens_of(index)
            if ":" in lemma and _is_telling(lemma)
            for part in lemma.split(":")
        }

    def around(self, start: int) -> Iterator[str]:
        """Yield the lemmas that count for a finding at `start`.

        Its own token counts, since a context word may touch the finding: Presidio takes one lemma
        more than its five, and one forwards although it asks for none.
        """
        piece = bisect_right(self._ends, start)
        if piece < len(self._ends):
            first = next(i for i, (end, _) in enumerate(self._tokens_of(piece)) if end > start)
            yield from islice(self._keywords(piece, first, -1), _WORDS_BEFORE + 1)
            yield from islice(self._keywords(piece, first, +1), 1)

    def _keywords(self, piece: int, first: int, step: int) -> Iterator[str]:
        """Yield keywords from one token on, backwards or forwards."""
        tokens = self._tokens_of(piece)
        tokens = tokens[first:] if step > 0 else tokens[first::-1]
        while True:
            yield from (lemma for _, lemma in tokens if self._is_keyword(lemma))
            piece += step
            if not 0 <= piece < len(self._ends):
                return
            tokens = self._tokens_of(piece)[::step]

    def _tokens_of(self, piece: int) -> list[Token]:
        tokens = self._tokens.get(piece)
        if tokens is None:
            start = self._starts[piece]
            made = self._tokenize(self._text[start : self._ends[piece]])
            tokens = self._tokens[piece] = [(start + end, lemma) for end, lemma in made]
        return tokens

    def _is_keyword(self, lemma: str) -> bool:
        """Tell whether a lemma is none of the stop words, or part of a token with a colon."""
        return lemma in self._parts or (":" not in lemma and _is_telling(lemma))


def _is_telling(lemma: str) -> bool:
    from spacy.lang.en.stop_words import STOP_WORDS
    from spacy.lang.lex_attrs import is_punct

    return lemma not in STOP_WORDS and not is_punct(lemma)


@contextmanager
def _tokenizer() -> Iterator[Callable[[str], list[Token]]]:
    """Lend spaCy's tokenizer to one thread at a time; it forgets the words it saw."""
    pipeline = _blank_pipeline()
    zone: Callable[[], AbstractContextManager[object]]
    zone = getattr(pipeline, "memory_zone", nullcontext)  # since spaCy 3.8

    def tokenize(piece: str) -> list[Token]:
        return [(token.idx + len(token), token.text.lower()) for token in pipeline.make_doc(piece)]

    with _LOCK, zone():
        yield tokenize


@cache
def _blank_pipeline() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.vocab.lex_attr_getters = {}  # nobody asks for the attributes of a word
    return pipeline


def artifacts(text: str) -> Any:
    """Return what Presidio hands its recognizers about a text: tokens, lemmas and keywords.

    Tokens and words belong to the result alone, so that nothing of the text is kept.
    """
    from presidio_analyzer.nlp_engine import NlpArtifacts
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    with _tokenizer():
        made = _blank_pipeline().make_doc(text)
        words = [token.text for token in made]
        spaces = [bool(token.whitespace_) for token in made]
        places = [token.idx for token in made]
    lemmas = [word.lower() for word in words]
    found = NlpArtifacts([], Doc(Vocab(), words, spaces), places, lemmas, None, "en")
    telling = (lemma for lemma in lemmas if _is_telling(lemma))
    found.keywords = [part for lemma in telling for part in lemma.split(":")]
    return found
