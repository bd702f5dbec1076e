"""Links that are right in the repository, made right in the site."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LINK = re.compile(r"(?P<head>!?\[(?P<text>[^\]]*)\])\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Site:
    """The folder of the repository, and which of its files outside `docs/` became which page."""

    root: Path
    pages: dict[str, str]

    def uri_of(self, path: str) -> str | None:
        """Return the page for a path in the repository; None if it has none."""
        if path.startswith("docs/"):
            return path.removeprefix("docs/")
        return self.pages.get(path)


def relinked(markdown: str, uri: str, site: Site) -> str:
    """Return the page with its links leading to pages of the site, or to nothing as plain text."""
    made_of = {page: path for path, page in site.pages.items()}
    here = made_of.get(uri, f"docs/{uri}")

    def change(found: re.Match[str]) -> str:
        target, _, anchor = found["target"].partition("#")
        if not target or "://" in target:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        wanted = site.uri_of(path)
        if wanted is None:
            # Not part of the site: the words stay, unless the file is missing altogether.
            return found["text"] if (site.root / path).exists() else found[0]
        there = posixpath.relpath(wanted, posixpath.dirname(uri) or ".")
        return f"{found['head']}({there}{'#' + anchor if anchor else ''})"

    return _outside_fences(markdown, lambda text: LINK.sub(change, text))


def _outside_fences(markdown: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])
