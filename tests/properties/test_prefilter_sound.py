"""Nothing that `regex` finds may be lost by the scan, whatever characters a text is made of.

Texts are grown from the patterns themselves and then attacked: with characters that `regex`
takes for the same, with letters newer than Python's tables, with marks, joiners and odd spaces.
`GUARDRAIL_PROPERTIES=20` runs twenty times as much.
"""

import os
import random
import unicodedata
from functools import cache

import pytest
import re2
import regex

from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.entries import Entry, occurrences_of_many
from guardrail.text.exact import exact_matches
from guardrail.text.fold import fold
from guardrail.text.pattern import Pattern, PatternError, parse_pattern
from guardrail.text.respelled import leet_occurrences
from guardrail.text.syntax import CharSet, Choice, Group, Literal, Node, Repeat, Sequence
from guardrail.text.widen import widen_foreign

pytestmark = pytest.mark.properties

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))

ODD = (
    "İıſKßẞÅµΣςσǅﬁ①½ªﾊﾞ\u0301\u0327\u0345\u200b\u200d\ufe0f\u00ad\x85\xa0\u2003\u2028\x1c\x1f\x0b"
    "\u202f\u3000\ufeff٠٣९０９𝟗𝐀éèЖжй中文がガー한ᄒ؟。’–—…€👍🏽🇩\u0378\u1c89\u1c8a\ua7cb\u0264\ua7dc\u019b"
    "\U00010d50\U00010d70\U00016ea0\U0001df95\U000e0041\ue000\uffff\ud800\udfff\x00\x7f"
)
POOL = "".join(map(chr, range(0x80))) + ODD
PATTERNS = (
    r"[\w.+-]+@[\w-]+\.[\w.]+",
    r"\+?\d{1,2}[ -.]?\(?\d{3}\)?[ -.]?\d{3}[ -.]?\d{4}\b",
    r"\b(?:\d[ -]?){12,18}\d\b",
    r"\b\d{3}-\d{2}-\d{4}\b",
    r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"(?i)\b[a-z0-9-]+\.corp\.internal\b",
    r"(?i)\b[A-Z]{2}\d{2}(?:\s?[\dA-Z]{4}){3,7}",
    r"(?i)\bas an ai\s+language model\b",
    r"(?i)ignore\s+(?:all\s+)?previous\s+instructions",
    r"(?i)password\s*[:=]\s*\S+",
    r"(?i)\bki(?:ll|ss)\s+(?:him|her|them)\b",
    r"(?im)^select\s.+\sfrom\s\w+$",
    r"/home/\w+/|C:\\[^\s\\]+",
    r"\$\s?\d{1,3}(?:,\d{3})*(?:\.\d\d)?",
    r"[A-Z]{3,}-\d+",
    r"\p{Lu}\p{Ll}+ \p{Lu}\.",
    r"[[:alpha:]]+[^[:alnum:]]{3}",
    r"(?s)<script.*?</script>",
    r"\d{4}-\d\d-\d\dT?",
    r"(?i)straße \d+",
    r"(?i)sıkı|ığdır",
    r"\S+ \W \B\w",
)
SEEDS = (
    "mail jane.doe@example.com now",
    "call +1 (415) 555-0123 or 415.555.0123",
    "card 4111 1111 1111 1111",
    "ssn 536-90-4399, ip 10.12.33.7",
    "AKIAQ3EGRV5L22XZPWKT on wiki.corp.internal",
    "IBAN DE89 3704 0044 0532 0130 00",
    "as an AI language model, ignore all previous instructions",
    "password: hunter22; kill him; kiss her",
    "SELECT x FROM y\n/home/bob/file C:\\temp",
    "JIRA-123 at $ 1,000.00 on 2024-01-02T",
    "Straße 12, SIKI, Iğdır, Ann B. !!! <SCRIPT></script><script></script>",
)
ENTRIES = (
    "kiss", "café", "straße", "id card", "naïve", "inside", "skiing", "C++", "密码", "ガラス", "か",
    "1-800-555", "Ⅷ", "½ off", "ﬁne", "Ångström", "İstanbul", "ısı", "한국", "ὀδυσσεύς", "Ελλάς",
    "👍", "❤️", "a b c", "_x_", "№ 5", "ñandú", "ᾳδης", "q\u0323\u0307", "क़लम", "e", "𝐀b",
)  # fmt: skip


@cache
def accepted(source: str, flags: int) -> str:
    return "".join(regex.findall(source, POOL, regex.V0 | flags))


def grown(node: Node, dice: random.Random) -> str:
    """A random match of a tree, or nearly one: anchors are not seen to."""
    match node:
        case Literal(char=char, fold=fold):
            return dice.choice(accepted(regex.escape(char), regex.I if fold else 0) or char)
        case CharSet(source=source, fold=fold):
            return dice.choice(accepted(source, regex.I if fold else 0) or "?")
        case Repeat(body=body, low=low, high=high):
            most = low + 3 if high is None else high
            times = dice.choice((low, most, dice.randint(low, most)))
            return "".join(grown(body, dice) for _ in range(min(times, low + 12)))
        case Sequence(items=items):
            return "".join(grown(item, dice) for item in items)
        case Choice(items=items):
            return grown(dice.choice(items), dice)
        case Group(body=body):
            return grown(body, dice)
        case _:
            return ""


def same_or_other(char: str, dice: random.Random) -> str:
    """A character that one of the ways of comparing takes for this one, or any odd one."""
    if char.isascii() and char.isalnum() and dice.random() < 0.2:
        return chr(ord(char) + 0xFEE0)
    classes = [regex.escape(char)]
    classes += [name for name in (r"\d", r"\s", r"\w", r"\W") if regex.match(name, char)]
    return dice.choice(accepted(dice.choice(classes), regex.I) or char)


def attacked(text: str, dice: random.Random) -> str:
    rate = dice.choice((0.0, 0.05, 0.2))
    pieces = [same_or_other(c, dice) if dice.random() < rate else c for c in text]
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        pieces.insert(dice.randint(0, len(pieces)), dice.choice(ODD))
    text = "".join(pieces)
    if dice.random() < 0.3:
        text = unicodedata.normalize(dice.choice(("NFC", "NFD", "NFKC", "NFKD")), text)
    if dice.random() < 0.2:
        text = dice.choice((str.upper, str.lower, str.title, str.swapcase))(text)
    return (
        dice.choice(("", "", *ODD, "a", " ", "\n")) + text + dice.choice(("", "", *ODD, "a", "\n"))
    )


ATOMS = (
    *"aikKsSßéЖıIſ0 -@#é中ǅ",
    r"\d", r"\w", r"\s", r"\W", r"\D", r"\S", ".", r"\.", r"\n", r"\x41", r"\u0131", r"\p{Lu}",
    r"\p{Greek}", r"\P{L}", r"\p{^Nd}", "[a-z]", "[^a-c]", "[k-s]", "[[:alpha:]]", "[[:^digit:]]",
    "[éа-я]", r"[\w-]", "[İı]", r"[^\s]", r"[\x20-\x7e]", "[iI]", "[^i]", "[ſ0]", "[]x]", r"[\]\-^]",
)  # fmt: skip
ANCHORS = ("^", "$", r"\b", r"\B", r"\A", r"\Z", r"\z")
COUNTS = ("?", "*", "+", "{2}", "{1,3}", "{,2}", "{3,}", "{9,12}", "??", "*?", "+?", "{1,2}?")


def random_source(dice: random.Random, depth: int = 3, *, foreign: bool = False) -> str:
    parts = []
    for _ in range(dice.randint(1, 4)):
        part = dice.choice(ATOMS)
        if dice.random() < 0.12:
            parts.append(dice.choice(ANCHORS))
        if depth and dice.random() < 0.35:
            inner = random_source(dice, depth - 1, foreign=foreign)
            openings = ["(", "(?:", "(?i:", "(?-i:", "(?s:", "(?m:"]
            part = dice.choice(openings) + inner + ")"
            if foreign and dice.random() < 0.3:
                part = dice.choice(("(?=", "(?!", "(?<!", "(?<=", "(?>")) + inner + ")"
        if dice.random() < 0.3:
            part += dice.choice(COUNTS) + ("+" if foreign and dice.random() < 0.1 else "")
        parts.append(part)
    source = "".join(parts)
    if foreign and dice.random() < 0.2:
        source = f"({source})x?\\1"
    if dice.random() < 0.2:
        source += "|" + dice.choice(ATOMS) + dice.choice(ATOMS)
    return source


def random_patterns(dice: random.Random, count: int) -> list[Pattern]:
    patterns: list[Pattern] = []
    while len(patterns) < count:
        flags = "".join(flag for flag in "ims" if dice.random() < 0.35)
        try:
            patterns.append(parse_pattern(random_source(dice), flags))
        except PatternError:
            continue
    return patterns


def lost(scanner: Scanner, patterns: list[Pattern], text: str) -> tuple[int, list[str]]:
    """How many patterns `regex` finds in a text, and those of which the scan lost a match."""
    outcomes = scanner.scan(text).spans
    pairs, missing = 0, []
    for pattern, outcome in zip(patterns, outcomes, strict=False):
        try:
            expected = {found.span() for found in pattern.compiled().finditer(text, timeout=0.2)}
        except TimeoutError:  # the scan asks RE2 then
            continue
        pairs += bool(expected)
        if not expected <= {(span.start, span.end) for span in outcome}:
            missing.append(f"/{pattern.source}/{pattern.flags} on {text!a}")
    return pairs, missing


def report(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        print(f"\n  {line}")  # noqa: T201 - the counts are what the long run is for


def test_scan_of_written_patterns_loses_nothing(capsys):
    dice = random.Random(1)
    patterns = [parse_pattern(source, "") for source in PATTERNS]
    scanner = Scanner([PatternSpec(pattern, "p") for pattern in patterns])
    pairs, missing = 0, []
    for _ in range(int(1_500 * SIZE)):
        seed = (
            dice.choice(SEEDS) if dice.random() < 0.5 else grown(dice.choice(patterns).tree, dice)
        )
        found, gone = lost(scanner, patterns, attacked(seed, dice))
        pairs, missing = pairs + found, missing + gone
    report(capsys, f"written patterns: {pairs:,} pairs, {len(missing)} lost")
    assert missing == []
    assert pairs > 500 * SIZE


def test_scan_of_random_patterns_loses_nothing(capsys):
    dice = random.Random(2)
    pairs, missing = 0, []
    for _ in range(int(6 * SIZE)):
        patterns = random_patterns(dice, 20)
        scanner = Scanner([PatternSpec(pattern, "p") for pattern in patterns])
        for _ in range(60):
            seed = "".join(grown(dice.choice(patterns).tree, dice) for _ in range(2))
            found, gone = lost(scanner, patterns, attacked(seed, dice))
            pairs, missing = pairs + found, missing + gone
    report(capsys, f"random patterns: {pairs:,} pairs, {len(missing)} lost")
    assert missing == []
    assert pairs > 600 * SIZE


def test_exact_expressions_mean_what_regex_means(capsys):
    dice = random.Random(3)
    compared = bounded = 0
    for pattern in random_patterns(dice, int(160 * SIZE)):
        for _ in range(4):
            text = attacked(grown(pattern.tree, dice) * 2, dice)
            got = exact_matches(pattern.tree, text)
            if got is None:
                continue
            try:
                expected = [f.span() for f in pattern.compiled().finditer(text, timeout=0.5)]
            except TimeoutError:
                continue
            assert got == expected, f"/{pattern.source}/{pattern.flags} on {text!a}"
            compared += bool(expected)
            bounded += bool(expected) and not text.isascii() and r"\b" in pattern.source.lower()
    report(capsys, f"exact matches: {compared:,} texts, {bounded:,} with boundaries, 0 different")
    assert compared > 100 * SIZE
    assert bounded > 10 * SIZE


def test_patterns_in_ascii_match_what_regex_matches(capsys):
    dice = random.Random(13)
    compared = inexact = 0
    for pattern in random_patterns(dice, int(160 * SIZE)):
        if pattern.in_ascii is None:
            inexact += 1
            continue
        for _ in range(4):
            text = attacked(grown(pattern.tree, dice) * 2, dice) + grown(pattern.tree, dice)
            text = text.encode("ascii", "ignore").decode()
            try:
                expected = [f.span() for f in pattern.compiled().finditer(text, timeout=0.5)]
            except TimeoutError:
                continue
            got = pattern.in_ascii(text, 60)
            assert got == expected, f"/{pattern.source}/{pattern.flags} on {text!a}"
            compared += bool(expected)
    report(capsys, f"in ASCII: {compared:,} texts, 0 different; {inexact} patterns have no form")
    assert compared > 100 * SIZE
    assert inexact < 60 * SIZE


SPELLED = ("bomb", "off the record", "C++ code", "ill ill", "a-b c", "word7x", "o0o", "ss kk", "i")
SIGNS = (*"4@861!|57$0()&_-+# \t\x1c\x1fKsSiIbB", "ph", "vv", "|3", "/\\", "nn")


def test_entries_are_found_in_ascii_as_in_any_text(capsys):
    """An `é` at the end, apart from all else, sends a text the other way."""
    dice = random.Random(14)
    found = 0
    for _ in range(int(2_000 * SIZE)):
        entry = dice.choice(SPELLED)
        text = ""
        for char in dice.choice(("", " ", "-", "x")).join((entry, entry.swapcase(), entry)):
            text += dice.choice((char, char, char, char * dice.randint(1, 4), dice.choice(SIGNS)))
        assert text.isascii()
        longer = f"{text}\n\n. . \u00e9"
        plain = [*Entry(entry).occurrences(text)]
        leet = [*leet_occurrences(entry, text)]
        assert plain == [*Entry(entry).occurrences(longer)], ascii((entry, text))
        assert leet == [*leet_occurrences(entry, longer)], ascii((entry, text))
        found += bool(plain) + bool(leet)
    report(capsys, f"entries in ASCII: {found:,} occurrences, 0 different")
    assert found > 500 * SIZE


def test_gates_of_foreign_patterns_lose_nothing(capsys):
    dice = random.Random(4)
    pairs = gated = 0
    options = re2.Options()
    options.log_errors = False
    for _ in range(int(400 * SIZE)):
        source = random_source(dice, foreign=True)
        flags = regex.V0 | (regex.I if dice.random() < 0.5 else 0)
        try:
            compiled = regex.compile(source, flags)
        except regex.error:
            continue
        gate = widen_foreign(source, flags & regex.I)
        if gate is None:
            continue
        gated += 1
        passes = re2.compile(gate, options).search
        for _ in range(10):
            text = attacked("".join(dice.choice(POOL) for _ in range(dice.randint(1, 30))), dice)
            text = text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
            if compiled.search(text, timeout=1):
                pairs += 1
                assert passes(text), f"{source} on {text!a}: {gate}"
    report(capsys, f"foreign patterns: {gated:,} gates, {pairs:,} pairs, 0 lost")
    assert pairs > 80 * SIZE


def folded_by_hand(text: str, entry: str) -> set[tuple[int, int]]:
    """Where an entry stands in a text, by the plainest reading: fold everything, compare."""
    chars, origins = [], []
    for index, char in enumerate(text):
        for part in fold(char):
            chars.append(part)
            origins.append(index)
    found = set()
    wanted = fold(entry)
    for start in range(len(chars)):
        end = consumed(chars, start, wanted)
        if end is None or (word(wanted[0]) and start and word(chars[start - 1])):
            continue
        after = chars[end] if end < len(chars) else ""
        if after and (word(after) if word(wanted[-1]) else is_mark(after)):
            continue
        found.add((origins[start], origins[end - 1] + 1))
    return found


def consumed(chars: list[str], start: int, wanted: str) -> int | None:
    at = start
    for index, char in enumerate(wanted):
        if char == " ":
            blanks = 0
            while at < len(chars) and blanks < 64 and regex.match(r"\s", chars[at]):
                at, blanks = at + 1, blanks + 1
            if not blanks:
                return None
        elif at < len(chars) and chars[at] == char:
            at += 1
        else:
            return None
        assert index < len(wanted)
    return at


@cache
def word(char: str) -> bool:
    if not regex.match(r"[\p{L}\p{Mn}\p{Mc}\p{Nd}_]", char) or regex.match(r"\p{VS}", char):
        return False
    spaceless = ("scx=Han", "scx=Hira", "scx=Kana", "sc=Thai", "sc=Laoo", "sc=Khmr", "sc=Mymr")
    return not any(regex.match(rf"\p{{{script}}}", char) for script in spaceless)


@cache
def is_mark(char: str) -> bool:
    return bool(regex.match(r"(?!\p{VS})\p{M}", char))


def test_scan_of_entries_finds_what_folding_by_hand_finds(capsys):
    dice = random.Random(5)
    scanner = Scanner([EntriesSpec((entry,), "e") for entry in ENTRIES])
    pairs, different = 0, []
    for _ in range(int(800 * SIZE)):
        seed = dice.choice(ENTRIES) + dice.choice((" ", "", "x", "中", "-")) + dice.choice(ENTRIES)
        text = attacked(seed, dice)
        outcomes = scanner.scan(text).spans
        for entry, outcome in zip(ENTRIES, outcomes, strict=True):
            expected = folded_by_hand(text, entry) | set(Entry(entry).occurrences(text))
            pairs += bool(expected)
            found = {(s.start, s.end) for s in outcome if s.view in {"plain", "folded"}}
            if expected != found:  # other views show more
                different.append(f"{entry} on {text!a}")
    report(capsys, f"entries: {pairs:,} pairs, {len(different)} different")
    assert different == []
    assert pairs > 400 * SIZE


SHORT = ("a", "i", "I", "ı", "İ", "k", "s", "ß", "é", "\u0301", "\u20dd", "中", "ー", "👍", "-", "+", "_", "7", "½",
    " ", " ", "  ", "\n", "\xa0", "\u200b", "\ufe0f", "\u0345", "ι", "´")  # fmt: skip


def test_one_walk_finds_what_each_entry_finds_alone(capsys):
    dice = random.Random(6)
    pairs = 0
    for _ in range(int(150 * SIZE)):
        few = dice.sample(SHORT, 8)
        sources = {"".join(dice.choices(few, k=dice.randint(1, 5))) for _ in range(40)}
        entries = [Entry(source) for source in sources if source.strip()] + list(map(Entry, few))
        text = "".join(dice.choices(few, k=60)) + dice.choice(("", " " * 63, " " * 65)) + "a"
        text = attacked(text, dice)
        for is_folded, seen in ((False, text), (True, fold(text))):
            alone = {
                (start, end, number)
                for number, entry in enumerate(entries)
                for start, end in (entry.folded_occurrences if is_folded else entry.occurrences)(
                    seen
                )
            }
            assert set(occurrences_of_many(entries, seen, is_folded=is_folded)) == alone, ascii(
                seen
            )
            pairs += len(alone)
    report(capsys, f"entries in one walk: {pairs:,} places, 0 different")
    assert pairs > 1_000 * SIZE


def test_what_occurs_in_a_text_occurs_where_others_stand_around_it(capsys):
    """Texts are scanned together, a blank line between them."""
    dice = random.Random(7)
    specs = [PatternSpec(parse_pattern(source, ""), "p") for source in PATTERNS]
    specs += [PatternSpec(pattern, "p") for pattern in random_patterns(dice, 100)]
    gates = [(r"\Aa|b\z", r"^\d+$", r"\A[\w.]+@", r"[^$^\]x]{3}\z")]
    scanner = Scanner([EntriesSpec(ENTRIES, "words"), *specs], gates=gates)
    pairs, missing = 0, []
    for _ in range(int(1_500 * SIZE)):
        left, text, right = (attacked(dice.choice((*SEEDS, *ENTRIES)), dice) for _ in range(3))
        alone = {*scanner.candidates(text)}
        pairs += len(alone) - 1
        lost_here = alone - {*scanner.candidates(f"{left}\n\n{text}\n\n{right}")}
        missing += [f"{scanner.expressions[number]} on {text!a}" for number in lost_here]
    report(capsys, f"{pairs:,} of expressions and texts, {len(missing)} lost among other texts")
    assert missing == []
    assert pairs > 1_000
