"""Policy file → checked policy that can run here, or everything that is wrong with it.

The language's own checks come first; then what this installation cannot do, and the one check
that needs an engine: a canned reply that the policy's own rules would change.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, TypeAlias

from guardrail.errors import PolicyError
from guardrail.language import load
from guardrail.language.checked import CheckedDetector, CheckedPolicy, Place
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Source
from guardrail.language.vocabulary import BY_MODEL
from guardrail.plan.lower import lower
from guardrail.plan.plan import DetectorSource
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.host import Host, vocabulary
from guardrail.values import Action, Subject

PolicyPath: TypeAlias = "str | os.PathLike[str] | Source"

_HELP: Final[Mapping[str, tuple[str, ...]]] = {
    "pii": ("its tests run; a folder of models can be named, or a recognizer of your own",)
}
_DONE: Final = {
    "redact": "redact",
    "append": "append to",
    "rewrite": "rewrite",
    "replace": "replace",
    "block": "block",
}


def diagnose(
    path: PolicyPath, host: Host | None = None
) -> tuple[CheckedPolicy | None, list[Diagnostic]]:
    """Return everything that is wrong with a policy, canned replies included."""
    policy, diagnostics = load.diagnose(path, vocabulary(host))
    if policy is not None:
        diagnostics += filtered_replies(policy, host)
    return policy, diagnostics


def compile_policy(
    path: PolicyPath, host: Host | None = None, *, has_hash_key: bool = False
) -> CheckedPolicy:
    """Return the checked policy; raise `PolicyError` with every mistake.

    Raises:
        PolicyError: the policy has errors, or needs what this installation lacks.
    """
    policy = load.load(path, vocabulary(host), has_hash_key=has_hash_key)
    mistakes = [*unavailable(policy, host or Host()), *filtered_replies(policy, host)]
    if mistakes:
        raise PolicyError(mistakes)
    return policy


def unavailable(policy: CheckedPolicy, host: Host) -> list[Diagnostic]:
    """Return what the policy needs and this installation cannot do, at the place that needs it."""
    used = {
        source.name
        for side in ("output", "input")
        for source in lower(policy, side).sources
        if isinstance(source, DetectorSource)
    }
    return [
        *(
            _cannot_run(f"`{detector.label}`", detector.place, needs, detector.kind)
            for detector in policy.detectors.values()
            if detector.name in used and (needs := _needs(detector, host)) is not None
        ),
    ]


def _needs(detector: CheckedDetector, host: Host) -> str | None:
    if detector.kind == "judge" and detector.arguments["model"] not in host.judges:
        return f"a judge `{detector.arguments['model']}` (`Guard.load(..., judges=...)`)"
    if detector.missing is None and detector.model is not None:
        return None if detector.model in host.models else f"the model `{detector.model}`"
    return detector.missing


def _cannot_run(what: str, place: Place, needs: str, kind: str = "") -> Diagnostic:
    if kind in BY_MODEL:
        label = Label(place.span, f"needs {needs}")
        help_ = ("its tests run; without the model, a detector of the host can stand in its place",)
        return Diagnostic("G117", f"{what} cannot run here", place.source, label, help=help_)
    label = Label(place.span, f"needs {needs}, which this installation does not have")
    return Diagnostic(
        "G117", f"{what} cannot run here", place.source, label, help=_HELP.get(kind, ())
    )


def filtered_replies(policy: CheckedPolicy, host: Host | None = None) -> list[Diagnostic]:
    """Return the whole-text replies that a model-free rule of the policy would change."""
    names = {policy.fallback: "fallback"} if policy.fallback is not None else {}
    for rule in policy.rules:
        for name in (rule.actions.replace, rule.actions.block):
            if name and rule.on != "input":
                names.setdefault(name, f"reply of `{rule.name}`")
    for rewriter in policy.rewriters.values():
        names.setdefault(rewriter.otherwise, f"`otherwise` of `{rewriter.name}`")
    if not names:
        return []
    pipeline = pipeline_for(
        policy,
        "output",
        {},
        runs_model_free=True,
        skips_missing_extras=True,
        has_hash_key=True,
        host=host,
    )
    mistakes = []
    for name, role in names.items():
        reply = policy.replies[name]
        verdict = pipeline.check(Subject(reply.text, prompt=""))
        is_kept = verdict.output == reply.text and verdict.action != Action.REWRITE.word
        if is_kept or Action[verdict.action.upper()] <= Action.FLAG:
            continue
        rules = ", ".join(
            f"`{fired.rule}`" for fired in verdict.fired if fired.action != Action.FLAG.word
        )
        mistakes.append(
            Diagnostic(
                "G501",
                f"the policy's own rules would change the reply `{reply.name}`",
                reply.place.source,
                Label(
                    reply.place.span, f"{rules} would {_DONE[verdict.action]} it; it is the {role}"
                ),
                help=("canned replies are sent as they are: make this one pass the rules",),
            )
        )
    return mistakes
