"""The documentation as a site: it builds without a warning, its links lead somewhere, every code and
command has its place, and no page loads anything from elsewhere.
"""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from guardrail.cli.main import main
from guardrail.language.diagnostics import CATALOGUE
from tests.support.site import Page, build

ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
LOADED_BY_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def target_of(page, path):
    """The file that a link of a page leads to."""
    found = (page.parent / unquote(path)).resolve() if path else page
    return found / "index.html" if found.is_dir() else found


def test_every_link_leads_to_a_page_and_an_anchor(site, pages):
    broken = []
    for page, content in pages.items():
        if page.name == "404.html":
            continue
        for link in content.links:
            if ELSEWHERE.match(link) or link.startswith("mailto:"):
                continue
            path, _, anchor = link.partition("#")
            target = target_of(page, path.partition("?")[0])
            known = pages.get(target)
            is_there = target.is_file() and (
                not anchor or (known and unquote(anchor) in known.anchors)
            )
            if not is_there:
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    loaded = [
        f"{page.relative_to(site)}: {what}"
        for page, content in pages.items()
        for what in content.loads
        if ELSEWHERE.match(what)
    ]
    loaded += [
        f"{style.relative_to(site)}: {found}"
        for style in site.rglob("*.css")
        for found in LOADED_BY_STYLE.findall(style.read_text("utf-8"))
        if ELSEWHERE.match("".join(found))
    ]
    assert loaded == []


def test_what_pages_load_is_there(site, pages):
    missing = [
        f"{page.relative_to(site)}: {what}"
        for page, content in pages.items()
        if page.name != "404.html"
        for what in content.loads
        if not what.startswith(("data:", "#"))
        and not target_of(page, what.partition("?")[0]).is_file()
    ]
    assert missing == []


@pytest.mark.parametrize(
    "page", ['<img src="//a.example/x.png">', '<script src="https://a.example">']
)
def test_a_page_that_loads_from_elsewhere_is_seen(page):
    assert any(map(ELSEWHERE.match, Page(page).loads))


def test_every_code_has_a_page_in_the_navigation(site):
    index = (site / "codes" / "index.html").read_text("utf-8")
    for code, entry in CATALOGUE.items():
        page = site / "codes" / code / "index.html"
        assert f"{code} {entry.name}" in page.read_text("utf-8")
        assert f'href="{code}/"' in index


def test_every_command_is_in_the_reference(site):
    page = Page((site / "reference" / "commands" / "index.html").read_text("utf-8"))
    wanted = {f"guardrail-{name}" for name, command in main.commands.items() if not command.hidden}
    assert wanted <= page.anchors


def test_no_fence_stays_unrendered(site):
    for page in site.rglob("*.html"):
        text = re.sub(r"<pre>.*?</pre>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert "```" not in text, page


def test_policies_are_colored(site):
    text = (site / "tutorial" / "index.html").read_text("utf-8")
    block = re.search(r'class="language-guard.*?</code>', text, re.DOTALL)[0]
    assert {"k", "s2", "c1"} & set(re.findall(r'<span class="(\w+)">', block))


def test_the_parts_that_are_no_pages_stay_out(site):
    assert not list(site.rglob("*.py"))
    assert not (Path(site) / "changes").exists()
