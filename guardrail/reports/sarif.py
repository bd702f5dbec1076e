"""SARIF 2.1.0, which code hosts and editors read; whole, or in pieces for a run that is long."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import quote

from guardrail.reports.result import Location, Result, RuleInfo

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_TAG: Final = re.compile(r"([^:/\s]+):([^:/\s]+)/(\S+)")
_HOLE: Final = "results go here"


def sarif(
    rules: Sequence[RuleInfo],
    results: Iterable[Result],
    *,
    notifications: Sequence[tuple[str, Location | None]] = (),
    properties: Mapping[str, object] | None = None,
    category: str | None = None,
) -> dict[str, Any]:
    """Return a SARIF log with one run.

    Args:
        rules: everything that can be reported; results name them by id.
        results: what was found.
        notifications: what the tool itself could not do, each with its place; they say that the
            run was not whole.
        properties: what else there is to say about the run.
        category: keeps runs of the same tool apart on a code host.

    >>> rule = RuleInfo("G407", "covered-entry", "an entry that another covers")
    >>> log = sarif([rule], [Result("G407", "warning", "covered", Location("a.guard", 7))])
    >>> log["runs"][0]["results"][0]["ruleIndex"]
    0
    """
    places = {rule.id: index for index, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    run: dict[str, Any] = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not notifications,
                "toolExecutionNotifications": [_notification(*each) for each in notifications],
            }
        ],
        "results": [_result(each, places, seen) for each in results],
    }
    if taxonomies := _taxonomies(rules):
        run["taxonomies"] = taxonomies
    if category is not None:
        run["automationDetails"] = {"id": f"{category}/"}
    if properties:
        run["properties"] = dict(properties)
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def frame(
    rules: Sequence[RuleInfo],
    *,
    notifications: Sequence[tuple[str, Location | None]] = (),
    properties: Mapping[str, object] | None = None,
    category: str | None = None,
) -> tuple[bytes, bytes]:
    """Return what stands before and after the results of a log, for results that are streamed.

    The first part depends on nothing but `rules`; the rest of the run stands in the second.
    """
    log = sarif(rules, (), notifications=notifications, properties=properties, category=category)
    run = log["runs"][0]
    del run["results"]
    head = {key: run.pop(key) for key in ("tool", "columnKind")}
    opened = json.dumps({**log, "runs": [{**head, "results": [_HOLE]}]}, ensure_ascii=True)
    before, after = opened.split(json.dumps(_HOLE))
    rest = json.dumps(run, ensure_ascii=True)[1:-1]
    bracket, tail = after[:1], after[1:]
    return before.encode(), f"{bracket}, {rest}{tail}\n".encode()


def encode_result(result: Result, places: Mapping[str, int]) -> bytes:
    """Return one result as JSON, to stand between the two parts of `frame`.

    Args:
        result: needs a fingerprint of its own: others that say the same are not known here.
        places: the index of each rule.
    """
    return json.dumps(_result(result, places, Counter()), ensure_ascii=True).encode()


def file_uri(name: str) -> str:
    """Return the name of a file as a URI: relative ones stay relative.

    >>> file_uri("chats/a b#1.jsonl")
    'chats/a%20b%231.jsonl'
    """
    if name == "-":
        return "standard-input"
    path = PurePath(name)
    if path.is_absolute():
        return Path(name).as_uri()
    return quote(path.as_posix().encode(errors="surrogateescape"), safe="/")


def _driver(rules: Sequence[RuleInfo]) -> dict[str, Any]:
    try:
        own = version("guardrail-sdk")
    except PackageNotFoundError:  # run from a folder, not installed
        own = "0"
    driver: dict[str, Any] = {
        "name": "guardrail",
        "semanticVersion": own,
        "rules": [_rule(rule) for rule in rules],
    }
    if schemes := _schemes(rules):
        driver["supportedTaxonomies"] = [{"name": name} for name in schemes]
    return driver


def _rule(rule: RuleInfo) -> dict[str, Any]:
    help_ = rule.help_markdown or rule.short
    shown: dict[str, Any] = {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.short or rule.name},
        "fullDescription": {"text": rule.short or rule.name},
        "help": {"text": help_ or rule.name, "markdown": help_ or rule.name},
        "defaultConfiguration": {"level": rule.level},
    }
    if rule.tags:
        shown["properties"] = {"tags": list(dict.fromkeys(rule.tags))}
    targets = [found for tag in dict.fromkeys(rule.tags) if (found := _TAG.fullmatch(tag))]
    if targets:
        shown["relationships"] = [
            {
                "target": {"id": each[3], "toolComponent": {"name": f"{each[1]}:{each[2]}"}},
                "kinds": ["relevant"],
            }
            for each in targets
        ]
    return shown


def _schemes(rules: Sequence[RuleInfo]) -> dict[str, dict[str, None]]:
    """Return the schemes that tags name, each with its ids, in the order of first use."""
    schemes: dict[str, dict[str, None]] = {}
    for tag in (tag for rule in rules for tag in rule.tags):
        if found := _TAG.fullmatch(tag):
            schemes.setdefault(f"{found[1]}:{found[2]}", {})[found[3]] = None
    return schemes


def _taxonomies(rules: Sequence[RuleInfo]) -> list[dict[str, Any]]:
    return [
        {"name": scheme, "version": scheme.partition(":")[2], "taxa": [{"id": id_} for id_ in ids]}
        for scheme, ids in _schemes(rules).items()
    ]


def _result(result: Result, places: Mapping[str, int], seen: Counter[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ruleId": result.rule_id,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [_location(result.location)],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(result, seen)},
    }
    if result.rule_id in places:
        shown["ruleIndex"] = places[result.rule_id]
    if result.properties:
        shown["properties"] = dict(result.properties)
    return shown


def _fingerprint(result: Result, seen: Counter[str]) -> str:
    known = result.fingerprint
    if known is None:
        known = digest(result.rule_id, result.location.file, result.message)
    seen[known] += 1
    return f"{known}:{seen[known]}"


def digest(*parts: object) -> str:
    """Return a short digest of what identifies a result.

    >>> digest("rule", "chats.jsonl", 7) == digest("rule", "chats.jsonl", 7)
    True
    """
    text = json.dumps([str(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _notification(message: str, location: Location | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"level": "error", "message": {"text": message}}
    if location is not None:
        shown["locations"] = [_location(location)]
    return shown


def _location(location: Location) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": file_uri(location.file)}}
    names = {
        "startLine": location.line,
        "startColumn": location.column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }
    if location.line is not None:
        place["region"] = {name: value for name, value in names.items() if value is not None}
    return {"physicalLocation": place}
