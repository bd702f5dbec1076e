from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest

from guardrail.language import files, resolve
from guardrail.language.files import entries_of
from guardrail.language.source import Source

EMPTY = "edition 1\n"


def importing(*paths: str) -> str:
    return EMPTY + "".join(f'import "{path}" as {Path(path).stem}\n' for path in paths)


def write(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / next(iter(texts))


def codes(root: os.PathLike[str] | Source) -> list[str]:
    program, mistakes = resolve.resolve(root)
    assert (program is None) == bool(mistakes)
    return [mistake.code for mistake in mistakes]


def digest(root: os.PathLike[str] | Source) -> str:
    program, mistakes = resolve.resolve(root)
    assert program, mistakes
    return program.digest


def prefixes(root: Path) -> dict[str, str]:
    program, mistakes = resolve.resolve(root)
    assert program, mistakes
    return {module.location.path.name: prefix for module, prefix in program.prefixes.items()}


def test_imports_are_relative_to_the_file_that_names_them(tmp_path):
    root = write(
        tmp_path,
        {
            "root.guard": importing("sub/a.guard"),
            "sub/a.guard": importing("./b.guard") + 'list words from file "lists/w.txt"\n',
            "sub/b.guard": EMPTY,
            "sub/lists/w.txt": "one\n",
        },
    )
    assert prefixes(root) == {"root.guard": "", "a.guard": "a", "b.guard": "a.b"}


def test_names_take_the_shortest_path_then_the_first_alphabetically(tmp_path):
    root = write(
        tmp_path,
        {
            "root.guard": importing("z.guard", "y.guard", "long.guard"),
            "long.guard": importing("deep.guard"),
            "deep.guard": importing("shared.guard"),
            "y.guard": importing("shared.guard", "late.guard"),
            "z.guard": importing("shared.guard") + 'import "late.guard" as early\n',
            "shared.guard": EMPTY,
            "late.guard": EMPTY,
        },
    )
    found = prefixes(root)
    assert found["shared.guard"] == "y.shared"
    assert found["late.guard"] == "y.late"
    assert len(found) == 7


def test_one_file_under_two_aliases_is_one_module(tmp_path):
    root = write(
        tmp_path,
        {
            "root.guard": EMPTY + 'import "a.guard" as two\nimport "./a.guard" as one\n',
            "a.guard": EMPTY,
        },
    )
    assert prefixes(root) == {"root.guard": "", "a.guard": "one"}


def test_library_means_the_shipped_policies(tmp_path, monkeypatch):
    library = tmp_path / "library"
    write(library, {"std/a.guard": importing("b.guard"), "std/b.guard": EMPTY})
    monkeypatch.setattr(files.assets, "folder", lambda kind: library)
    root = write(
        tmp_path / "here",
        {"root.guard": importing("std/a.guard"), "std/a.guard": "not even a policy"},
    )
    program, _ = resolve.resolve(root)
    assert [module.source.name for module in program.prefixes] == [
        str(root),
        "std/a.guard",
        "std/b.guard",
    ]


@pytest.mark.parametrize("chain", [["a.guard"], ["b.guard", "a.guard"], ["root.guard"]])
def test_cycle_is_one_mistake(tmp_path, chain):
    texts = {"root.guard": importing("a.guard"), "a.guard": importing(chain[0])}
    for name, target in pairwise(chain):
        texts[name] = importing(target)
    assert codes(write(tmp_path, texts)) == ["G107"]


def test_long_chain_of_imports_is_no_cycle(tmp_path):
    texts = {f"f{n}.guard": importing(f"f{n + 1}.guard") for n in range(1500)}
    root = write(tmp_path, {**texts, "f1500.guard": EMPTY})
    assert len(prefixes(root)) == 1501


@pytest.mark.parametrize(
    "path",
    ["../a.guard", "sub/../a.guard", "/a.guard", "http://a.guard", "C:/a.guard", "a\\\\b.guard"],
)
def test_path_outside_the_folder_is_refused(tmp_path, path):
    write(tmp_path, {"a.guard": EMPTY, "sub/a.guard": EMPTY})
    root = write(tmp_path, {"root.guard": EMPTY + f'import "{path}" as a\n'})
    assert codes(root) == ["G108"]


@pytest.mark.parametrize("path", ["link.guard", "folder/a.guard"])
def test_link_below_the_folder_is_refused(tmp_path, path):
    write(tmp_path, {"real/a.guard": EMPTY})
    (tmp_path / "link.guard").symlink_to("real/a.guard")
    (tmp_path / "folder").symlink_to("real")
    root = write(tmp_path, {"root.guard": importing(path)})
    assert codes(root) == ["G108"]


def test_link_to_the_root_is_followed(tmp_path):
    write(tmp_path, {"real.guard": importing("a.guard"), "a.guard": EMPTY})
    link = tmp_path / "link.guard"
    link.symlink_to("real.guard")
    assert codes(link) == []


@pytest.mark.parametrize("path", ["nothing.txt", "folder", "pipe", "", "a\\u{0}b", "x" * 5000])
def test_unreadable_list_is_reported_and_nothing_waits(tmp_path, path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    root = write(tmp_path, {"root.guard": EMPTY + f'list words from file "{path}"\n'})
    assert codes(root) == ["G105"]


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/nowhere/x.guard"])
def test_unreadable_root_is_a_mistake_at_its_start(path):
    program, [mistake] = resolve.resolve(path)
    assert program is None
    assert (mistake.code, mistake.source.name, mistake.source.text) == ("G105", path, "")


def test_pipe_as_root_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert codes(tmp_path / "pipe") == ["G105"]


def test_root_that_is_too_large_or_not_utf8_is_refused(tmp_path):
    root = tmp_path / "root.guard"
    root.write_bytes(b"#" * (1 << 20) + b"\n")
    assert codes(root) == ["G118"]
    root.write_bytes(b"edition 1\n# caf\xe9\n")
    assert codes(root) == ["G106"]
    assert codes(Source("root.guard", "#" * (1 << 20) + "\n")) == ["G118"]


def test_list_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(resolve, "LIST_LIMIT", 10)
    root = write(
        tmp_path, {"root.guard": EMPTY + 'list words from file "w.txt"\n', "w.txt": "a\n" * 6}
    )
    assert codes(root) == ["G118"]


def test_byte_order_mark_is_no_part_of_the_text(tmp_path):
    root = tmp_path / "root.guard"
    root.write_bytes(b'\xef\xbb\xbfedition 1\nlist words from file "w.txt"\n')
    (tmp_path / "w.txt").write_bytes(b"\xef\xbb\xbfone\r\n two \r\n\r\n#three\r\n\\#four\r\n\\five")
    program, _ = resolve.resolve(root)
    (module,) = program.prefixes
    assert [entry.text for entry in module.lists["w.txt"].entries] == [
        "one",
        "two",
        "#four",
        "\\five",
    ]


def test_entries_know_where_they_stand():
    text = "one\r\n  two words\t\n# no\n\\#\n"
    assert [text[entry.span.start : entry.span.end] for entry in entries_of(text)] == [
        "one",
        "two words",
        "\\#",
    ]


def test_text_in_memory_stands_for_the_file_of_its_name(tmp_path):
    root = write(tmp_path, {"root.guard": importing("a.guard"), "a.guard": EMPTY})
    assert digest(Source(str(root), importing("a.guard"))) == digest(root)
    assert codes(Source(str(root), importing("root.guard"))) == ["G107"]


def test_digest_changes_with_content_and_not_with_the_place(tmp_path):
    texts = {
        "root.guard": importing("a.guard") + 'list words from file "w.txt"\n',
        "a.guard": EMPTY,
        "w.txt": "one\n",
    }
    first = digest(write(tmp_path / "one", texts))
    assert first.startswith("sha256:")
    assert first == digest(write(tmp_path / "two", texts))
    for name, text in texts.items():
        changed = {**texts, name: text + "\n# more\n"}
        assert digest(write(tmp_path / name, changed)) != first


def test_logical_names_tell_library_and_folder_apart():
    origin = files.Location(Path("/somewhere/root.guard"), PurePosixPath("/"))
    import_ = files.locate(origin, "std/a.guard", is_import=True)
    list_ = files.locate(origin, "std/a.guard", is_import=False)
    assert (import_.shown, list_.shown) == ("std/a.guard", "/somewhere/std/a.guard")
    assert import_.logical != list_.logical
