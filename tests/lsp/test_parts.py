"""The parts of the server that need no process: places, documents, help for words."""

import random

import pytest

from guardrail.language.parser import keywords, parse
from guardrail.language.source import Range, Source
from guardrail.lsp.documents import Documents
from guardrail.lsp.index import Index
from guardrail.lsp.keyword_help import KEYWORDS
from guardrail.lsp.places import Places
from guardrail.lsp.report import carried
from guardrail.lsp.roots import root_of
from tests.support.engine import seeds

types = pytest.importorskip("lsprotocol.types")


def test_every_word_has_its_line():
    assert set(KEYWORDS) == set(keywords())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_places_go_there_and_back(encoding):
    """Every offset but those inside a line break."""
    rng = random.Random(encoding)
    for _ in range(200):
        text = "".join(
            rng.choices(["a", "é", "漢", "😀", "\n", "\r\n", "\r", "\u2028", "\t"], k=12)
        )
        places = Places(text, encoding)
        for offset in range(len(text) + 1):
            if text[offset - 1 : offset + 1] != "\r\n":
                assert places.offset(places.position(offset)) == offset


def test_places_beyond_a_line_mean_its_end():
    places = Places("ab\n😀\n")
    assert places.offset(types.Position(0, 99)) == 2
    assert places.offset(types.Position(1, 1)) == 3
    assert places.offset(types.Position(99, 0)) == 5


@pytest.mark.properties
def test_changes_apply_as_an_editor_means_them():
    """Full count: 2,000 changes."""
    for seed, rng in seeds("changes", 100):
        documents, text = Documents(), "first\n😀 second\r\nthird"
        documents.put("file:///a.guard", 1, text)
        for version in range(2, 7):
            start, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
            places = Places(text)
            start, end = (places.offset(places.position(each)) for each in (start, end))
            new = rng.choice(["", "x", "é\n", "\r", "😀"])
            change = types.TextDocumentContentChangePartial(places.range(Range(start, end)), new)
            text = text[:start] + new + text[end:]
            document = documents.change("file:///a.guard", version, [change])
            assert document.source.text == text, seed
            assert document.version == version
    assert documents.change("file:///b.guard", 1, []) is None


def test_an_old_version_in_another_pane_is_not_the_file(tmp_path):
    """Editors open the sides of a comparison under a scheme of their own."""
    path = tmp_path / "a.guard"
    documents = Documents()
    now = documents.put(path.as_uri(), 1, "now")
    old = f"git:{path}?ref=HEAD"
    assert documents.put(old, 1, "before").source.text == "before"
    assert documents.at(path) is now
    documents.close(old)
    assert documents.at(path) is now
    documents.close(path.as_uri())
    assert documents.at(path) is None


def test_diagnostics_are_carried_through_an_edit():
    old, new = Places("one two three four"), Places("one two, and three four")

    def said(places, word):
        start = places.text.index(word)
        range_ = places.range(Range(start, start + len(word)))
        edges = {"start": range_.start, "end": range_.end}
        return {
            "message": word,
            "range": {
                name: {"line": edge.line, "character": edge.character}
                for name, edge in edges.items()
            },
        }

    before = [said(old, word) for word in ("one", "two", "three", "four")]
    kept = list(carried(before, old, new))
    assert kept == [said(new, word) for word in ("one", "three", "four")]


def test_the_root_of_a_part_is_found_through_other_parts(tmp_path):
    inner = tmp_path / "parts" / "inner"
    inner.mkdir(parents=True)
    files = {
        tmp_path / "policy.guard": 'edition 1\nimport "parts/a.guard" as a\npolicy p\n',
        tmp_path / "other.guard": 'edition 1\npolicy q\nimport "parts/c.guard" as c\n',
        tmp_path / "parts" / "a.guard": 'edition 1\nimport "inner/b.guard" as b\n',
        inner / "b.guard": "edition 1\n",
        inner / "x.guard": 'edition 1\nimport "y.guard" as y\n',
        inner / "y.guard": 'edition 1\nimport "x.guard" as x\n',
    }
    for path, text in files.items():
        path.write_text(text, "utf-8")
    assert root_of(inner / "b.guard", tmp_path, files.__getitem__) == tmp_path / "policy.guard"
    assert root_of(inner / "x.guard", tmp_path, files.__getitem__) is None
    assert root_of(inner / "b.guard", inner, files.__getitem__) is None


def test_bare_words_in_arguments_are_marked_as_values():
    text = 'edition 1\ndetector d = links(allow: ours)\nlist ours ["a"]\n'
    source = Source("a.guard", text)
    index = Index(source, parse(source)[0])
    (use,) = [each for each in index.uses if each.name == "ours"]
    assert use.is_value
    assert index.sort("ours") == "list"
    assert index.sort("theirs") is None
