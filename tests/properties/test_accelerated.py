"""The scan that leaves things out changes no verdict: without it, everything is looked for.

The plain guard has the same policy, and a scan that says of every text that every list, pattern and
view could occur in it. Attacks are values in up to two disguises, in ordinary replies; twins of them
and replies without any are among the texts. `GUARDRAIL_PROPERTIES=20` tries 10,000 texts on ten rules.
"""

import os
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from guardrail import Guard
from guardrail.bench import made_up
from guardrail.disguises import DISGUISES, disguise, pairs
from guardrail.language.source import Source
from guardrail.stages.rules import scan

pytestmark = pytest.mark.properties

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
TEXTS = 10_000 if SIZE >= 20 else int(100 * SIZE)
PEER = Path(__file__).parents[2] / "benchmarks" / "peer.guard"
VALUES = {
    "keyword": (
        "project nightfall",
        "confidential",
        "wire transfer to",
        "bollocks",
        "off the record",
    ),
    "email": ("ann.lee@example.org", "j.doe+x@mail.example.co.uk"),
    "phone": ("415-555-0132", "(212) 555-0188"),
    "card": ("4111 1111 1111 1111", "5500005555555559"),
    "key": ("AKIAQWERTYUIOPASDFGH", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
    "pattern": ("536-90-4399", "10.20.30.40", "db7.prod.internal"),
}


@contextmanager
def nothing_left_out():
    """While a guard is built, its scans are such that everything could occur in every text."""

    def everything(expressions, apart=(), usual=()):
        numbers = range(len([*expressions]) + 1 + len([*apart]))

        def occurring(_text):
            return numbers

        return occurring, occurring

    kept = scan.prefilters
    scan.prefilters = everything
    try:
        yield
    finally:
        scan.prefilters = kept


@pytest.fixture(scope="module")
def guards():
    source = Source(
        "peer.guard", PEER.read_text(encoding="utf-8").replace("then block", "then redact")
    )
    accelerated = Guard.load(source)
    with nothing_left_out():
        plain = Guard.load(source)
    assert plain.output.text_scan.scanner.candidates("") == range(
        len(plain.output.text_scan.scanner.expressions) + 1
    )
    return accelerated, plain


def attack(number):
    """Return a text: a reply, mostly with a value that is disguised none to two times."""
    chosen = Random(f"accelerated {number}")
    reply = made_up(1, number)[0].text[: chosen.randrange(40, 300)]
    if number % 20 == 0:
        return reply
    kind = chosen.choice([*VALUES])
    value = chosen.choice(VALUES[kind])
    if number % 7 == 0:
        value = value[:-1] + chosen.choice("xq7")
    able = [name for name, each in DISGUISES.items() if kind in each.kinds]
    names = ((), (chosen.choice(able),), chosen.choice([*pairs(kind)]))[chosen.choice((0, 1, 2, 2))]
    hidden = disguise(value, names, number)
    at = reply.rfind(" ", 0, chosen.randrange(1, len(reply))) + 1
    return f"{reply[:at]}{hidden} {reply[at:]}"


def seen(verdict):
    spans = [
        (each.rule, sorted((s.start, s.end, s.type) for s in each.spans)) for each in verdict.fired
    ]
    return verdict.action, verdict.output, sorted(spans), verdict.errors


def test_the_scan_changes_no_verdict(guards):
    accelerated, plain = guards
    rules = len(accelerated.output.plan.rules)
    different = fired = 0
    for number in range(TEXTS):
        text = attack(number)
        one, other = seen(accelerated.check(text)), seen(plain.check(text))
        different += one != other
        fired += one[0] != "allow"
    print(  # noqa: T201 - `-rP` shows how much was tried
        f"{TEXTS:,} texts x {rules} rules, {fired:,} with a verdict, {different} different"
    )
    assert different == 0
    assert TEXTS / 3 < fired < TEXTS
