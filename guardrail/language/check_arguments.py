"""Detectors and rewriters: their kinds, and the arguments those take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from guardrail.language import nodes
from guardrail.language.check_texts import check_entries
from guardrail.language.checked import (
    ArgumentValue,
    CheckedDetector,
    CheckedRewriter,
    EntryList,
    ListRef,
    Place,
)
from guardrail.language.diagnostics import Label
from guardrail.language.files import Entry
from guardrail.language.names import Scope, closest, did_you_mean
from guardrail.language.vocabulary import (
    BY_MODEL,
    DEFAULT_MODEL,
    REGENERATE,
    Kind,
    ModelWords,
    Parameter,
    Vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_ANYTHING: Final = Parameter("any")
_MOST_ALIKE: Final = 3
_WANTED: Final = {
    "number": "a number",
    "text": "a word or a string",
    "texts": "one or more words or strings",
    "list": "a list",
    "reply": "a reply",
    "any": "a value",
}


def check_detector(
    scope: Scope, node: nodes.Detector, vocabulary: Vocabulary, lists: dict[str, EntryList]
) -> CheckedDetector | None:
    """Check a detector; the lists that its arguments spell out go to `lists`."""
    kind = _kind_of(scope, node.call, "detector", vocabulary.kinds, vocabulary.rewriters)
    if kind is None:
        return None
    call = _Call(scope, node.name.name, kind, node.call, lists)
    arguments = call.check()
    missing, needs_model = kind.missing, kind.name in BY_MODEL
    if kind.name == "pii":
        lacks, needs_model = _check_entities(scope, node.call, vocabulary)
        missing = lacks or missing
        _check_regions(scope, node.call, vocabulary.regions)
    if kind.name in {"pii", *BY_MODEL} and vocabulary.models is not None:
        missing = _check_model(scope, node.call, vocabulary.models) or missing
    return CheckedDetector(
        name=scope.qualified(node.name.name),
        label=node.name.name,
        kind=kind.name,
        gives=kind.gives,
        arguments=arguments,
        is_model_free=kind.is_model_free,
        missing=missing,
        place=Place(scope.source, node.name.span),
        labels=kind.labels,
        model=str(arguments.get("model") or DEFAULT_MODEL) if needs_model else None,
    )


def check_rewriter(
    scope: Scope, node: nodes.Rewriter, vocabulary: Vocabulary, lists: dict[str, EntryList]
) -> CheckedRewriter | None:
    """Check a rewriter; each has `attempts` and ends in the reply `otherwise`."""
    kind = _kind_of(scope, node.call, "rewriter", vocabulary.rewriters, vocabulary.kinds)
    if kind is None:
        return None
    kind = replace(kind, parameters={**kind.parameters, **REGENERATE.parameters})
    call = _Call(scope, node.name.name, kind, node.call, lists)
    arguments = call.check()
    attempts = arguments.pop("attempts", 1.0)
    otherwise = arguments.pop("otherwise", None)
    if not isinstance(attempts, float) or not isinstance(otherwise, str):
        return None
    if not attempts.is_integer():
        call.report_value(next(_values(node.call, "attempts")), "attempts", "a whole number")
        return None
    return CheckedRewriter(
        name=scope.qualified(node.name.name),
        kind=kind.name,
        attempts=int(attempts),
        otherwise=otherwise,
        arguments=arguments,
        place=Place(scope.source, node.name.span),
    )


def _kind_of(
    scope: Scope,
    call: nodes.Call,
    sort: str,
    kinds: Mapping[str, Kind],
    others: Mapping[str, Kind],
) -> Kind | None:
    kind = kinds.get(call.kind.name)
    if kind is None:
        name = call.kind.name
        other = "rewriter" if sort == "detector" else "detector"
        label = f"this is a {other}" if name in others else did_you_mean(name, frozenset(kinds))
        is_own = sort == "detector" and not label.startswith(("did you mean", "this is"))
        help_ = "declare one of your own in `[tool.guardrail.detectors]`" if is_own else None
        scope.report("G111", f"there is no {sort} `{name}`", call.kind.span, label, help=help_)
    return kind


class _Call:
    """The arguments of one call, checked against the parameters of its kind."""

    def __init__(
        self,
        scope: Scope,
        owner: str,
        kind: Kind,
        call: nodes.Call,
        lists: dict[str, EntryList],
    ) -> None:
        self._scope = scope
        self._owner = owner
        self._kind = kind
        self._call = call
        self._lists = lists

    def check(self) -> dict[str, ArgumentValue]:
        """Return the values by name; those that are wrong are reported and left out."""
        values: dict[str, ArgumentValue] = {}
        given: dict[str, nodes.Argument] = {}
        meant: set[str] = set()
        for argument in self._call.arguments:
            name = self._name(argument)
            if name is None:
                meant |= self._meant(argument)
                continue
            first = given.setdefault(name, argument)
            if first is not argument:
                message = f"`{name}` is given twice"
                others = (Label(first.span, "first given here"),)
                self._scope.report("G112", message, argument.span, others=others)
                continue
            value = self._value(argument.value, name, self._kind.parameters.get(name, _ANYTHING))
            if value is not None:
                values[name] = value
        for name, parameter in self._kind.parameters.items():
            if parameter.required and name not in given and name not in meant:
                message = f"`{self._kind.name}` needs the argument `{name}`"
                self._scope.report("G113", message, self._call.kind.span)
        return values

    def report_value(
        self,
        value: nodes.Value,
        name: str,
        wanted: str,
        help: str | None = None,  # noqa: A002 - the word of the messages
    ) -> None:
        """Say that an argument is not what it must be."""
        message = f"`{name}` must be {wanted}, not `{self._scope.text(value.span)}`"
        self._scope.report("G114", message, value.span, help=help)

    def _name(self, argument: nodes.Argument) -> str | None:
        kind, name = self._kind, argument.name
        if name is None and kind.positional is not None:
            return kind.positional
        if name is None:
            message = f"an argument of `{kind.name}` needs a name"
            self._scope.report("G112", message, argument.span, self._known())
        elif name in kind.parameters or kind.takes_any:
            return name
        else:
            message = f"`{kind.name}` has no argument `{name}`"
            self._scope.report("G112", message, argument.span, self._known(name))
        return None

    def _meant(self, argument: nodes.Argument) -> set[str]:
        """Return the parameters that a misspelt argument, or one without a name, may stand for."""
        if argument.name is None:
            return set(self._kind.parameters)
        near = closest(argument.name, self._kind.parameters)
        return {near} if near else set()

    def _known(self, name: str = "") -> str:
        return did_you_mean(name, frozenset(self._kind.parameters)) or "it takes no arguments"

    def _value(self, value: nodes.Value, name: str, parameter: Parameter) -> ArgumentValue | None:
        found: ArgumentValue | None
        match parameter.takes, value:
            case "number", nodes.Number():
                found = self._number(value, name, parameter)
            case "text", nodes.Text() | nodes.Ref():
                found = self._word(value, name, parameter)
            case "texts", nodes.Text() | nodes.Ref():
                found = self._words((value,), name, parameter)
            case "texts", nodes.Many(items=(_, *_)):
                found = self._words(value.items, name, parameter)
            case "list", nodes.Ref():
                symbol = self._scope.name_of(value, "list", by=f"`{name}`")
                found = ListRef(symbol) if symbol else None
            case "list", nodes.Many():
                found = self._inline(value, name)
            case "reply", nodes.Ref():
                found = self._scope.name_of(value, "reply", by=f"`{name}`")
            case "any", _:
                found = self._anything(value)
            case _:
                found = None
                is_entry = parameter.takes == "list" and isinstance(value, nodes.Text)
                help_ = f"write [{self._scope.text(value.span)}]" if is_entry else None
                self.report_value(value, name, _WANTED[parameter.takes], help_)
        return found

    def _number(self, value: nodes.Number, name: str, parameter: Parameter) -> float | None:
        low, high = parameter.low, parameter.high
        if (low is None or value.value >= low) and (high is None or value.value <= high):
            return value.value
        if low is not None and high is not None:
            wanted = f"a number from {low:g} to {high:g}"
        else:
            wanted = f"at least {low:g}" if low is not None else f"at most {high:g}"
        self.report_value(value, name, wanted)
        return None

    def _word(self, value: nodes.Value, name: str, parameter: Parameter) -> str | None:
        word = _word_of(value)
        if word is None:
            self.report_value(value, name, _WANTED["text"])
        elif parameter.choices is not None and word not in parameter.choices:
            *most, last = sorted(parameter.choices)
            self.report_value(value, name, f"{', '.join(most)} or {last}" if most else last)
        else:
            return word
        return None

    def _words(
        self, items: tuple[nodes.Value, ...], name: str, parameter: Parameter
    ) -> tuple[ArgumentValue, ...] | None:
        words = [self._word(item, name, parameter) for item in items]
        return None if None in words else tuple(word for word in words if word is not None)

    def _inline(self, value: nodes.Many, name: str) -> ListRef | None:
        """Make a list of the strings that stand where a list is taken."""
        texts = [item for item in value.items if isinstance(item, nodes.Text)]
        if not texts or len(texts) < len(value.items):
            self.report_value(value, name, "a list, or strings in brackets")
            return None
        scope = self._scope
        entries = tuple(Entry(text.value, text.span) for text in texts)
        scope.diagnostics.extend(check_entries(f"`{name}`", scope.source, entries))
        label = f"{self._owner}.{name}"
        place = Place(scope.source, value.span)
        found = EntryList(
            scope.qualified(label), label, tuple(entry.text for entry in entries), place
        )
        self._lists[found.name] = found
        return ListRef(found.name)

    def _anything(self, value: nodes.Value) -> ArgumentValue:
        match value:
            case nodes.Number():
                return value.value
            case nodes.Text():
                return value.value
            case nodes.Many():
                return tuple(self._anything(item) for item in value.items)
            case nodes.Ref():
                symbol = self._scope.peek(value.name)
                if symbol is None or symbol.sort != "list":
                    return value.name
                return ListRef(self._scope.name_of(value, "list", by="") or symbol.name)


def _check_entities(
    scope: Scope, call: nodes.Call, vocabulary: Vocabulary
) -> tuple[str | None, bool]:
    """Report entities that `pii` does not know.

    Return why one that it knows is missing here, and whether a model finds another.
    """
    known = vocabulary.entities | vocabulary.missing_entities.keys()
    model = next(_values(call, "model"), None)
    name = (_word_of(model) if model else None) or DEFAULT_MODEL
    words = (vocabulary.models or {}).get(name, ModelWords())
    missing, needs_model = None, False
    for value in _values(call, "entities"):
        entity = _word_of(value)
        if entity is None or not known:
            continue
        if entity not in known:
            label = did_you_mean(entity, known) or _by_parts(entity, known)
            message = f"`pii` has no entity `{entity}`"
            help_ = "`guardrail explain G115` lists the entities"
            scope.report("G115", message, value.span, label, help=help_)
        if entity not in vocabulary.missing_entities:
            continue
        if words is None or entity in words.entities:
            needs_model = True
        elif model is not None and name in (vocabulary.models or {}):
            message = f"the model `{name}` does not find `{entity}`"
            found = ", ".join(sorted(words.entities))
            scope.report("G116", message, value.span, f"it finds {found or 'no entities'}")
        else:
            missing = missing or vocabulary.missing_entities[entity]
    return missing, needs_model


def _by_parts(entity: str, known: Collection[str]) -> str:
    """Name the entities that share a word with this one, most in common first.

    >>> _by_parts("CREDIT_NUMBER", {"CREDIT_CARD", "PHONE_NUMBER", "UUID"})
    'did you mean `CREDIT_CARD` or `PHONE_NUMBER`?'
    """
    parts = set(entity.upper().split("_"))
    shared = {name: len(parts & set(name.split("_"))) for name in known}
    likely = sorted(filter(shared.get, shared), key=lambda name: (-shared[name], name))
    names = " or ".join(f"`{name}`" for name in likely[:_MOST_ALIKE])
    return f"did you mean {names}?" if names else ""


def _check_regions(scope: Scope, call: nodes.Call, regions: Collection[str]) -> None:
    """Report regions that `pii` does not know."""
    for value in _values(call, "region"):
        region = _word_of(value)
        if region is not None and regions and region.upper() not in regions:
            message = f"`region` must be a country code of two letters, not `{region}`"
            scope.report("G114", message, value.span, "such as US, GB or DE")


def _check_model(
    scope: Scope, call: nodes.Call, models: Mapping[str, ModelWords | None]
) -> str | None:
    """Report a misspelt model, or a label that a model has not; return the model if it is absent.

    An absent model is a matter of the installation: it stops the load, and tests run without it.
    """
    model = next(_values(call, "model"), None)
    name = _word_of(model) if model else None
    if model is None or name is None:
        return None
    if name not in models:
        if closest(name, models) is None:
            return f"the model `{name}`"
        label = did_you_mean(name, frozenset(models))
        scope.report("G116", f"there is no model `{name}`", model.span, label)
        return None
    words = models[name]
    if words is None:  # it is broken, which is said when it is loaded
        return None
    for value in _values(call, "label"):
        word = _word_of(value)
        if word is not None and word not in words.labels:
            message = f"the model `{name}` has no label `{word}`"
            scope.report("G116", message, value.span, did_you_mean(word, words.labels))
    return None


def _values(call: nodes.Call, name: str) -> Iterator[nodes.Value]:
    """Yield the values of one argument, those in brackets one by one."""
    for argument in call.arguments:
        if argument.name == name:
            value = argument.value
            yield from value.items if isinstance(value, nodes.Many) else (value,)


def _word_of(value: nodes.Value) -> str | None:
    match value:
        case nodes.Text():
            return value.value
        case nodes.Ref():
            return value.name
    return None
