"""`guardrail fmt`."""

import os
import sys

import pytest

TIDY = 'edition 1\n\nreply bye "Goodbye."\n'
MESSY = 'edition 1 reply  bye"Goodbye."'
BROKEN = "edition 1 reply"


def text_of(place, name):
    return (place.folder / name).read_bytes().decode()


def test_fmt_writes_what_changes_and_names_it(place):
    messy, tidy = place.write("messy.guard", MESSY), place.write("tidy.guard", TIDY)
    result = place.run("fmt", messy, tidy)
    assert (result.exit_code, result.stdout) == (
        0,
        "formatted: messy.guard\n1 file formatted, 1 unchanged\n",
    )
    assert text_of(place, messy) == text_of(place, tidy) == TIDY


def test_fmt_leaves_a_formatted_file_untouched(place):
    name = place.write("tidy.guard", TIDY)
    os.utime(place.folder / name, (1, 1))
    before = (place.folder / name).stat()
    assert place.run("fmt", name).exit_code == 0
    after = (place.folder / name).stat()
    assert (after.st_mtime, after.st_ino) == (before.st_mtime, before.st_ino)


@pytest.mark.parametrize(
    ("options", "code", "shows_diff"),
    [(["--check"], 1, False), (["--diff"], 0, True), (["--check", "--diff"], 1, True)],
)
@pytest.mark.parametrize("text", [MESSY, TIDY], ids=["messy", "tidy"])
def test_fmt_with_check_or_diff_writes_nothing(place, options, code, shows_diff, text):
    name = place.write("a.guard", text)
    result = place.run("fmt", name, *options)
    is_messy = text == MESSY
    assert result.exit_code == (code if is_messy else 0)
    assert text_of(place, name) == text
    assert ('+reply bye "Goodbye."\n' in result.stdout) == (shows_diff and is_messy)
    assert ("would be formatted: a.guard" in result.output) == is_messy


def test_fmt_diff_can_be_applied(place):
    name = place.write("a.guard", "edition 1\r\n# c")
    assert place.run("fmt", name, "--diff").stdout == (
        "--- a.guard\n+++ a.guard (formatted)\n@@ -1,2 +1,3 @@\n"
        "-edition 1\\r\n-# c\n\\ No newline at end of file\n+edition 1\n+\n+# c\n"
    )


def test_fmt_of_a_folder_does_every_file_in_it(place):
    place.write("p/a.guard", MESSY)
    place.write("p/deep/b.guard", MESSY)
    place.write("p/c.txt", MESSY)
    assert place.run("fmt", "p").exit_code == 0
    names = ("p/a.guard", "p/deep/b.guard", "p/c.txt")
    assert [text_of(place, name) for name in names] == [TIDY, TIDY, MESSY]


@pytest.mark.parametrize("content", [BROKEN, b"edition 1 # \xff", "#" * (1 << 20) + "!"])
def test_fmt_of_a_broken_file_gives_2_and_does_the_others(place, content):
    names = [place.write("a.guard", content), place.write("b.guard", MESSY)]
    before = (place.folder / "a.guard").read_bytes()
    result = place.run("fmt", *names)
    assert result.exit_code == 2
    assert "a.guard" in result.stderr
    assert "1 file formatted, 0 unchanged, 1 could not be formatted" in result.stdout
    assert (place.folder / "a.guard").read_bytes() == before
    assert text_of(place, "b.guard") == TIDY


def test_fmt_shows_the_diagnostics_of_a_file_that_does_not_parse(place):
    result = place.run("fmt", place.write("a.guard", BROKEN), "--check")
    assert result.exit_code == 2
    assert "error[G002]" in result.stderr
    assert "a.guard:1:16" in result.stderr


def test_fmt_gives_3_when_the_formatter_goes_wrong_and_does_the_others(place, monkeypatch):
    from guardrail.language import format_layout

    right = format_layout.layout
    monkeypatch.setattr(
        format_layout,
        "layout",
        lambda root, source: "edition 1\n" if source.name == "a.guard" else right(root, source),
    )
    names = [place.write("a.guard", MESSY), place.write("b.guard", MESSY)]
    result = place.run("fmt", *names, place.write("c.guard", BROKEN))
    assert result.exit_code == 3
    assert "`a.guard` is left as it is" in result.stderr
    assert [text_of(place, name) for name in names] == [MESSY, TIDY]


@pytest.mark.parametrize("path", ["none.guard", "empty"])
def test_fmt_of_nothing_gives_2(place, path):
    (place.folder / "empty").mkdir()
    assert place.run("fmt", path).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
def test_fmt_writes_through_a_link_and_keeps_the_mode(place):
    place.write("real/a.guard", MESSY)
    real = place.folder / "real" / "a.guard"
    real.chmod(0o640)
    (place.folder / "link.guard").symlink_to(real)
    assert place.run("fmt", "link.guard").exit_code == 0
    assert (place.folder / "link.guard").is_symlink()
    assert real.read_bytes().decode() == TIDY
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in real.parent.iterdir()) == ["a.guard"]


def test_fmt_says_which_file_cannot_be_written(place, monkeypatch):
    names = [place.write("a.guard", MESSY), place.write("b.guard", MESSY)]
    access = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: access(path, mode) and not (mode == os.W_OK and path == "a.guard"),
    )
    result = place.run("fmt", *names)
    assert result.exit_code == 2
    assert "`a.guard` cannot be written: permission denied" in result.stderr
    assert [text_of(place, name) for name in names] == [MESSY, TIDY]


@pytest.mark.parametrize("text", [f"\ufeff{TIDY}", TIDY.replace("\n", "\r\n"), f"{TIDY}\n"])
def test_fmt_drops_byte_order_marks_carriage_returns_and_blank_lines(place, text):
    name = place.write("a.guard", text)
    assert place.run("fmt", name, "--check").exit_code == 1
    assert place.run("fmt", name).exit_code == 0
    assert text_of(place, name) == TIDY


@pytest.mark.parametrize("text", [MESSY, TIDY, f"\ufeff{MESSY}", MESSY.replace(" ", "\r\n")])
def test_fmt_of_standard_input_writes_standard_output_alone(place, text):
    result = place.run("fmt", "-", input=text.encode())
    assert (result.exit_code, result.stdout, result.stderr) == (0, TIDY, "")


@pytest.mark.parametrize(
    ("options", "content", "code"),
    [
        (["--check"], MESSY, 1),
        (["--check"], TIDY, 0),
        ([], BROKEN, 2),
        ([], b"\xff", 2),
        (["other.guard"], TIDY, 2),
    ],
)
def test_fmt_of_standard_input_writes_nothing_else(place, options, content, code):
    content = content if isinstance(content, bytes) else content.encode()
    result = place.run("fmt", "-", *options, input=content)
    assert (result.exit_code, result.stdout) == (code, "")


def test_fmt_help_shows_an_example(place):
    assert "guardrail fmt --check --diff policies/" in place.run("fmt", "--help").stdout
