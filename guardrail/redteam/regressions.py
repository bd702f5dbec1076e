"""A policy with a test for each bypass that was found, so that it cannot come back.

The file is the policy's own text with more tests, because the tests of a policy stand in it. What
the policy reads beside it comes along, by the same relative paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest

from guardrail.language.files import POLICY_LIMIT, locate
from guardrail.language.format import format_policy
from guardrail.language.resolve import Module, resolve
from guardrail.language.source import Source
from guardrail.redteam.artefacts import taught
from guardrail.redteam.attempts import Attempt
from guardrail.redteam.run import Run
from guardrail.redteam.scores import grouped
from guardrail.runtime.guard import Guard

MOST_TESTS = 500
"""How many tests are written; every rule and technique gets its first before any its second."""

_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_ASCII = range(0x20, 0x7F)


def regressions(run: Run, guard: Guard) -> str:
    """Return the policy with tests for the attacks it missed and the twins it blocked.

    They fail until the policy gets them right; the policy's own tests stay in the file.
    """
    policy = guard.policy
    text = policy.source.text.rstrip() + "\n"
    tests: list[str] = []
    room = POLICY_LIMIT - len(text.encode()) - 1
    for each in _in_turns(run):
        made = _test(each)
        room -= 2 * len(made)  # for what the layout adds
        if room < 0:
            break
        tests.append(made)
    whole = "\n".join([text, *tests])
    return format_policy(Source(policy.source.name, whole))


def files_beside(guard: Guard) -> dict[str, str]:
    """Return the files that the policy reads, but for the library, by their path from it."""
    program, _ = resolve(guard.policy.source)
    modules = program.prefixes if program is not None else ()
    return dict(chain.from_iterable(_files(module) for module in modules))


def _files(module: Module) -> Iterator[tuple[str, str]]:
    logical = module.location.logical
    if not logical.is_absolute():  # of the library
        return
    if logical.name:  # not the policy itself
        yield str(logical.relative_to("/")), module.source.text
    for path, found in module.lists.items():
        place = locate(module.location, path, is_import=False).logical
        yield str(place.relative_to("/")), found.source.text


def _in_turns(run: Run) -> list[Attempt]:
    wrong = [each for each in taught(run) if each.result in {"missed", "over_block"}]
    texts = {(each.attack.rule, each.reply): each for each in reversed(wrong)}
    first = [each for each in wrong if texts[each.attack.rule, each.reply] is each]
    cells = grouped(first, lambda each: (each.attack.rule, each.attack.names, each.result))
    turns = chain.from_iterable(zip_longest(*cells.values()))
    return [each for each in turns if each is not None][:MOST_TESTS]


def _test(attempt: Attempt) -> str:
    attack = attempt.attack
    techniques = " and ".join(attack.names)
    if attempt.result == "missed":
        title = f"{attack.rule} catches {techniques} ({attempt.id})"
        wanted = f"{attack.action} by {attack.rule}"
    else:
        title = f"{attack.rule} lets a harmless text with {techniques} pass ({attempt.id})"
        wanted = "allow"
    given = _string(attempt.reply)
    return f"test {_string(title)}\n  given output {given}\n  expect {wanted}\n"


def _string(text: str) -> str:
    """Write a string of a policy in ASCII: no attack hides in the file that names it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _ESCAPED:
        return _ESCAPED[char]
    return char if ord(char) in _ASCII else f"\\u{{{ord(char):X}}}"
