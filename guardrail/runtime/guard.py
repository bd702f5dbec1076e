"""The `Guard` people hold: a policy, compiled, checked and ready."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, cast

import msgspec

from guardrail.errors import ReplyTypeError, SettingsError
from guardrail.language.checked import CheckedPolicy
from guardrail.runtime.act import Conversation
from guardrail.runtime.build import lookout, pipeline
from guardrail.runtime.compile import PolicyPath, compile_policy
from guardrail.runtime.host import Host, HostDetectors, HostFunction, Rewrite, host_of
from guardrail.runtime.lookout import Lookout
from guardrail.runtime.memory import give_back
from guardrail.runtime.off_loop import off_loop
from guardrail.runtime.pipeline import Pipeline, timed
from guardrail.runtime.rewriting import Attempts, attempts
from guardrail.runtime.state import Known
from guardrail.runtime.stream import Stream
from guardrail.runtime.wrap import Wrapping
from guardrail.settings import Provider
from guardrail.stages.pii import Recognizers
from guardrail.values import Action, Side, Subject, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A policy, ready to check texts; immutable, thread-safe, shared by all callers.

    Make one with `Guard.load`. It holds no state of a reply.
    """

    policy: CheckedPolicy
    output: Pipeline = field(repr=False)
    input: Pipeline = field(repr=False)
    host: Host = field(default_factory=Host, repr=False)
    _lookout: Lookout | None = field(default=None, init=False, repr=False)

    def __repr__(self) -> str:
        policy = self.policy
        named = f"{policy.name} {policy.version}" if policy.version else policy.name
        return f"Guard({named!r}, {len(policy.rules)} rules, {policy.digest[:15]}…)"

    @classmethod
    def load(
        cls,
        path: PolicyPath,
        *,
        detectors: HostDetectors | None = None,
        judges: Mapping[str, HostFunction] | None = None,
        rewriters: Mapping[str, Rewrite] | None = None,
        recognizers: Recognizers | None = None,
        models: str | os.PathLike[str] | None = None,
        provider: Provider = "cpu",
        model_cache: int = 0,
        hash_key: bytes | str | None = None,
        evaluate_all: bool = False,
    ) -> Guard:
        """Compile a policy, check it and build its detectors.

        Args:
            path: the `.guard` file (or a `Source` in memory).
            detectors: host detectors by name, `fn(text, **arguments)`; `(gives, fn)` says what
                it gives (`"spans"`, `"score"`, `"number"`, `"label"`), else its use decides.
            judges: `fn(text, question) -> score` by the `model:` a policy names.
            rewriters: `fn(redacted_text, **arguments) -> text` by name.
            recognizers: recognizers of Presidio for `pii`, or the YAML file that describes them.
            models: a folder with model folders of your own, beside those that ship.
            provider: where models run: `"cpu"`, `"cuda"` or `"tensorrt"`.
            model_cache: of how many texts each model keeps its answers, by keyed hash.
            hash_key: the key of the `{hash}` placeholder; required by a policy that uses it.
            evaluate_all: run every detector, and fill `Verdict.signals`.

        Raises:
            PolicyError: with every mistake in the policy.
            ModelError: a model is not what its manifest says.
            MissingExtraError: the policy needs an extra that is not installed.

        >>> from guardrail.language.source import Source
        >>> text = '''edition 1
        ... policy tiny
        ...   on error treat as violation
        ... rule no_shouting on output
        ...   when text contains "STOP"
        ...   then flag
        ... '''
        >>> Guard.load(Source("tiny.guard", text)).check("Please stop.").action
        'flag'
        """
        host = host_of(
            detectors,
            judges,
            rewriters,
            recognizers,
            models,
            provider=provider,
            model_cache=model_cache,
        )
        key = hash_key.encode() if isinstance(hash_key, str) else hash_key
        with _without_collections():
            policy = compile_policy(path, host, has_hash_key=bool(key))
            sides = {
                side: pipeline(policy, side, host, evaluate_all=evaluate_all, hash_key=key)
                for side in ("output", "input")
            }
        give_back(policy)
        return cls(policy, sides["output"], sides["input"], host)

    # ------------------------------------------------------------ checking

    def check(
        self,
        text: str,
        *,
        prompt: str | None = None,
        system: str | None = None,
        on: Side = "output",
        conversation: Conversation | None = None,
    ) -> Verdict:
        """Return the verdict on a reply (or on a prompt, with `on="input"`).

        Args:
            text: the reply, any length.
            prompt: the last user message, for rules that look at it.
            system: the system prompt.
            on: which rules run.
            conversation: keeps the numbers of `{n}` stable over several checks; a `Vault` can
                also put the values back.

        Raises:
            ReplyTypeError: `text` is not text.
        """
        started = perf_counter()
        engine = self.output if on == "output" else self.side(on)
        if not isinstance(text, str):
            raise ReplyTypeError("the text to check", text)
        if prompt is not None and not isinstance(prompt, str):
            raise ReplyTypeError("the prompt", prompt)
        seen = engine.glance(text, prompt, started)
        if isinstance(seen, Verdict):
            return seen
        state = engine.observe([Subject(text, prompt, system)], None, seen)[0]
        decision = engine.decide(state)
        if decision.action is not Action.REWRITE:
            return timed(engine.verdict(state, decision, conversation), started)
        trying = attempts(
            engine,
            state,
            decision,
            self.host.rewriters,
            can_ask=False,
            conversation=conversation,
        )
        return timed(nobody_asked(trying), started)

    def check_batch(self, texts: Sequence[str | Subject], *, on: Side = "output") -> list[Verdict]:
        """Return the verdicts on many texts, in order; detectors see them as one batch.

        A `Subject` brings its prompt and system prompt along. `ms` is the batch's time divided
        by its size.
        """
        if isinstance(texts, str):
            raise ReplyTypeError("a batch", texts)
        started = perf_counter()
        engine = self.side(on)
        subjects = [_subject(item) for item in texts]
        seen = [engine.glance(s.text, s.prompt, started) for s in subjects]
        verdicts = [each if isinstance(each, Verdict) else None for each in seen]
        loud = [subject for subject, quiet in zip(subjects, verdicts, strict=True) if not quiet]
        others = (
            nobody_asked(
                attempts(engine, state, engine.decide(state), self.host.rewriters, can_ask=False)
            )
            for state in engine.observe(loud)
        )
        decided = [verdict or next(others) for verdict in verdicts]
        each_ms = (perf_counter() - started) * 1000 / max(len(decided), 1)
        return [msgspec.structs.replace(verdict, ms=each_ms) for verdict in decided]

    async def acheck(
        self,
        text: str,
        *,
        prompt: str | None = None,
        system: str | None = None,
        on: Side = "output",
        conversation: Conversation | None = None,
    ) -> Verdict:
        """Like `check`, and never blocks the event loop while a model or a host detector runs."""

        def check() -> Verdict:
            return self.check(text, prompt=prompt, system=system, on=on, conversation=conversation)

        return await off_loop(check) if self.blocks(on) else check()

    def attempts(
        self,
        engine: Pipeline,
        subject: Subject,
        *,
        can_ask: bool = False,
        conversation: Conversation | None = None,
        known: Known | None = None,
        seen: Sequence[int] = (),
    ) -> Attempts:
        """Observe and decide one text, then let its rewriter try; see `rewriting.attempts`.

        `seen` is what the pipeline's `glance` gave.
        """
        state = engine.observe([subject], known, seen)[0]
        decision = engine.decide(state)
        return attempts(
            engine,
            state,
            decision,
            self.host.rewriters,
            can_ask=can_ask,
            conversation=conversation,
        )

    # ------------------------------------------------------------ around callables

    def wrap(
        self,
        function: Callable[..., Any],
        *,
        prompt: Callable[..., str] | None = None,
        text: Callable[[Any], str] | None = None,
        put: Callable[[Any, str], Any] | None = None,
        on_block: Literal["reply", "raise"] = "reply",
        mode: Literal["enforce", "observe"] = "enforce",
        on_verdict: Callable[[Verdict], object] | None = None,
    ) -> Callable[..., Any]:
        """Return `function` guarded: plain, async, generator or async generator.

        Args:
            function: what generates; called with the caller's arguments.
            prompt: takes the prompt out of the arguments; by default the argument `prompt`, then
                `messages`, then the only text (or messages) among them.
            text: takes the text out of what the function returns, or out of each chunk.
            put: makes the caller's result out of the function's (a generator's chunks, as a
                list) and the safe text; by default the caller gets the safe text, because a
                response object still holds the other. Where an input rule replies, the function
                is not called, there is nothing to put a text into, and the caller gets the text.
            on_block: `"raise"` raises `ReplyBlockedError` where a rule blocks.
            mode: `"observe"` changes nothing and only reports verdicts; what fails while doing
                so is logged (logger `guardrail`) by the type of its exception.
            on_verdict: called with every verdict.

        Raises:
            SettingsError: `on_block` or `mode` is not one of its two words.
        """
        return Wrapping(self, function, prompt, text, put, on_block, mode, on_verdict).wrapped()

    def stream(
        self,
        *,
        prompt: str | None = None,
        system: str | None = None,
        conversation: Conversation | None = None,
    ) -> Stream:
        """Return a stream for one reply: `feed` it chunks, then `close` it.

        Raises:
            ReplyTypeError: `prompt` is not text.
        """
        if not isinstance(prompt, str | None):
            raise ReplyTypeError("the prompt", prompt)

        def finish(text: str, known: Known) -> Verdict:
            started = perf_counter()
            seen = self.output.glance(text, prompt, started)
            if isinstance(seen, Verdict):
                return seen
            trying = self.attempts(
                self.output,
                Subject(text, prompt, system),
                conversation=conversation,
                known=known,
                seen=seen,
            )
            return timed(nobody_asked(trying), started)

        return Stream(self.lookout, finish, prompt=prompt, system=system, conversation=conversation)

    @property
    def lookout(self) -> Lookout:
        """What streams ask about a reply so far; it is made when first needed."""
        if self._lookout is None:
            object.__setattr__(self, "_lookout", lookout(self.output))
        return cast("Lookout", self._lookout)

    # ------------------------------------------------------------ what it is

    def side(self, on: Side) -> Pipeline:
        """Return the pipeline of one side."""
        if on == "output":
            return self.output
        if on == "input":
            return self.input
        raise SettingsError(f"`on` must be 'output' or 'input', got {on!r}")

    def has_rules(self, on: Side) -> bool:
        """Whether the policy has rules for one side."""
        return bool(self.side(on).plan.rules)

    def blocks(self, on: Side) -> bool:
        """Whether a check may wait for something slow: a model, a judge or the host's code."""
        plan = self.side(on).plan
        return bool(plan.rewriters) or plan.is_slow


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Make Python look for no garbage: nearly all that loading makes is kept, and walked each time.

    It waits for those of other threads too, if they meet.
    """
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def nobody_asked(trying: Attempts) -> Verdict:
    """Run attempts to their end where there is no callable to ask."""
    try:
        next(trying)
    except StopIteration as stop:
        verdict: Verdict = stop.value
        return verdict
    raise AssertionError("a rewriter asked although nobody can answer")


def _subject(item: str | Subject) -> Subject:
    subject = item if isinstance(item, Subject) else Subject(item)
    if not isinstance(subject.text, str):
        raise ReplyTypeError("each text to check", subject.text)
    return subject
