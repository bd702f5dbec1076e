"""Keys grown from gitleaks' own patterns, as an oracle for what a detector of secrets should find.

Keys are grown from the patterns with the way in which they are assigned written as people write it
(`TOKEN = "…"`, `"token": "…"`), set in a text, and kept if gitleaks would report them: its keyword
occurs, its pattern matches, the entropy suffices, no allow list of it applies. Nothing grown opens
anything, and nothing is kept.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import re2

from guardrail.stages.secrets import SecretsDetector
from guardrail.stages.secrets.judging import entropy
from guardrail.values import Span, Subject

from .keys import WRITTEN, grown

Rule = dict[str, Any]

NAME = r"[\w.-]{0,50}?"
ASSIGNS = r"""(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}"""
ENDS = r"""(?:[\x60'"\s;]|\\[nr]|$)"""
REALISTIC = {
    NAME: "(?:|my_|PROD_|app[.])",
    ASSIGNS: r"""(?:|_api_key|_secret|_token|[.]key| key)(?:=|: | = |=>|:=|="|: '|": "|', ')""",
    ASSIGNS.replace("{0,3}(?:=", "{0,3})(?:="): (
        r"""(?:|_api_key|_secret|_token|[.]key| key))(?:=|: | = |=>|:=|="|: '|": '|": "|', ')"""
    ),
    ENDS: r"""(?:"|'|\n|;)""",
    "xoxe.xox": "xoxe[.]xox",
    "MailchimpSDK.initialize": "MailchimpSDK[.]initialize",
    "new-york-times,": "new-york-times",
    "hooks.slack.com": "hooks[.]slack[.]com",
    "gems.contribsys.com|enterprise.contribsys.com": "gems[.]contribsys[.]com",
    r"[\S]{29}": r"[^\s\"']{29}",
    "(.{8,})": r"([^\s\"]{8,})",
    r"(?:.*?|.*?(?:[\r\n]{1,2}.*?){1,5})": "",
}
WITH_NAME = {"curl-auth-user", "gitlab-session-cookie", "kubernetes-secret-yaml"}
"""Rules that report the name or the login too."""
CARRIERS = ("{}\n", "Sure. Use this:\n\n```\n{}\n```\n", "| a | {} |\n", "Here it is: {}\nDone.")


@cache
def rules(shared: Path) -> list[Rule]:
    """The rules of gitleaks that have a pattern."""
    table = tomllib.loads((shared / "bench" / "gitleaks.toml").read_text("utf-8"))
    return [rule for rule in table["rules"] if "regex" in rule]


@cache
def compiled(source: str) -> Any:
    return re2.compile(source)


def source_of(rule: Rule) -> str:
    """The pattern of a rule, with idioms that match nearly anything written as people do."""
    source = str(rule["regex"])
    for idiom, realistic in REALISTIC.items():
        source = source.replace(idiom, realistic)
    return source.replace("(?i)", "").replace("(?i:", "(?:").replace("(?-i:", "(?:")


def made(rule: Rule, dice: Random) -> str:
    """A text with a key, without what is around it."""
    if rule["id"] in WRITTEN:
        return WRITTEN[rule["id"]](dice)
    cases: list[Callable[[str], str]] = [str]
    if "(?i" in rule["regex"]:
        cases += [str.upper, lambda char: dice.choice((char.lower(), char.upper()))]
    text = grown(source_of(rule), dice, dice.choice(cases))
    if not has_keyword(rule, text):
        return f"# {rule['keywords'][0]}\n{text}"
    return text


def has_keyword(rule: Rule, text: str) -> bool:
    return any(word in text.lower() for word in rule.get("keywords", []))


def place(rule: Rule, text: str) -> tuple[int, int] | None:
    """Where gitleaks reports a secret, None where it reports nothing."""
    if not has_keyword(rule, text):
        return None
    match = compiled(rule["regex"]).search(text)
    if match is None:
        return None
    group = next((i for i, value in enumerate(match.groups(), 1) if value), 0)
    group = rule.get("secretGroup", group)
    secret = match[group]
    if entropy(secret) < rule.get("entropy", 0) or any(
        is_allowed(allowed, secret, match[0], text) for allowed in rule.get("allowlists", [])
    ):
        return None
    start, end = match.span(group)
    return start, end


def is_allowed(allowed: Rule, secret: str, whole: str, text: str) -> bool:
    if "paths" in allowed:
        return False
    target = {"match": whole, "line": text}.get(allowed.get("regexTarget", ""), secret)
    return any(compiled(each).search(target) for each in allowed.get("regexes", [])) or any(
        word in secret.lower() for word in allowed.get("stopwords", [])
    )


def is_covered(rule: Rule, text: str, span: tuple[int, int], spans: Sequence[Span]) -> bool:
    """Whether findings take every letter and digit of a secret, without its name or a login."""
    start, end = span
    if rule["id"] in WITH_NAME:
        named = re.match(r"[\s\"']*(?:[\w.-]+[:=]\s*[\"']?)?", text[start:end])
        start += len(named[0]) if named else 0
    left = set(range(start, end))
    for found in spans:
        left -= set(range(found.start, found.end))
    return not any(text[at].isalnum() for at in left) and bool(spans)


def keys(rule: Rule, count: int, seed: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield texts with a key of a rule, and where gitleaks reports it."""
    dice = Random(f"{seed} {rule['id']}")
    for _ in range(count * 20):
        if not count:
            return
        text = dice.choice(CARRIERS).format(made(rule, dice))
        span = place(rule, text)
        if span is not None:
            count -= 1
            yield text, span


def provider(rule: Rule) -> str:
    """Whose secret it is: the first word of a rule's id."""
    return str(rule["id"]).partition("-")[0]


@dataclass
class Recall:
    """How many keys were made for each rule, and how many of them were not found."""

    made: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    providers: set[str] = field(default_factory=set)

    @property
    def share(self) -> float:
        return 1 - self.missed.total() / self.made.total()


def recall(shared: Path, count: int, seed: str) -> Recall:
    """What part of so many keys of each rule the detector finds whole."""
    detector, figures = SecretsDetector(), Recall()
    for rule in rules(shared):
        for text, span in keys(rule, count, seed):
            (outcome,) = detector.run([Subject(text)])
            spans = outcome if isinstance(outcome, tuple) else ()
            figures.made[rule["id"]] += 1
            figures.missed[rule["id"]] += not is_covered(rule, text, span, spans)
            figures.providers.add(provider(rule))
    figures.missed = +figures.missed
    return figures


def hits(texts: Iterable[str]) -> tuple[int, Counter[str]]:
    """In how many texts something is found, and of what types."""
    outcomes = SecretsDetector().run([Subject(text) for text in texts])
    found = [outcome for outcome in outcomes if isinstance(outcome, tuple) and outcome]
    return len(found), Counter(span.type for spans in found for span in spans)
