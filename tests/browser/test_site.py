"""The site in a browser: it asks nobody else for anything, reports no error, and its search finds."""

import json
from urllib.parse import urlsplit

import pytest

from tests.support.site import build, served

PAGES = ("", "readme/", "tutorial/", "language/", "codes/", "codes/G012/", "reference/commands/")
NARROW = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served(build(tmp_path_factory.mktemp("site"))) as address:
        yield address


def hosts_asked(browser):
    """The hosts that the browser sent requests to."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = urlsplit(message["params"]["request"]["url"])
            if url.scheme in {"http", "https", "ws", "wss"}:
                yield url.hostname


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_and_asks_nobody_else(browser, site, page):
    browser.get(site + page)
    assert browser.find_element("css selector", "h1").text
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert severe == []
    assert set(hosts_asked(browser)) == {"127.0.0.1"}


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_a_narrow_screen(browser, site, page):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", NARROW)
    try:
        browser.get(site + page)
        width = browser.execute_script("return document.documentElement.scrollWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= NARROW["width"]


def test_search_finds_the_page_of_a_code(browser, site):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(site)
    field = browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
    field.click()
    field.send_keys("mixed-and-or")
    result = (By.CSS_SELECTOR, ".md-search-result__link")
    WebDriverWait(browser, 20).until(lambda now: now.find_elements(*result))
    links = [each.get_attribute("href") for each in browser.find_elements(*result)]
    assert any("/codes/G012/" in link for link in links)
    assert set(hosts_asked(browser)) == {"127.0.0.1"}


def test_the_reader_chooses_light_or_dark(browser, site):
    browser.get(site)
    scheme = "return document.body.getAttribute('data-md-color-scheme')"
    seen = set()
    for _ in range(3):
        browser.execute_script(
            "[...document.querySelectorAll('form[data-md-component=palette] label')]"
            ".find(each => !each.hidden).click()"
        )
        seen.add(browser.execute_script(scheme))
    assert {"default", "slate"} <= seen
