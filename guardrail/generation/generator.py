"""A chat model behind a function: one reply, many, or a stream of chunks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from guardrail.errors import MissingExtraError, ModelError, SettingsError
from guardrail.generation.genai import FastSession
from guardrail.generation.manifest import (
    MOST_TOKENIZER,
    TOKENIZER,
    Manifest,
    checked,
    read_folder,
    read_manifest,
)
from guardrail.generation.sampling import Sampling, choose
from guardrail.generation.session import Session
from guardrail.generation.text import Writer

Prompt: TypeAlias = str | Sequence[Mapping[str, Any]]
"""What the user says, or a conversation of messages with `role` and `content`."""

YES, NO = "Yes", "No"
ENGINES: Final = ("onnxruntime", "genai")


@dataclass(frozen=True, eq=False)
class Generator:
    """An exported language model, ready to reply; make one with `Generator.load`.

    It is a function from prompt to reply, so `@guard` goes around it:
    `safe = Guard.load("policy.guard").wrap(Generator.load("models/bot"))`.
    """

    manifest: Manifest
    session: Session | FastSession = field(repr=False)
    tokenizer: Any = field(repr=False)
    sampling: Sampling = field(default_factory=Sampling)

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        *,
        precision: str | None = None,
        provider: str = "cpu",
        engine: str = "onnxruntime",
        threads: int = 0,
        sampling: Sampling | None = None,
    ) -> Generator:
        """Load a folder that `guardrail export` wrote.

        Args:
            folder: the folder.
            precision: `fp32`, `fp16` or `int8`, as far as it was exported; the first by default.
            provider: `cpu` or `cuda`.
            engine: `onnxruntime`, or `genai` for what was built with `genai:`; that form has one
                precision and runs on the processor.
            threads: of the processor; 0 takes all.
            sampling: how replies are made; greedy by default.

        Raises:
            ModelError: the folder is not what its manifest says, or cannot run there.
            MissingExtraError: the extra `cpu`, `gpu` or `genai` is not installed.
            SettingsError: there is no such engine, or it has no choice of that kind.
        """
        path, sampling = Path(folder), sampling or Sampling()
        if engine not in ENGINES:
            raise SettingsError(
                f"there is no engine `{engine}`", help=f"choose {', '.join(ENGINES)}"
            )
        if engine == "genai":
            if precision is not None or provider != "cpu":
                raise SettingsError(
                    "the engine `genai` has the precision of its export, on the processor",
                    help="leave out `precision` and `provider`",
                )
            manifest = read_manifest(path)
            session = FastSession(path, manifest, threads)
            return cls(manifest, session, _tokenizer(path, manifest), sampling)
        read = read_folder(path, precision)
        return cls(
            read.manifest,
            Session(read, provider, threads),
            _tokenizer(path, read.manifest),
            sampling,
        )

    def with_sampling(self, **changes: Any) -> Generator:
        """Return the same model with another way to make replies, such as `temperature=1.0`."""
        return replace(self, sampling=replace(self.sampling, **changes))

    # ------------------------------------------------------------ replies

    def __call__(self, prompt: Prompt) -> str:
        """Return the reply to a prompt."""
        return self.batch([prompt])[0]

    def batch(self, prompts: Sequence[Prompt]) -> list[str]:
        """Return the replies to prompts, in order; they are made together."""
        if not prompts:
            return []
        writers = [self._writer() for _ in prompts]
        for tokens in self._tokens([self.ids(prompt) for prompt in prompts], writers):
            for writer, token in zip(writers, tokens, strict=True):
                if token is not None:
                    writer.add(token)
        for writer in writers:
            writer.close()
        return [writer.text for writer in writers]

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the reply to a prompt in chunks, as soon as they can be shown."""
        writer = self._writer()
        for (token,) in self._tokens([self.ids(prompt)], [writer]):
            if token is not None and (chunk := writer.add(token)):
                yield chunk
        if chunk := writer.close():
            yield chunk

    def judge(self) -> Callable[[str, str], float]:
        """Return the model as a judge: `Guard.load(..., judges={"NAME": generator.judge()})`.

        It gives the probability of `Yes` against `No` as the next token behind the question.
        """
        sides = [self.tokenizer.encode(word, add_special_tokens=False).ids[0] for word in (YES, NO)]
        if sides[0] == sides[1]:
            raise ModelError(
                "the model writes `Yes` and `No` with one token, so it cannot judge",
                help="use a model with a larger vocabulary",
            )

        def score(text: str, question: str) -> float:
            import numpy as np

            asked = f"{question}\nAnswer {YES} or {NO}.\n\n{text}"
            ids = np.array([self.ids(asked)], dtype=np.int64)
            logits = self.session.begin(1).feed(ids, np.ones_like(ids))[0, -1]
            return float(1 / (1 + np.exp(logits[sides[1]] - logits[sides[0]])))

        return score

    def ids(self, prompt: Prompt) -> list[int]:
        """Return a prompt as tokens, ready to be answered.

        Raises:
            SettingsError: it leaves no room for a reply.
        """
        messages = (
            [("user", prompt)]
            if isinstance(prompt, str)
            else [(each["role"], each["content"]) for each in prompt]
        )
        written = self.manifest.chat.write(messages)
        ids: list[int] = self.tokenizer.encode(written, add_special_tokens=False).ids
        if len(ids) >= self.manifest.context:
            raise SettingsError(
                f"a prompt of {len(ids)} tokens leaves no room in a context of "
                f"{self.manifest.context}",
                help="shorten it: nothing is cut in silence",
            )
        return ids

    def _writer(self) -> Writer:
        return Writer(self.tokenizer.decode, self.sampling.stop)

    def _tokens(
        self, prompts: Sequence[Sequence[int]], writers: Sequence[Writer]
    ) -> Iterator[list[int | None]]:
        """Yield one token for each prompt and step; None for a reply that has ended."""
        import numpy as np

        sampling, manifest = self.sampling, self.manifest
        random = np.random.default_rng(sampling.seed)
        ids, mask = _padded(prompts, manifest.pad_token)
        cache = self.session.begin(len(prompts))
        is_done: Any = np.zeros(len(prompts), dtype=bool)
        for _ in range(min(sampling.max_tokens, manifest.context - ids.shape[1])):
            logits = cache.feed(ids, mask)[:, -1]
            chosen = choose(logits, sampling, random)
            is_done |= np.isin(chosen, manifest.end_tokens)
            yield [
                None if done else int(token) for token, done in zip(chosen, is_done, strict=True)
            ]
            is_done |= np.array([writer.is_stopped for writer in writers])
            if is_done.all():
                return
            ids = np.where(is_done, manifest.pad_token, chosen)[:, None].astype(np.int64)
            mask = np.concatenate([mask, np.ones((len(prompts), 1), np.int64)], axis=1)


def _padded(prompts: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    """Return prompts of one width, padded on the left, and their mask (batch × width), int64."""
    import numpy as np

    width = max(map(len, prompts))
    ids: Any = np.full((len(prompts), width), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = prompt
        mask[row, width - len(prompt) :] = 1
    return ids, mask


def _tokenizer(path: Path, manifest: Manifest) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("a generator", "cpu") from None
    try:
        tokenizer = Tokenizer.from_buffer(checked(path, manifest, TOKENIZER, MOST_TOKENIZER))
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise ModelError(
            f"`{path / TOKENIZER}` cannot be loaded: {type(error).__name__}",
            help="export the model again with `guardrail export`",
        ) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
