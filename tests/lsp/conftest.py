"""Editors with a server: one for most tests, each test in a folder of its own."""

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.support.editor import Editor

POLICY = """edition 1
policy desk "Help desk"
  owner "Desk"
  on error treat as violation
  fallback sorry

principle safe "Do not leak"

list codenames ["falcon", "plan b"]
pattern badge = /\\bB-[0-9]{4}\\b/
detector pii = pii(entities: [PERSON])
detector tongue = language()
reply sorry "😀 Sorry, no."

rule no_names on output severity high
  enforces safe
  when text contains any codenames or text matches badge
  then block with sorry

rule hide on output
  enforces safe
  when pii found
  then redact

rule english on output
  enforces safe
  require tongue is "en"
  then flag

test "names are blocked"
  given output "The falcon flies."
  expect block by no_names

test "this one fails"
  given output "The falcon flies."
  expect allow
"""


@pytest.fixture(scope="module")
def one_editor(tmp_path_factory):
    one = Editor(tmp_path_factory.mktemp("editor"))
    yield one
    one.close()


@pytest.fixture
def folder(one_editor, request):
    place = one_editor.root / f"test{abs(hash(request.node.nodeid))}"
    place.mkdir()
    return place


@pytest.fixture
def editor(one_editor, folder):
    """The editor, with nothing open."""
    one_editor.folder = folder
    yield one_editor
    one_editor.close_all()


@pytest.fixture
def reader(editor):
    """The editor, with the policy open."""
    editor.policy = editor.open("a.guard", POLICY)
    return editor


@pytest.fixture
def editor_in(tmp_path):
    """Start editors with servers of their own."""
    started = []

    def start(**capabilities):
        started.append(Editor(tmp_path, **capabilities))
        return started[-1]

    yield start
    for one in started:
        one.close()
