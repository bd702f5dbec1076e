"""Hooks of the site: pages that are made when it is built, and what Markdown needs to become one.

The pages in `docs/` are written to read well where they lie. What a site needs beyond that is done
here: a page for each code, for the commands and for each shipped policy; links that lead out of
`docs/` lead to those pages; fences get a title, a lexer and a class.
"""

import functools
import re
from pathlib import Path

from commands import commands_page
from fences import register_lexer, rewritten
from links import Site, relinked
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from guardrail.language.diagnostics import CATALOGUE
from guardrail.lint.catalogue import BY_CODE
from guardrail.lint.pages import page as code_page

ROOT = Path(__file__).parents[2]
INDEX_ROW = re.compile(r"\| \[(G\d{3})\]")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the generated pages in their places in the navigation."""
    register_lexer()
    config.nav = _filled(config.nav)
    return config


def _filled(nav: object) -> object:
    """Return the navigation with what stands for generated pages replaced by them."""
    match nav:
        case list():
            return [_filled(each) for each in nav]
        case dict():
            return {title: _filled(each) for title, each in nav.items()}
        case "CODES":
            return [{"All codes": "codes.md"}, *_codes_by_family()]
        case "POLICIES":
            return [{_policy_title(path): _policy_uri(path)} for path in _policies()]
    return nav


def _codes_by_family() -> list[dict[str, list[dict[str, str]]]]:
    """Return the codes under the headings of their index."""
    families: dict[str, list[dict[str, str]]] = {}
    for code, family in _families().items():
        page = {f"{code} {CATALOGUE[code].name}": f"codes/{code}.md"}
        families.setdefault(family, []).append(page)
    return [{family: pages} for family, pages in families.items()]


@functools.cache
def _families() -> dict[str, str]:
    """Return the heading under which the index has each code."""
    found, heading = {}, ""
    for line in (ROOT / "docs" / "codes.md").read_text("utf-8").splitlines():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        if row := INDEX_ROW.match(line):
            found[row[1]] = heading
    return found


def _policies() -> list[Path]:
    return sorted((ROOT / "policies").rglob("*.guard"))


def _policy_title(path: Path) -> str:
    return path.relative_to(ROOT / "policies").with_suffix("").as_posix()


def _policy_uri(path: Path) -> str:
    return f"policies/{_policy_title(path)}.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that nobody writes by hand."""
    made = {
        "readme.md": (ROOT / "README.md").read_text("utf-8"),
        "reference/commands.md": commands_page(),
    }
    made |= {f"codes/{code}.md": _code(code) for code in CATALOGUE}
    made |= {_policy_uri(path): _policy(path) for path in _policies()}
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    return files


def _code(code: str) -> str:
    """Return the page of a code, with its level below the title."""
    entry = CATALOGUE[code]
    title, _, rest = code_page(code).partition("\n")
    family = _families().get(code, "")
    return f"{title}\n\n**{entry.level}** · {family} · `guardrail explain {code}`\n{rest}"


def _policy(path: Path) -> str:
    title = path.relative_to(ROOT).as_posix()
    parts = (
        f"---\nhide: [toc]\n---\n# {_policy_title(path)}",
        f"`{title}`, as it is shipped.",
        f"```guard\n{path.read_text('utf-8')}```\n",
    )
    return "\n\n".join(parts)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return a page as the site needs it."""
    return rewritten(relinked(markdown, page.file.src_uri, Site(ROOT, _pages())))


@functools.cache
def _pages() -> dict[str, str]:
    """Return the files outside `docs/` that have a page, and their pages."""
    pages = {"README.md": "readme.md"}
    pages |= {path.relative_to(ROOT).as_posix(): _policy_uri(path) for path in _policies()}
    for code in CATALOGUE:
        rule = BY_CODE.get(code)
        file = f"guardrail/language/codes/{code}.md"
        if rule is not None:
            file = rule.check.__module__.replace(".", "/") + ".py"
        pages[file] = f"codes/{code}.md"
    return pages
