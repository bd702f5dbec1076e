"""A page in one file: escaping by type, elements, and a document that may load nothing.

Text becomes `Html` only by `text`, `element` and `join`; so nothing reaches a page unescaped.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NewType

Html = NewType("Html", str)
"""Markup that is safe to put into a page."""

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_VOID: Final = frozenset({"input", "meta", "link", "br", "hr", "img"})
_NAME: Final = re.compile(r"[a-zA-Z][\w:.-]*")


def text(value: object) -> Html:
    r"""Return a value as text of a page; characters that hide or reorder others are written out.

    >>> text("<b>\u202e & 'c'")
    '&lt;b&gt;\\u202e &amp; &#x27;c&#x27;'
    """
    shown = _CONTROL.sub(lambda found: ascii(found[0])[1:-1], str(value))
    return Html(html.escape(shown, quote=True))


def join(parts: Iterable[Html], between: str = "") -> Html:
    """Return parts one after the other, with text between them."""
    return Html(str(text(between)).join(parts))


def element(name: str, /, *children: Html, **attributes: object) -> Html:
    """Return an element; an attribute that is None or False is left out, True stands alone.

    An underscore at the end of a name is dropped (`class_`), others are hyphens.

    >>> element("p", text("a & b"), class_="note", hidden=True, title=None)
    '<p class="note" hidden>a &amp; b</p>'
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"no element is called {name!r}")
    listed = "".join(
        f" {_attribute(key)}" if value is True else f' {_attribute(key)}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{listed}>")
    return Html(f"<{name}{listed}>{''.join(children)}</{name}>")


def _attribute(key: str) -> str:
    name = key.removesuffix("_").replace("_", "-")
    if not _NAME.fullmatch(name) or name.startswith("on"):
        raise ValueError(f"no attribute is called {name!r}")
    return name


def asset(name: str) -> str:
    """Return a style or script that lies beside this module."""
    return (Path(__file__).parent / name).read_text("utf-8")


def page(title: str, *body: Html, styles: Iterable[str] = (), scripts: Iterable[str] = ()) -> bytes:
    """Return a whole document.

    Its policy lets the browser load nothing at all, from anywhere, and run only these styles and
    scripts, which it names by digest.

    Args:
        title: the name of the page.
        body: what stands in it.
        styles: more style sheets, as text; `page.css` comes first.
        scripts: scripts, as text; they run when the page stands.

    >>> b"<h1>Hello</h1>" in page("Demo", element("h1", text("Hello")))
    True
    """
    style = "\n".join([asset("page.css"), *styles])
    script = "\n".join(scripts)
    allowed = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": f"'sha256-{_digest(style)}'",
        "script-src": f"'sha256-{_digest(script)}'" if script else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    policy = "; ".join(f"{key} {value}" for key, value in allowed.items())
    head = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="guardrail"),
        element("link", rel="icon", href="data:,"),
        element("title", text(title)),
        element("style", _raw(style, "</style")),
    )
    end = (element("script", _raw(script, "</script")),) if script else ()
    document = element(
        "html",
        element("head", Html("\n"), join(head, "\n"), Html("\n")),
        Html("\n"),
        element("body", *body, *end),
        lang="en",
    )
    return f"<!doctype html>\n{document}\n".encode()


def _digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()


def _raw(code: str, end: str) -> Html:
    if end in code.lower() or "\r" in code:
        raise ValueError(f"code inside a page must not hold {end!r} or carriage returns")
    return Html(code)


def list_card(title: str, lines: Sequence[str], class_: str) -> Html:
    """Return a section with a list; nothing where it has no lines."""
    if not lines:
        return Html("")
    items = [element("li", text(line)) for line in lines]
    return element("section", element("h2", text(title)), element("ul", *items), class_=class_)
