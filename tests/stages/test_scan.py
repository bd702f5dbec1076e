import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from guardrail.stages.rules import matches
from guardrail.stages.rules import scan as module
from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text import prefilter
from guardrail.text.pattern import parse_pattern
from guardrail.text.widen import widen_foreign
from guardrail.values import Failure, Span


def entries(*words: str, mode: str = "any") -> EntriesSpec:
    return EntriesSpec(words, "words", mode)


def pattern(source: str, flags: str = "", *, exactly: bool = False) -> PatternSpec:
    return PatternSpec(parse_pattern(source, flags), "pattern", exactly)


def spans(spec: EntriesSpec | PatternSpec, text: str) -> list[tuple[str, str]]:
    outcome = Scanner([spec]).scan(text).spans[0]
    assert not isinstance(outcome, Failure)
    return [(text[span.start : span.end], span.view) for span in outcome]


def test_scan_gives_spans_for_each_spec():
    scanner = Scanner([entries("reset", "call us"), pattern(r"\d+-\d+"), entries("nothing")])
    found = scanner.scan("Reset 12-34, then call  us.")
    assert found.spans == [
        (Span(0, 5, "words"), Span(18, 26, "words")),
        (Span(6, 11, "pattern"),),
        (),
    ]


def test_quiet_text_is_quiet_and_scans_to_nothing():
    scanner = Scanner([entries("reset"), pattern("[0-9]{4}")], gates=[("@",)])
    for text in ("", "All is well.", "It’s “fine” – 5 €", "Tout va bien, déjà", "完全没事"):
        assert scanner.is_quiet(text)
        assert scanner.scan(text) == module.Scan([(), ()], [False], [()])


@pytest.mark.parametrize(
    "text", ["reset", "ＲＥＳＥＴ", "2024", "２０２４", "a@b", "x\ud800 reset"]
)
def test_text_in_which_something_occurs_is_not_quiet(text):
    scanner = Scanner([entries("reset"), pattern("[0-9]{4}")], gates=[("@",)])
    assert not scanner.is_quiet(text)


def test_text_with_a_view_that_shows_nothing_is_quiet():
    assert Scanner([entries("reset"), pattern("[0-9]{4}")]).is_quiet("Straße… ½ ﬁn")


def test_gate_passes_if_one_of_its_expressions_occurs():
    gate = (widen_foreign(r"(?<!\d)\d{3}-\d{4}(?!\d)", 0) or "", "@")
    scanner = Scanner([], gates=[gate, ("never",), ()])
    assert scanner.scan("call 555-1234").gates == [True, False, True]
    assert scanner.scan("a@b").gates == [True, False, True]
    assert scanner.scan("").gates == [False, False, True]
    assert not scanner.is_quiet("")


def test_entry_in_disguise_is_found_in_the_folded_view_at_its_original_place():
    assert spans(entries("strasse", "file"), "Die Straße: ﬁle!") == [
        ("Straße", "folded"),
        ("ﬁle", "folded"),
    ]


def test_plain_view_is_preferred():
    text = "café ﬁle café"
    assert spans(entries("café"), text) == [("café", "plain"), ("café", "plain")]


def test_pattern_sees_the_normalized_view_and_keeps_case():
    assert spans(pattern(r"AB-[0-9]+"), "ＡＢ-４２ and ａｂ-４２") == [("ＡＢ-４２", "normalized")]


def test_exact_pattern_sees_the_plain_text_alone():
    assert spans(pattern("AB", exactly=True), "ＡＢ AB") == [("AB", "plain")]


def test_pattern_matches_do_not_overlap_and_those_of_entries_do():
    assert spans(pattern("a.a"), "a1a1a") == [("a1a", "plain")]
    assert spans(entries("a b a"), "a b a b a") == [("a b a", "plain")] * 2


def test_all_needs_every_entry_in_whatever_view():
    spec = entries("reset", "file", mode="all")
    assert spans(spec, "reset it") == []
    assert spans(spec, "reset the ﬁle, reset") == [
        ("reset", "plain"),
        ("ﬁle", "folded"),
        ("reset", "plain"),
    ]


def test_lone_surrogate_hides_nothing():
    text = "\ud800 reset \udfff 12\ud83d"
    assert spans(entries("reset"), text) == [("reset", "plain")]
    assert spans(pattern(r"\d\d[^a]"), text) == [("12\ud83d", "plain")]


def test_occurrences_are_those_of_the_plain_text():
    scanner = Scanner([entries("file"), pattern(r"[a-z]\d")])
    assert scanner.occurrences(0, "ﬁle file") == [(4, 8)]
    assert scanner.occurrences(1, "a1 ａ１ b2") == [(0, 2), (6, 8)]
    assert scanner.occurrences(1, "nothing") == []


SLOW = r"[ab]*[ab]*[ab]*[ab]*[ab]*c\d"
SLOW_TEXT = "c ac1 " + "ab" * 3_000 + " bc2"


def test_slow_pattern_falls_back_to_re2_with_the_same_meaning(monkeypatch):
    monkeypatch.setattr(matches, "_SECONDS", 0.02)
    assert spans(pattern(SLOW), SLOW_TEXT) == [("ac1", "plain"), ("bc2", "plain")]
    assert spans(pattern(SLOW), "ä" + SLOW_TEXT) == [("ac1", "plain"), ("bc2", "plain")]


def test_slow_pattern_that_re2_reads_otherwise_fails(monkeypatch):
    monkeypatch.setattr(matches, "_SECONDS", 0.002)
    monkeypatch.setattr(matches, "exact_matches", lambda tree, text: None)
    scanner = Scanner([pattern(SLOW), entries("ä")])
    found = scanner.scan("ä" + SLOW_TEXT)
    assert found.spans[0] == Failure("timeout")
    assert scanner.occurrences(0, "ä" + SLOW_TEXT) == []


def test_pattern_that_re2_cannot_decide_is_given_more_time(monkeypatch):
    monkeypatch.setattr(matches, "_SECONDS", 1e-9)
    monkeypatch.setattr(matches, "_SECONDS_PER_CHARACTER", 0)
    monkeypatch.setattr(matches, "_PATIENCE", 1e10)
    monkeypatch.setattr(matches, "exact_matches", lambda tree, text: None)
    assert spans(pattern("b.b"), "é b1b") == [("b1b", "plain")]


def test_many_matches_do_not_depend_on_the_clock(monkeypatch):
    text = "x ab@cd.org é " * 50
    scanner = Scanner([pattern(r"\b[a-z]+@[a-z]+\.org\b")])
    expected = scanner.scan(text)
    monkeypatch.setattr(matches, "_SECONDS", 1e-9)
    monkeypatch.setattr(matches, "_SECONDS_PER_CHARACTER", 0)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(scanner.scan, [text] * 64)) == [expected] * 64


def test_very_many_entries_are_found_as_few_are(monkeypatch):
    words = (*(f"wórd{number}" for number in range(300)), "wórd1 wórd2", "C++")
    text = " ".join((*words, "ｗórd7 Wo\u0301rd8"))
    for mode in ("any", "all"):
        scanner = Scanner([entries(*words, mode=mode)])
        at_once = scanner.scan(text)
        monkeypatch.setattr(module, "_MANY", len(words))
        assert scanner.scan(text) == at_once
        assert len(at_once.spans[0]) > 300
        monkeypatch.undo()


def test_set_out_of_memory_makes_everything_a_candidate(monkeypatch):
    with monkeypatch.context() as patched:  # what lenses keep for the process is not made here
        patched.setattr(prefilter, "_compiled", lambda expressions: lambda encoded: [])
        scanner = Scanner([entries("reset"), pattern(r"\d")], gates=[("never",)])
    assert not scanner.is_quiet("reset 1")
    found = scanner.scan("reset １")
    assert [len(outcome) for outcome in found.spans] == [1, 1]
    assert found.gates == [True]


def test_long_text_has_the_same_candidates_from_several_sets():
    scanner = Scanner([entries("reset", "secret word"), pattern(r"\d+-\d+")])
    parts = (
        "reset ",
        "12-34 ",
        "b&#98;b ",
        "a\u200bb ",
        "b**o**mb ",
        "\u0440a ",
        "c o m b ",
        "plain ",
    )
    one = prefilter.prefilter(scanner.expressions)
    for number in range(1 << len(parts)):
        chosen = "".join(part for at, part in enumerate(parts) if number >> at & 1)
        text = f"{' ' * 4096}{chosen}"
        assert sorted(scanner.candidates(text)) == sorted(one(text)), chosen
        assert sorted(scanner.candidates(chosen)) == sorted(one(chosen)), chosen


def test_several_sets_out_of_memory_make_everything_a_candidate(monkeypatch):
    monkeypatch.setattr(prefilter, "_usual", lambda expressions: lambda encoded: [])
    expressions = ("a", "b", "c")
    occurring = prefilter.prefilter(expressions, usual=("b", "c"))
    assert sorted(occurring("x" * 5000)) == [1, 2, 3]
    assert sorted(occurring("x" * 4000)) == [3]


def test_equal_expressions_are_shared():
    scanner = Scanner([entries("reset", "call"), entries("RESET"), entries("call")])
    alone = Scanner([entries("reset", "call")])
    assert len(scanner.candidates("reset, call")) == len(alone.candidates("reset, call"))
    assert [len(outcome) for outcome in scanner.scan("reset, call").spans] == [2, 1, 1]


def test_entries_at_one_place_are_one_finding():
    assert spans(entries("reset", "RESET"), "reset") == [("reset", "plain")]


def test_all_says_which_entry_was_found():
    (found,) = Scanner([entries("b", "a", mode="all")]).scan("a b a").spans
    assert isinstance(found, tuple)
    assert [span.entry for span in found] == [1, 0, 1]


def test_ten_thousand_entries_are_told_apart():
    words = tuple(f"word{number}x" for number in range(10_000))
    text = "word77x word9999x WORD0X word10000x"
    assert [found for found, _ in spans(entries(*words), text)] == text.split()[:3]
    scanner = Scanner([pattern(r"\dx"), entries(*words)], gates=[("word8x",), ("word9x",)])
    found = scanner.scan("word7x word9x")
    assert [len(outcome) for outcome in found.spans] == [2, 2]
    assert found.gates == [False, True]
    assert scanner.is_quiet("word wordx")
    assert not scanner.is_quiet("Straße １ ｗord5x")


def test_text_of_ten_megabytes_is_scanned():
    text = "Nothing to see here, move on… " * 350_000 + "reset 12-34"
    scanner = Scanner([entries("reset"), pattern(r"\d+-\d+")])
    found = scanner.scan(text)
    assert [[(s.start - len(text), s.end - len(text)) for s in spans] for spans in found.spans] == [
        [(-11, -6)],
        [(-5, 0)],
    ]


def test_scanner_is_shared_by_threads():
    scanner = Scanner([entries(*(f"w{n}" for n in range(200))), pattern(r"\d{3}x")])
    texts = [f"w{n} and {n:03}x, Straße w{n + 1}" for n in range(100)]
    expected = [scanner.scan(text) for text in texts]
    fresh = Scanner([entries(*(f"w{n}" for n in range(200))), pattern(r"\d{3}x")])
    barrier = threading.Barrier(4)

    def work() -> list[module.Scan]:
        barrier.wait()
        return [fresh.scan(text) for text in texts]

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(work) for _ in range(4)]:
            assert result.result() == expected


def test_exact_pattern_is_found_in_a_text_that_hides_too_much():
    scanner = Scanner([pattern("AB", exactly=True), entries("bomb")])
    found = scanner.scan("AB nothing" + "\u200b" * 257)
    assert [len(found.spans[0]), found.spans[1]] == [1, Failure("too much in disguise")]


def test_scan_goes_on_from_a_glance():
    scanner = Scanner([entries("reset"), pattern(r"\d{4}")], gates=[("@",)])
    assert scanner.glance("nothing, a&#98;c") is None
    for text in ("reset 1234", "&#114;eset it", "a@b", "1\u200b234"):
        seen = scanner.glance(text)
        assert seen
        assert scanner.scan(text, seen) == scanner.scan(text)
