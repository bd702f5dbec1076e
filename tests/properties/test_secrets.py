"""Secrets against gitleaks' rules as an oracle, and on replies that hold none.

Keys are grown from gitleaks' own patterns, with the way in which they are assigned written as
people write it (`TOKEN = "…"`, `"token": "…"`), set in a text, and kept if gitleaks would report
them: its keyword occurs, its pattern matches, the entropy suffices, no allow list of it applies.
The one form left out on purpose is Sourcegraph's oldest: 40 hexadecimal digits beside `sgp_`, which
a git hash is too.

`GUARDRAIL_PROPERTIES=20` makes 200 keys for each rule instead of 10.
"""

import gzip
import json
import os
import random
import re
import tomllib
from collections import Counter
from functools import cache
from random import Random

import pytest
import re2

from guardrail.stages.secrets import SecretsDetector
from guardrail.stages.secrets.judging import entropy
from guardrail.values import Subject
from tests.support.keys import WRITTEN, grown

pytestmark = [pytest.mark.properties, pytest.mark.shared]

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
KEYS = max(3, int(10 * SIZE))

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
def rules(shared):
    table = tomllib.loads((shared / "bench" / "gitleaks.toml").read_text("utf-8"))
    return [rule for rule in table["rules"] if "regex" in rule]


@cache
def compiled(source):
    return re2.compile(source)


def source_of(rule):
    """The pattern of a rule, with idioms that match nearly anything written as people do."""
    source = rule["regex"]
    for idiom, realistic in REALISTIC.items():
        source = source.replace(idiom, realistic)
    return source.replace("(?i)", "").replace("(?i:", "(?:").replace("(?-i:", "(?:")


def made(rule, dice):
    if rule["id"] in WRITTEN:
        return WRITTEN[rule["id"]](dice)
    cases = [str]
    if "(?i" in rule["regex"]:
        cases += [str.upper, lambda char: dice.choice((char.lower(), char.upper()))]
    text = grown(source_of(rule), dice, dice.choice(cases))
    if not has_keyword(rule, text):
        return f"# {rule['keywords'][0]}\n{text}"
    return text


def has_keyword(rule, text):
    return any(word in text.lower() for word in rule.get("keywords", []))


def place(rule, text):
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
    return match.span(group)


def is_allowed(allowed, secret, whole, text):
    if "paths" in allowed:
        return False
    target = {"match": whole, "line": text}.get(allowed.get("regexTarget"), secret)
    return any(compiled(each).search(target) for each in allowed.get("regexes", [])) or any(
        word in secret.lower() for word in allowed.get("stopwords", [])
    )


def is_covered(rule, text, span, spans):
    """Whether findings take every letter and digit of a secret, without its name or a login."""
    start, end = span
    if rule["id"] in WITH_NAME:
        start += len(re.match(r"[\s\"']*(?:[\w.-]+[:=]\s*[\"']?)?", text[start:end])[0])
    left = set(range(start, end))
    for found in spans:
        left -= set(range(found.start, found.end))
    return not any(text[at].isalnum() for at in left) and bool(spans)


def report(*words):
    """Print a figure; `pytest -s` shows it."""
    print(*words)  # noqa: T201


def test_what_gitleaks_finds_is_found(shared):
    detector = SecretsDetector()
    asked, missed = Counter(), Counter()
    for rule in rules(shared):
        dice = Random(f"secrets {rule['id']}")
        for _ in range(KEYS * 20):
            if asked[rule["id"]] == KEYS:
                break
            text = dice.choice(CARRIERS).format(made(rule, dice))
            span = place(rule, text)
            if span is None:
                continue
            asked[rule["id"]] += 1
            (spans,) = detector.run([Subject(text)])
            missed[rule["id"]] += not is_covered(rule, text, span, spans)
    total = asked.total()
    recall = 1 - missed.total() / total
    report(f"{len(asked)} rules, {total} keys: {recall:.2%} found", +missed)
    report("no key made:", sorted({rule["id"] for rule in rules(shared)} - set(asked)))
    assert len(asked) >= 215
    assert recall >= 0.98


def replies(shared):
    def lines(path):
        with gzip.open(shared / "data" / path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)

    for line in lines("transcripts/chat.jsonl.gz"):
        yield from (each["content"] for each in line["messages"] if each["role"] == "assistant")
    for line in lines("benign-instructions/sft.jsonl.gz"):
        yield line["output"]
    for line in lines("support/agent_replies.jsonl.gz"):
        yield line["response"]


def test_replies_without_secrets_are_left_alone(shared):
    detector = SecretsDetector()
    texts = list(replies(shared))
    if SIZE < 1:
        texts = random.Random(7).sample(texts, int(len(texts) * SIZE))
    outcomes = detector.run([Subject(text) for text in texts])
    hits = Counter(span.type for spans in outcomes for span in spans)
    count = sum(bool(spans) for spans in outcomes)
    report(f"{count} of {len(texts)} replies: {count / len(texts) * 10_000:.2f} in 10,000", hits)
    assert count <= max(3, len(texts) / 10_000)
