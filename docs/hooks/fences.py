"""Fences as the pages write them, made fences that the site renders."""

import re

from pygments.lexers import _lexer_cache
from pygments.lexers._mapping import LEXERS

from guardrail.editors.pygments import GuardLexer

FENCE = re.compile(
    r"^(?:<!-- file: (?P<above>\S+) -->\n+)?"
    r"^(?P<ticks>`{3,})(?P<kind>[\w-]+)(?: (?P<word>[\w-]+))?\n(?P<text>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r"\A# file: (?P<name>\S+)\n")
LEXER_OF = {"guard-error": "guard", "guard-host": "guard", "sh": "sh", "jsonl": "json"}
"""Kinds of fences whose lexer has another name."""


def register_lexer() -> None:
    """Make Pygments know the policy language, also where the package was installed long ago."""
    name, aliases = GuardLexer.name, tuple(GuardLexer.aliases)
    LEXERS["GuardLexer"] = (GuardLexer.__module__, name, aliases, ("*.guard",), ())
    _lexer_cache[name] = GuardLexer


def rewritten(markdown: str) -> str:
    """Return the page with a title on each block that is a file, and a class for its kind.

    A block below `<!-- file: NAME -->`, or that begins with `# file: NAME`, is the file NAME. A
    second word, as in `guard avoid`, becomes a class.
    """
    return FENCE.sub(_fence, markdown)


def _fence(found: re.Match[str]) -> str:
    kind, text, ticks = found["kind"], found["text"], found["ticks"]
    inside = TITLE.match(text)
    name = found["above"] or (inside["name"] if inside else None)
    lexer = LEXER_OF.get(kind, kind)
    classes = [lexer, kind if kind != lexer else None, found["word"]]
    head = " ".join(f".{each}" for each in classes if each)
    title = f' title="{name}"' if name else ""
    body = text[inside.end() :] if inside else text
    return f"\n{ticks}{{ {head}{title} }}\n{body}{ticks}\n"
