"""The page of `guardrail check` in a browser: it works from disk, filters, and asks nobody."""

import json

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main

POLICY = """edition 1
policy demo "A <b>demo</b>"
  on error treat as violation
  fallback declined
principle privacy "Do not expose personal data"
reply declined "No."
rule no_secrets on output severity critical
  enforces privacy
  when text contains "swordfish"
  then block
rule hide_badges on output severity high
  enforces privacy
  when text matches badge
  then redact as "[{type}]"
pattern badge = /\\bB-[0-9]{4}\\b/
rule say_where on output severity low
  when text contains "where"
  then flag
"""
CHATS = (
    ("Hello.", "Badge B-1234."),
    ("It is swordfish, B-1234.", "Look where."),
    ("Look where.", "B-0001 where"),
    ("Nothing here.", "Nothing at all."),
)


def chat(replies):
    messages = []
    for reply in replies:
        messages += [{"role": "user", "content": "Q"}, {"role": "assistant", "content": reply}]
    return {"messages": messages}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "demo.guard").write_text(POLICY)
    chats = folder / "chats.jsonl"
    chats.write_text("\n".join(json.dumps(chat(each)) for each in CHATS))
    page = folder / "report page.html"
    args = ["check", chats, "-p", folder / "demo.guard", "--format", "html", "-o", page]
    assert CliRunner().invoke(main, [str(each) for each in args]).exit_code == 1
    return page


class Page:
    """A file that is opened from disk, and what the browser saw of it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, *, width=1280, height=900, dark=False):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(path.resolve().as_uri())
        return self

    def requests(self):
        """Return the addresses that were asked for."""
        entries = [
            json.loads(each["message"])["message"] for each in self.driver.get_log("performance")
        ]
        return [
            entry["params"]["request"]["url"]
            for entry in entries
            if entry["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self):
        """Return what the console says."""
        return [each["message"] for each in self.driver.get_log("browser")]

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)


@pytest.fixture
def opened(browser, report):
    return Page(browser).open(report)


def shown(browser):
    """Return which replies are visible: line and turn of each."""
    return browser.js("""
      return [...document.querySelectorAll('.hit')].filter((hit) => hit.offsetParent).map((hit) =>
        hit.parentElement.querySelector('h3').textContent.split(':').pop() + '/' +
        hit.querySelector('.turn').textContent.replace('turn ', ''));""")


def counted(browser):
    return browser.js("return document.getElementById('count').value")


def choose(browser, name, value):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select

    Select(browser.driver.find_element(By.ID, name)).select_by_visible_text(value)


def type_(browser, keys):
    from selenium.webdriver.common.by import By

    field = browser.driver.find_element(By.ID, "words")
    field.clear()
    field.send_keys(keys)


ALL = ["1/4", "2/2", "2/4", "3/2", "3/4"]


def test_page_shows_everything_and_asks_nobody(opened, report):
    assert shown(opened) == ALL
    assert counted(opened) == "5 of 5 replies in 3 conversations"
    assert opened.js("return document.querySelector('h1').textContent") == "A <b>demo</b>"
    assert opened.requests() == [report.resolve().as_uri()]
    assert opened.complaints() == []


def test_policy_of_the_page_stops_what_would_leave(opened):
    opened.js("""
      const image = document.createElement('img');
      image.src = 'https://example.org/leak.png';
      document.body.append(image);
      document.body.setAttribute('style', 'color: red');
      const script = document.createElement('script');
      script.textContent = 'window.leaked = true';
      document.body.append(script);""")
    assert opened.js("return window.leaked ?? null") is None
    assert opened.js("return getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert len(opened.complaints()) >= 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("action", "block", ["2/2"]),
        ("action", "redact", ["1/4", "3/4"]),
        ("rule", "hide_badges", ["1/4", "2/2", "3/4"]),
        ("severity", "low", ["2/4", "3/2", "3/4"]),
        ("severity", "any severity", ALL),
    ],
)
def test_choices_filter(opened, name, value, expected):
    choose(opened, name, value)
    assert shown(opened) == expected
    assert counted(opened).startswith(f"{len(expected)} of 5 replies in ")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [("BADGE", ["1/4", "2/2", "3/4"]), ("jsonl:3 low", ["3/2", "3/4"]), ("swordfish", [])],
)
def test_words_filter(opened, keys, expected):
    type_(opened, keys)
    assert shown(opened) == expected
    assert opened.js("return document.getElementById('none').hidden") is bool(expected)


def test_filters_join_and_are_undone(opened):
    from selenium.webdriver.common.by import By

    choose(opened, "rule", "hide_badges")
    choose(opened, "severity", "low")
    assert shown(opened) == ["3/4"]
    assert counted(opened) == "1 of 5 replies in 1 conversation"
    type_(opened, "zzz")
    assert shown(opened) == []
    opened.driver.find_element(By.ID, "reset").click()
    assert shown(opened) == ALL


def test_rule_of_the_summary_filters(opened):
    from selenium.webdriver.common.by import By

    opened.driver.find_element(By.CSS_SELECTOR, "button[data-rule=no_secrets]").click()
    assert shown(opened) == ["2/2"]
    assert opened.js("return document.getElementById('rule').value") == "no_secrets"


def test_keys_are_enough(opened):
    from selenium.webdriver.common.keys import Keys

    def press(*keys):
        opened.driver.switch_to.active_element.send_keys(*keys)

    opened.js("document.body.focus()")
    press("/")
    press("block")
    assert shown(opened) == ["2/2"]
    press(Keys.ESCAPE)
    assert shown(opened) == ALL
    seen = set()
    for _ in range(30):
        press(Keys.TAB)
        seen.add(opened.js("return document.activeElement.id || document.activeElement.tagName"))
    assert {"words", "action", "rule", "severity", "BUTTON", "SUMMARY"} <= seen


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_page_fits_and_can_be_read(browser, report, width, dark):
    opened = Page(browser).open(report, width=width, dark=dark)
    assert opened.js("return document.documentElement.scrollWidth") <= width
    pairs = opened.js("""
      const solid = (node) => {
        for (; node; node = node.parentElement) {
          const color = getComputedStyle(node).backgroundColor;
          if (!/, 0\\)$/.test(color) && color.startsWith('rgb')) return color;
        }
        return 'rgb(255, 255, 255)';
      };
      return [...document.querySelectorAll('h1, h2, .soft, .chip, .eyebrow, button, td, .excerpt')]
        .filter((node) => node.offsetParent)
        .map((node) => [getComputedStyle(node).color, solid(node), node.className]);""")
    assert pairs
    for ink, ground, name in pairs:
        assert contrast(ink, ground) >= 4.5, (name, ink, ground)


def contrast(one, two):
    """Return the contrast of two CSS colors, as WCAG 2 counts it."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    values = [int(each) / 255 for each in color[color.index("(") + 1 :].rstrip(")").split(",")[:3]]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in values
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_print_shows_all_and_no_filter(opened):
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    form = "return getComputedStyle(document.getElementById('filter')).display"
    assert opened.js(form) == "none"
    assert shown(opened) == ALL
