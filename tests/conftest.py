"""What every test may use: golden files."""

import difflib
import os
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what tests produce into the golden files instead of comparing",
    )


@pytest.fixture
def golden(request):
    """Compare a text with a golden file; `--update-golden` writes the file instead."""

    def compare(path: Path, text: str) -> None:
        text = text.rstrip("\n") + "\n"
        if request.config.getoption("--update-golden"):
            path.write_text(text, "utf-8")
            return
        expected = path.read_text("utf-8") if path.exists() else ""
        if text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), text.splitlines(), str(path), "now", lineterm=""
            )
            hint = "if the new text is right: pytest --update-golden"
            pytest.fail("\n".join([*lines, hint]), pytrace=False)

    return compare


# ---------------------------------------------------------------- the data beside the checkout

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items):
    """Skip, by name, what needs the shared data folder where there is none."""
    if not SHARED.is_dir():
        skip = pytest.mark.skip(reason="needs the data folder `../shared` beside the checkout")
        for item in items:
            if "shared" in item.keywords:
                item.add_marker(skip)


def pytest_terminal_summary(terminalreporter):
    """List skipped tests by name; CI has all that is needed, so there a skip is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        terminalreporter.write_line(f"skipped: {report.nodeid} ({_reason(report)})")
    if skipped and os.environ.get("CI") == "true":
        terminalreporter.write_line("CI has everything these tests need: a skip is a failure")


def _reason(report):
    """Why a test was skipped, in its own words."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")


def pytest_sessionfinish(session):
    """Fail a CI run in which anything was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data; tests that use it carry the mark `shared`."""
    return SHARED
