"""A headless browser; tests that use it skip by name where there is none."""

import os
import shutil

import pytest

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--window-size=1280,900",
)


@pytest.fixture(scope="session")
def _driver():
    if BROWSER is None or DRIVER is None:
        pytest.skip("needs `chromium` and `chromedriver`")
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    os.environ["SE_OFFLINE"] = "true"  # no driver is ever downloaded
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(_driver):
    """A driver with empty logs; size, scheme and medium are put back after the test."""
    for kind in ("performance", "browser"):
        _driver.get_log(kind)
    yield _driver
    _driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    _driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
