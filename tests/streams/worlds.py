"""Random policies and texts for streams, each made from one seed.

Texts are dense in matches, in what almost matches, and in disguises; policies mix rules of every
hold. Which policies there are is limited, since each has to be compiled.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final

from guardrail import Guard
from guardrail.errors import PolicyError
from guardrail.language.source import Source
from guardrail.values import Failure, Span

POLICIES: Final = 120
MOST_ATTEMPTS: Final = 50
PROMPTS: Final = (None, "hello", "an owl please", "red alert")

_LISTS: Final = (
    '["red", "blue green", "reddish"]',
    '["oak", "oak elm fir", "elm"]',
    '["owl fox", "C++", "42", "na\u00efve"]',
    '["stra\u00dfe", "\u9ec4\u91d1", "\U0001f98a fox"]',
)
_PATTERNS: Final = (
    r"/\bblu[a-z]*/",
    r"/[0-9]+/",
    r"/red\s+[a-z]+/i",
    r"/\bo[wa][lk]\b/",
    r"/elm( [a-z]{2,4}){1,3}/",
    r"/fox$/",
    r"/(?m:^- [a-z]+$)/",
    r"/o(ak|wl)[^.]*\./",
    r"/x[0-9a-f]{3,12}y?/ exactly",
)
_REPLIES: Final = ('"Sorry."', '"Not now."', '"\U0001f44d no"')
_TEMPLATES: Final = ("[{type}]", "***", "<{n}>", "{type}:{last4}")
_WORDS: Final = (
    *("red", "blue", "green", "oak", "elm", "fir", "owl", "fox", "42", "reddish", "oakwood"),
    *("bluebell", "C++", "na\u00efve", "nai\u0308ve", "stra\u00dfe", "STRASSE", "\u9ec4\u91d1"),
    *("\U0001f98a fox", "x1a2b", "x12fy", "- owl", "Dr.", "e.g.", "No.", "7", "10.5"),
)
_GAPS: Final = (
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n\n",
    ", ",
    ". ",
    "-",
    "! ",
    "",
    "\u3002",
    ".\n",
    "\r\n",
)


@functools.cache
def world(number: int) -> Guard:
    """Return one of the policies, loaded."""
    detectors: dict[str, tuple[str, Callable[..., object]]] = {
        "loud": ("score", _loud),
        "animals": ("spans", _animals),
        "shaky": ("score", _shaky),
    }
    for attempt in count():
        source = Source("world.guard", policy(Random(f"policy {number}.{attempt}")))
        try:
            return Guard.load(source, detectors=detectors)
        except PolicyError as error:  # a rule that would change a canned reply, mostly
            if attempt == MOST_ATTEMPTS:
                raise error from None
    raise AssertionError("unreachable")


def policy(rng: Random) -> str:
    """Return the text of a policy."""
    on_error = rng.choice(("violation", "violation", "flag", 'pass reason "tested"'))
    lines = [
        "edition 1",
        "policy world",
        "  evaluate all",
        f"  on error treat as {on_error}",
        "  fallback reply_0",
        "detector loud = loud()",
        "detector animals = animals()",
        "detector shaky = shaky()",
        "detector keys = secrets()",
    ]
    if rng.random() < 0.3:
        lines.append("rewriter again = regenerate(attempts: 1, otherwise: reply_1)")
    lines += [f"reply reply_{n} {text}" for n, text in enumerate(_REPLIES)]
    lines += [f"list list_{n} {entries}" for n, entries in enumerate(_LISTS)]
    lines += [
        f"pattern pattern_{n} = {each.removesuffix(' exactly')}" for n, each in enumerate(_PATTERNS)
    ]
    has_rewriter = any(line.startswith("rewriter") for line in lines)
    for number in range(rng.choice((1, 1, 2, 3, 4))):
        lines += _rule(rng, number, has_rewriter=has_rewriter)
    return "\n".join(lines) + "\n"


def _rule(rng: Random, number: int, *, has_rewriter: bool) -> list[str]:
    kind = rng.choice(("match",) * 6 + ("sentence", "sentence", "reply", "late"))
    severity = rng.choice(("low", "medium", "high"))
    actions = ["redact", "redact", "redact", "replace", "block", "flag", "append", "both"]
    if has_rewriter:
        actions.append("rewrite")
    action = rng.choice(actions)
    if kind == "late":
        action = rng.choice(("replace", "block"))
    words = "late " if kind == "late" else ""
    words += "each sentence " if kind == "sentence" or (words and rng.random() < 0.5) else ""
    lines = [f"rule rule_{number} on output {words}severity {severity}"]
    lines.append(f"  when {_condition(rng, kind, action)}")
    if kind == "match" and rng.random() < 0.25:
        lines.append(f"  unless prompt contains any {rng.choice(('list_0', 'list_2'))}")
    if kind != "late" and rng.random() < 0.25:
        lines.append(f"  except {rng.choice(('list_0', 'list_1', 'pattern_1', 'pattern_4'))}")
    template = rng.choice(_TEMPLATES)
    reply = f"reply_{rng.randrange(len(_REPLIES))}"
    then = {
        "redact": f'redact as "{template}"',
        "replace": f"replace with {reply}",
        "block": rng.choice(("block", f"block with {reply}")),
        "flag": "flag",
        "append": f"append {reply}",
        "both": f'redact as "{template}" and append {reply}',
        "rewrite": "rewrite using again",
    }[action]
    return [*lines, f"  then {then}"]


def _condition(rng: Random, kind: str, action: str) -> str:
    atoms = [_atom(rng, by_sentence=kind != "match") for _ in range(rng.choice((1, 1, 2, 3)))]
    joined = " or ".join(atoms)
    cuts = action in {"redact", "both"}
    if kind == "reply":
        return f"({joined}) and not prompt contains any list_1"
    if kind in {"sentence", "late"} and rng.random() < 0.6:
        other = rng.choice(("loud >= 0.5", "shaky >= 0.5", "not text contains any list_1"))
        return f"({joined}) and {other}" if cuts or rng.random() < 0.5 else other
    if kind == "match" and not cuts and rng.random() < 0.1:
        return f"{joined} or prompt contains any list_0"
    return joined


def _atom(rng: Random, *, by_sentence: bool) -> str:
    atoms = [
        f"text contains any list_{rng.randrange(len(_LISTS))}",
        f'text contains "{rng.choice(("red", "blue", "oak elm", "the owl"))}"',
        "keys found",
    ]
    number = rng.randrange(len(_PATTERNS))
    exactly = " exactly" if _PATTERNS[number].endswith("exactly") else ""
    atoms += [f"text matches pattern_{number}{exactly}"] * 2
    if by_sentence:
        atoms += ["animals found", f"text contains all list_{rng.randrange(len(_LISTS))}"]
    return rng.choice(atoms)


def random_text(rng: Random) -> str:
    """Return a text dense in what rules look for, now and then disguised."""
    text = ""
    share = rng.choice((0.0, 0.05, 0.3))
    for _ in range(rng.randrange(14)):
        word = rng.choice(_WORDS)
        if rng.random() < share:
            word = rng.choice(_DISGUISES)(rng, word)
        text += word + rng.choice(_GAPS)
    return text if rng.random() < 0.5 else text.rstrip()


def _between(rng: Random, word: str, what: str) -> str:
    at = rng.randrange(len(word) + 1)
    return word[:at] + what + word[at:]


def _recurring(rng: Random, word: str) -> str:
    """Return pieces with the same between all of them, and with a number there that counts."""
    size = rng.randint(1, 4)
    pieces = [word[at : at + size] for at in range(0, len(word), size)]
    seam = rng.choice(
        ('", "', "}{", "[^#]", " (pause) ", "</b><b>", "\n# | ", "\\\n", '", "#": "', "/* x */")
    )
    shown = pieces[0]
    for number, piece in enumerate(pieces[1:], rng.randrange(1, 11)):
        shown += seam.replace("#", str(number)) + piece
    return f'["{shown}"]' if rng.random() < 0.5 else shown


def _shift(by: int) -> Callable[[str], str]:
    return lambda char: chr((ord(char) - 97 + by) % 26 + 97) if "a" <= char <= "z" else char


_DISGUISES: Final[tuple[Callable[[Random, str], str], ...]] = (
    lambda rng, word: _between(rng, word, rng.choice(("\u200b", "\u00ad", "\u2060", "\ufeff"))),
    lambda rng, word: _between(rng, word, rng.choice(("**", "*", "`", "<b>", "</b>", "<!-- -->"))),
    lambda rng, word: rng.choice((" ", ".", "-", "  ")).join(word),
    lambda rng, word: word.translate({ord("e"): "\u0435", ord("o"): "\u043e"}),
    lambda rng, word: "".join(f"&#{ord(char)};" for char in word),
    lambda rng, word: "".join(f"%{byte:02x}" for byte in word.encode()),
    lambda rng, word: base64.b64encode(f"the {word} is here".encode()).decode(),
    lambda rng, word: "".join(f"{char}\u0301" for char in word),
    lambda rng, word: word.upper() if rng.random() < 0.5 else word[::-1],
    lambda rng, word: _between(rng, word, "\n"),
    lambda rng, word: f"\u202e{word[::-1]}\u202c",
    lambda rng, word: f"_{word}_" if rng.random() < 0.5 else f"{word}_x",
    _recurring,
    lambda rng, word: "".join(map(_shift(rng.randrange(1, 26)), word)),
)


# ---------------------------------------------------------------- detectors


def _loud(text: str) -> float:
    return 0.9 if "!" in text else 0.1


def _animals(text: str) -> list[Span]:
    return [
        Span(at, at + 3, "ANIMAL")
        for at in range(len(text) - 2)
        if text[at : at + 3] in {"owl", "fox"}
    ]


def _shaky(text: str) -> float | Failure:
    if "42" in text:
        raise ValueError
    return 0.9 if "elm" in text else 0.2
