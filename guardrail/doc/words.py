"""Conditions, actions and settings of a policy as plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from guardrail.doc.blocks import Code, Line, Quote, joined, line, listed
from guardrail.language import checked
from guardrail.language.checked import ArgumentValue, CheckedPolicy, CheckedRule, ListRef
from guardrail.language.nodes import Operator

_TEXTS: Final = {"output": "the reply", "input": "the message", "both": "the text"}
_SIDES: Final = {
    "output": "replies",
    "input": "what users write",
    "both": "replies and what users write",
}
_OPPOSITES: Final[Mapping[Operator, Operator]] = {">=": "<", ">": "<=", "<=": ">", "<": ">="}
_TREATS: Final = {
    "violation": (
        "the rule counts as broken and its action is taken, "
        "but where that would cut something out, the fallback is sent instead"
    ),
    "flag": "the text passes and the case is recorded",
    "pass": "the text passes",
}
_PLACEHOLDERS: Final = {
    "{type}": "its type",
    "{last4}": "its last four characters",
    "{hash}": "a keyed hash of it",
    "{n}": "its number",
}

_Group: TypeAlias = tuple[str, str]
"""What may share a phrase: the subject, and whether lists or patterns are asked for."""


def applies_to(rule: CheckedRule) -> str:
    """Say what a rule looks at."""
    each = ", sentence by sentence" if rule.is_each_sentence else ""
    return f"{_SIDES[rule.on]}{each}"


def treatment(treat: str) -> str:
    """Say what a failing detector means for a rule."""
    return _TREATS[treat]


@dataclass(frozen=True, slots=True)
class Words:
    """Puts the rules of one policy into words."""

    policy: CheckedPolicy

    # ------------------------------------------------------------ conditions

    def condition(self, rule: CheckedRule) -> Line:
        """Say when a rule applies, or what it requires."""
        return self._said(rule.condition, _TEXTS[rule.on], holds=True)

    def unless(self, rule: CheckedRule) -> Line:
        """Say when a rule is switched off."""
        return () if rule.unless is None else self._said(rule.unless, _TEXTS[rule.on], holds=True)

    def _said(self, condition: checked.Condition, text: str, *, holds: bool) -> Line:
        match condition:
            case checked.Negated(item):
                return self._said(item, text, holds=not holds)
            case checked.All(items) | checked.Any(items):
                is_and = isinstance(condition, checked.All) == holds
                return self._joined(items, text, "and" if is_and else "or", holds=holds)
            case _:
                subject, predicate = self._atom(condition, text, holds=holds)
                return line(subject, " ", predicate)

    def _joined(
        self, items: tuple[checked.Condition, ...], text: str, word: str, *, holds: bool
    ) -> Line:
        """Join the parts of a condition: lists with lists, a subject said once in a row."""
        parts = [_unwrapped(item, holds=holds) for item in items]
        shared: dict[_Group, list[str]] = {}
        for atom, is_true in parts:
            if group := _group(atom, word, holds=is_true):
                shared.setdefault(group, []).append(_named(atom))
        phrases: list[Line] = []
        before: Line = ()
        for atom, is_true in parts:
            if isinstance(atom, checked.All | checked.Any):
                before = ()
                phrases.append(line("(", self._said(atom, text, holds=is_true), ")"))
                continue
            subject, predicate = self._atom(atom, text, holds=is_true)
            if group := _group(atom, word, holds=is_true):
                if group not in shared:
                    continue
                predicate = _shared(group, shared.pop(group), holds=is_true)
            phrases.append(predicate if subject == before else line(subject, " ", predicate))
            before = subject
        return listed(phrases, word)

    def _atom(self, atom: checked.Atom, text: str, *, holds: bool) -> tuple[Line, Line]:
        """Return what an atom is about and what it says of it."""
        match atom:
            case checked.Contains():
                where = "the prompt" if atom.subject == "prompt" else text
                return line(where), _contains(atom, holds=holds)
            case checked.Matches(subject, pattern, exactly):
                verb = "matches" if holds else "does not match"
                exact = " exactly as it is written" if exactly else ""
                where = "the prompt" if subject == "prompt" else text
                return line(where), line(f"{verb} the pattern ", Code(pattern), exact)
            case checked.Found(detector, at_least):
                found = _amount(at_least, holds=holds)
                return line(Code(detector)), line(f"finds {found} in {text}")
            case checked.Compare(detector, operator, number):
                sign = operator if holds else _OPPOSITES[operator]
                return line(Code(detector)), line(f"is {_reach(sign, number)}")
            case checked.Is(detector, label):
                return line(Code(detector)), line("is " if holds else "is not ", Quote(label))

    # ------------------------------------------------------------ actions

    def actions(self, rule: CheckedRule) -> Line:
        """Say what a rule does, with the texts that are sent."""
        actions, text = rule.actions, _TEXTS[rule.on]
        parts: list[Line] = []
        if actions.redact is not None:
            parts.append(_redaction(actions.redact))
        if actions.append is not None:
            parts.append(line("this is added below it: ", self._reply(actions.append)))
        if actions.rewrite is not None:
            parts.append(self._rewriting(actions.rewrite))
        if actions.replace is not None:
            parts.append(line(f"{text} is replaced with ", self._reply(actions.replace)))
        if actions.block is not None:
            parts.append(
                line(f"{text} is blocked, and this is sent: ", self.sent(actions.block or None))
            )
        if not parts:
            parts.append(line(f"{text} passes and the case is recorded (flag)"))
        if actions.escalate is not None:
            parts.append(line("the case is escalated to ", Quote(actions.escalate)))
        return listed(parts)

    def sent(self, reply: str | None) -> Line:
        """Say which reply is sent; None stands for the fallback."""
        name = reply or self.policy.fallback
        return line(Quote("This reply was withheld.")) if name is None else self._reply(name)

    def _reply(self, name: str) -> Line:
        return line(Quote(self.policy.replies[name].text), " (", Code(name), ")")

    def _rewriting(self, name: str) -> Line:
        rewriter = self.policy.rewriters[name]
        otherwise = self._reply(rewriter.otherwise)
        if rewriter.kind != "regenerate":
            return line(
                "it is rewritten by ", Code(name), "; if that fails, this is sent: ", otherwise
            )
        times = "once" if rewriter.attempts == 1 else f"up to {rewriter.attempts} times"
        return line(
            f"the model is asked again, {times}; if that does not help, this is sent: ", otherwise
        )

    # ------------------------------------------------------------ except

    def excepted(self, rule: CheckedRule) -> Line:
        """Say which findings a rule lets stand."""
        names = [
            *(line("an entry of the list ", Code(name)) for name in rule.except_lists),
            *(line("a match of the pattern ", Code(name)) for name in rule.except_patterns),
        ]
        return line("findings stay that are ", listed(names, "or")) if names else ()

    # ------------------------------------------------------------ arguments

    def arguments(self, arguments: Mapping[str, ArgumentValue]) -> Line:
        """Return the arguments of a detector."""
        return joined([line(f"{name}: ", Code(_value(value))) for name, value in arguments.items()])


def _unwrapped(
    condition: checked.Condition, *, holds: bool
) -> tuple[checked.All | checked.Any | checked.Atom, bool]:
    """Take off every `not`; return what is left and whether it must hold."""
    while isinstance(condition, checked.Negated):
        condition, holds = condition.item, not holds
    return condition, holds


def _group(
    atom: checked.All | checked.Any | checked.Atom, word: str, *, holds: bool
) -> _Group | None:
    """Return what an atom shares a phrase with among its neighbors, joined by this word."""
    if (word == "or") != holds:
        return None
    match atom:
        case checked.Contains(subject=subject, mode="any"):
            return subject, "lists"
        case checked.Matches(subject=subject, exactly=False):
            return subject, "patterns"
        case _:
            return None


def _named(atom: checked.All | checked.Any | checked.Atom) -> str:
    """Return the list or pattern that an atom asks for."""
    match atom:
        case checked.Contains():
            return atom.what
        case checked.Matches():
            return atom.pattern
        case _:
            raise TypeError(f"{type(atom).__name__} names neither a list nor a pattern")


def _shared(group: _Group, names: Sequence[str], *, holds: bool) -> Line:
    if group[1] == "lists":
        return _of_lists(names, holds=holds)
    verb = "matches" if holds else "does not match"
    one = "the pattern" if len(names) == 1 else f"{'one' if holds else 'any'} of the patterns"
    return line(f"{verb} {one} ", listed([line(Code(name)) for name in names], "or"))


def _of_lists(names: Sequence[str], *, holds: bool) -> Line:
    what = "a word or phrase" if holds else "no word or phrase"
    lists = "the list" if len(names) == 1 else "the lists"
    return line(f"contains {what} of {lists} ", listed([line(Code(name)) for name in names], "or"))


def _contains(atom: checked.Contains, *, holds: bool) -> Line:
    verb = "contains" if holds else "does not contain"
    match atom.mode:
        case "phrase":
            return line(f"{verb} ", Quote(atom.what))
        case "all":
            return line(f"{verb} every entry of the list ", Code(atom.what))
        case "any":
            return _of_lists([atom.what], holds=holds)


def _value(value: ArgumentValue) -> str:
    match value:
        case ListRef(name):
            return name
        case tuple():
            return ", ".join(map(_value, value))
        case str():
            return value
        case _:
            return f"{value:g}"


def _amount(at_least: int, *, holds: bool) -> str:
    if at_least == 1:
        return "something" if holds else "nothing"
    return f"at least {at_least} things" if holds else f"fewer than {at_least} things"


def _reach(operator: Operator, number: float) -> str:
    match operator:
        case ">=":
            return f"{number:g} or more"
        case "<=":
            return f"{number:g} or less"
        case ">":
            return f"above {number:g}"
        case "<":
            return f"below {number:g}"


def _redaction(template: str) -> Line:
    meanings = [
        line(Code(placeholder), f" is {meaning}")
        for placeholder, meaning in _PLACEHOLDERS.items()
        if placeholder in template
    ]
    where = line(" (", listed(meanings), ")") if meanings else ()
    return line("each finding is replaced with ", Code(template), where)
