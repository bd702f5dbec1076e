"""What the tables read is what the parser generator reads."""

import random
from pathlib import Path

import pytest

from guardrail.language import parser
from guardrail.language.tables import Branch, Word

ROOT = Path(__file__).parents[2]
FILES = sorted({*ROOT.glob("policies/**/*.guard"), *ROOT.glob("examples/**/*.guard")})
DEEP = f"edition 1 rule r on output when {'not ' * 60}d found then flag"
LONG = "edition 1 list l [" + ", ".join(['"x"'] * 5_000) + "]"


def lark_tree(text: str) -> object:
    if parser._CONTROL.search(text):
        return None
    return parser._read(text, "start").tree


def shown(node: object) -> object:
    """Both kinds of tree as tuples: kind, place, parts."""
    if isinstance(node, str):
        return node.type, str(node), node.start_pos, node.end_pos
    place = node.meta
    return str(node.data), place.start_pos, place.end_pos, [shown(each) for each in node.children]


def test_release_of_the_generator_is_known():
    assert parser.tables() is not None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_policies_are_read_alike(path):
    text = path.read_text("utf-8")
    tree = parser.tables().read(text)
    assert isinstance(tree, Branch)
    assert shown(tree) == shown(lark_tree(text))


def test_mutilated_policies_are_read_alike_or_left():
    dice = random.Random(5)
    pieces = [
        str(token)
        for path in FILES[:6]
        for token in parser._read(path.read_text("utf-8"), "start").tokens
    ]
    alike = left = 0
    for _ in range(200):
        path = dice.choice(FILES)
        tokens = [*map(str, parser._read(path.read_text("utf-8"), "start").tokens)][:60]
        at = dice.randrange(1, len(tokens))
        how = dice.randrange(4)
        new = [[], [dice.choice(pieces)], [tokens[at], tokens[at]], [tokens[at], "# rest\n"]][how]
        text = " ".join((*tokens[:at], *new, *tokens[at + 1 :]))
        read, theirs = parser.tables().read(text), lark_tree(text)
        if read is None:
            left += 1
        else:
            assert theirs is not None
            assert shown(read) == shown(theirs)
            alike += 1
        assert (read is None) == (theirs is None)
    assert alike > 15
    assert left > 50


def test_long_lists_are_read_and_what_nests_deep_is_left():
    read = parser.tables().read(LONG)
    assert len(read.children[1].children) == 5_001
    assert shown(read) == shown(lark_tree(LONG))
    assert parser.tables().read(DEEP) is None
    assert lark_tree(DEEP) is not None


def test_words_have_their_kind_and_place():
    tree = parser.tables().read('edition 1  # one\nreply bye "Goodbye."')
    name = tree.children[1].children[0]
    assert isinstance(name, Word)
    assert (name, name.type, name.start_pos, name.end_pos) == ("bye", "NAME", 23, 26)


def test_unknown_release_is_no_failure(monkeypatch):
    monkeypatch.setattr(parser, "Tables", lambda lark: lark.nothing)
    assert parser.tables.__wrapped__() is None
