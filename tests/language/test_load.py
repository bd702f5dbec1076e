from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from guardrail.errors import PolicyError
from guardrail.language.load import diagnose, load
from guardrail.language.render import render_all
from guardrail.language.source import Source

HEAD = "edition 1 policy p on error treat as violation\n"
KEYED = 'detector pii = pii() rule r on output when pii found then redact as "{hash}"'


def test_load_raises_warnings_too_when_there_is_an_error(vocabulary):
    text = HEAD + "list none [] rule r on output when none found then flag"
    with pytest.raises(PolicyError) as raised:
        load(Source("p.guard", text), vocabulary)
    assert [found.code for found in raised.value.diagnostics] == ["G405", "G103"]
    assert "p.guard:2:6" in str(raised.value)


def test_warnings_alone_do_not_stop(vocabulary):
    source = Source("p.guard", HEAD + 'reply unused "x"')
    policy, found = diagnose(source, vocabulary)
    assert policy is not None
    assert [mistake.code for mistake in found] == ["G110"]
    assert load(source, vocabulary).name == "p"


def test_hash_needs_a_key_only_to_load(vocabulary):
    source = Source("p.guard", HEAD + KEYED)
    assert diagnose(source, vocabulary)[1] == []
    assert load(source, vocabulary, has_hash_key=True).needs_hash_key
    with pytest.raises(PolicyError) as raised:
        load(source, vocabulary)
    assert [found.code for found in raised.value.diagnostics] == ["G217"]


@pytest.mark.parametrize(("today", "holds"), [(date(2026, 1, 31), True), (date(2026, 2, 1), False)])
def test_last_day_of_an_exception_counts(vocabulary, today, holds):
    text = 'rule r on output when text contains "a" unless text contains "b" until 2026-01-31 then flag'
    policy, found = diagnose(Source("p.guard", HEAD + text), vocabulary, today=today)
    assert (policy.rules[0].unless is not None) == holds
    assert found == []  # whether the day has passed is for the linter to say


def test_syntax_stops_before_names(vocabulary):
    text = HEAD + "rule r on output when nothing found then flag\nreply x y\n"
    policy, found = diagnose(Source("p.guard", text), vocabulary)
    assert policy is None
    assert {mistake.code[:2] for mistake in found} == {"G0"}


def test_missing_root_renders(vocabulary, tmp_path):
    path = tmp_path / "none.guard"
    policy, found = diagnose(path, vocabulary)
    assert policy is None
    shown = render_all(found)
    assert "error[G105]: cannot read" in shown
    assert str(path) in shown


def test_source_without_a_folder_reads_beside_the_caller(vocabulary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("w.txt").write_text("alpha\n")
    text = HEAD + 'list w from file "w.txt" rule r on output when text contains any w then flag'
    assert load(Source("<memory>", text), vocabulary).lists["w"].entries == ("alpha",)


def test_long_chain_of_imports_is_checked(vocabulary, tmp_path):
    for number in range(1200):
        text = f'edition 1\nimport "f{number + 1}.guard" as next\n'
        (tmp_path / f"f{number}.guard").write_text(text)
    (tmp_path / "f1200.guard").write_text("edition 1\n")
    root = Source(str(tmp_path / "root.guard"), HEAD + 'import "f0.guard" as first')
    policy, found = diagnose(root, vocabulary)
    assert policy is not None
    assert [mistake.code for mistake in found] == ["G109"]


def test_root_that_is_not_utf8_shows_the_line(vocabulary, tmp_path):
    path = tmp_path / "latin.guard"
    path.write_bytes("edition 1\npolicy p # caf\xe9\n".encode("latin-1"))
    _, found = diagnose(path, vocabulary)
    shown = render_all(found)
    assert f"{path}:2:15\n" in shown
    assert "2 | policy p # caf�\n  |               ^" in shown
