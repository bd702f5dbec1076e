"""The documentation is true: its policies compile and pass their own tests, its code runs, its
commands print what is shown, its links lead somewhere, and every docstring example holds.

A page is read from top to bottom in a folder of its own:

- ```guard          compiles without errors or warnings, and its `test` blocks pass;
- ```guard-error    gives exactly the messages of the ```text block after it, or has errors that the
                    ```console block after it shows;
- ```guard-host     is loaded by the ```python block after it, with functions of the host;
- ```python         runs; what it prints is the ```text block after it, if there is one;
- ```console        each `$ guardrail …` prints what stands below it; `…` stands for anything;
- ```diff           is made to the file that was saved last, or to the file it names, which is then
                    saved as the second one it names; `…` stands between its parts;
- ```yaml           is read; a workflow or a file of pre-commit holds only what those know, and every
                    `guardrail …` in it is a command with options that exist;
- ```sh             is valid shell, and so is every `guardrail …` in it;
- ```toml           is read; a `[tool.guardrail]` table holds settings that exist;
- ```json           is JSON, whole or line by line.

Below `<!-- same as: FILE -->` stands the text of that file of the repository.

A block that begins with `# file: NAME`, or stands below `<!-- file: NAME -->`, is saved there.
"""

import contextlib
import doctest
import importlib
import io
import itertools
import os
import pkgutil
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

import guardrail
from guardrail.cli.guards import declared_host
from guardrail.cli.main import main
from guardrail.language.render import render_all
from guardrail.language.source import Source
from guardrail.runtime.compile import diagnose
from guardrail.testing import run_tests
from tests.docs import snippets

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = [
    found.name
    for found in pkgutil.walk_packages(guardrail.__path__, "guardrail.")
    if not found.name.endswith("__main__")
]
BLOCK = re.compile(
    r"^(?:<!-- file: (?P<above>\S+) -->\n+)?```(?P<kind>[\w-]+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SAME = re.compile(r"^<!-- same as: (\S+) -->\n+```[\w-]+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = re.compile(r"--- (?P<old>\S+)\n\+\+\+ (?P<new>\S+)\n")
TITLE = re.compile(r"\A# file: (\S+)\n")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

KINDS = {
    *("guard", "guard-error", "guard-host", "python", "console", "diff"),
    *("yaml", "sh", "toml", "json"),
    "text",  # what others print
    *("lua", "javascript"),  # for editors that are not here
}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass
class Block:
    """A fenced block: its kind, its text, its place, and the file it is saved as."""

    kind: str
    text: str
    where: str
    line: int
    file: str | None

    @property
    def source(self):
        return Source(self.file or "policy.guard", self.text)


END = Block("end", "", "", 0, None)


def blocks_of(page):
    markdown = page.read_text("utf-8")
    for found in BLOCK.finditer(markdown):
        title = TITLE.match(found["text"])
        line = markdown.count("\n", 0, found.start("text"))
        yield Block(
            found["kind"],
            found["text"],
            f"{page.relative_to(ROOT)}:{line}",
            line,
            found["above"] or (title[1] if title else None),
        )


class Reader:
    """Does what a page says, in the current folder."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.exit_code = 0
        self.saved = None

    def read(self, block, following):
        """Try one block; a ```text block that follows shows what it says."""
        shown = following.text if following.kind == "text" else None
        if block.file is not None:
            self.saved = Path(block.file)
            self.saved.parent.mkdir(parents=True, exist_ok=True)
            self.saved.write_text(block.text, "utf-8")
        match block.kind:
            case "guard":
                self.compile(block)
            case "guard-error":
                self.refuse(block, shown, following.kind)
            case "python":
                self.run(block, shown)
            case "console":
                self.type(block)
            case "diff":
                self.amend(block)
            case "yaml" | "sh" | "toml" | "json":
                snippets.CHECKS[block.kind](block.text, block.where)

    def compile(self, block):
        source, host = block.source, declared_host()
        _, diagnostics = diagnose(source, host)
        assert not diagnostics, f"{block.where}\n{render_all(diagnostics)}"
        results = run_tests(source, detectors=dict.fromkeys(host.gives, print))
        failed = [result for result in results if not result.passed]
        assert not failed, f"{block.where}: {failed}"

    def refuse(self, block, shown, following):
        _, diagnostics = diagnose(block.source)
        assert diagnostics, f"{block.where} has no mistakes"
        assert shown is not None or following == "console", f"{block.where}: messages missing"
        if shown is not None:
            assert render_all(diagnostics).strip() == shown.strip(), block.where

    def amend(self, block):
        changed, text = block.text, self.saved.read_text("utf-8")
        if names := FILES.match(changed):
            changed, text = changed[names.end() :], Path(names["old"]).read_text("utf-8")
            self.saved = Path(names["new"])
        for part in changed.split("…\n"):
            lines = [(line[:1] or " ", line[1:] + "\n") for line in part.splitlines()]
            old = "".join(line for sign, line in lines if sign in " -")
            new = "".join(line for sign, line in lines if sign in " +")
            assert text.count(old) == 1, f"{block.where}: not found once:\n{old}"
            text = text.replace(old, new)
        self.saved.write_text(text, "utf-8")

    def run(self, block, shown):
        printed = io.StringIO()
        code = compile("\n" * block.line + block.text, block.where, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, self.names)
        if shown is not None:
            assert printed.getvalue().strip() == shown.strip(), block.where

    def type(self, block):
        for command, shown in commands_of(block.text):
            if command == "echo $?":
                printed = f"{self.exit_code}\n"
            else:
                words = shlex.split(command)
                assert words[0] == "guardrail", f"{block.where}: cannot run `{command}`"
                arguments = itertools.chain.from_iterable(map(expanded, words[1:]))
                result = CliRunner().invoke(main, list(arguments))
                printed, self.exit_code = result.output, result.exit_code
            assert is_like(printed, shown), f"{block.where}: $ {command}\n{printed}"


def commands_of(text):
    """Yield each command of a ```console block with what is shown below it."""
    lines = text.replace("\\\n", "").splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    assert starts[:1] == [0], "a console block begins with a command"
    for start, end in itertools.pairwise([*starts, len(lines)]):
        yield lines[start][2:], "\n".join(lines[start + 1 : end])


def expanded(word):
    """Expand a wildcard as a shell does."""
    found = sorted(str(path) for path in Path().glob(word)) if "*" in word else []
    return found or [word]


def is_like(printed, shown):
    """Compare line by line without trailing space; `…` stands for any text, any number of lines."""
    printed, shown = (
        "\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (printed, shown)
    )
    expected = re.escape(shown).replace(re.escape("…"), ".*?")
    return re.fullmatch(expected, printed, re.DOTALL) is not None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the policies and examples of the repository in it."""
    for name in ("policies", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delenv("GUARDRAIL_HASH_KEY", raising=False)
    return tmp_path


@every_page
def test_page_does_what_it_says(page, folder):
    reader = Reader()
    for block, following in itertools.pairwise([*blocks_of(page), END]):
        reader.read(block, following)


@every_page
def test_copies_of_files_are_current(page):
    for name, text in SAME.findall(page.read_text("utf-8")):
        assert text == (ROOT / name).read_text("utf-8"), f"{page.name}: differs from {name}"


@every_page
def test_every_fence_of_a_page_is_closed_and_named(page):
    assert {block.kind for block in blocks_of(page)} <= KINDS
    fences = re.findall(r"^```.*$", page.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(list(blocks_of(page)))


@every_page
def test_every_link_of_a_page_leads_somewhere(page):
    prose = BLOCK.sub("", page.read_text("utf-8"))
    for target in filter(None, itertools.chain.from_iterable(LINK.findall(prose))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else Path(os.path.normpath(page.parent / path))
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors_of(file), f"{page.name}: {target}"


def anchors_of(page):
    """The anchors that Markdown readers make of the headings of a page."""
    for heading in HEADING.findall(BLOCK.sub("", page.read_text("utf-8"))):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name, folder):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


FAILING = """edition 1
policy p
  on error treat as flag
test "t"
  given output "Hello."
  expect block
"""


def test_a_page_that_lies_is_caught(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    where = ("p.md:1", 1, None)
    text = Block("text", "2\n", *where)
    for block in (
        Block("guard", "edition 1\nrule r on output", *where),
        Block("guard", FAILING, *where),
        Block("guard-error", "edition 1\npolicy p\n  on error treat as flag\n", *where),
        Block("guard-error", "edition 1\n", *where),
        Block("python", "print(1)\n", *where),
        Block("console", "$ guardrail --version\nguardrail 9.9\n", *where),
        Block("yaml", "on: push\njobs: {a: {steps: [{run: make}]}}\n", *where),
        Block("yaml", "- uses: some/action\n", *where),
        Block("yaml", "- run: guardrail lint --no-such-option .\n", *where),
        Block("yaml", "repos: [{repo: a, rev: b, hooks: [{id: no-such-hook}]}]\n", *where),
        Block("sh", "cat a | guardrail no-such-command\n", *where),
        Block("sh", "if true\n", *where),
        Block("toml", "[tool.guardrail]\nno-such-setting = 1\n", *where),
        Block("json", '{"a": 1}\n{"b"}\n', *where),
    ):
        with pytest.raises(AssertionError):
            Reader().read(block, text)
