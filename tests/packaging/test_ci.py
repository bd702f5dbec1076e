"""What CI runs: it brings a browser where there is none, then lints and tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / ".ci" / "run"
TOOLS = ("bash", "dirname", "env")

pytestmark = pytest.mark.skipif(not RUN.exists(), reason="needs a checkout")


@pytest.fixture
def ran(tmp_path):
    """Run the script where only some programs exist; return what it called, in order."""

    def run(user, *present):
        log = tmp_path / "log"
        for tool in TOOLS:
            (tmp_path / tool).symlink_to(shutil.which(tool))
        fakes = {"make": "", "apt-get": "", "sudo": 'shift; "$@"', "id": f"echo {user}; exit"}
        for name, body in (fakes | dict.fromkeys(present, "")).items():
            fake = tmp_path / name
            note = "" if name == "id" else f'echo "{name} $*" >> {log}\n'
            fake.write_text(f"#!{shutil.which('bash')}\n{note}{body}\n", "utf-8")
            fake.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if name != "PATH"}
        subprocess.run([RUN], env=environment | {"PATH": str(tmp_path)}, check=True)
        return log.read_text("utf-8").splitlines()

    return run


def test_browser_that_is_there_is_left_alone(ran):
    assert ran(0, "chromium", "chromedriver") == ["make lint", "make test"]


@pytest.mark.parametrize("present", [(), ("chromium",), ("chromedriver",)])
def test_missing_browser_is_installed_as_root(ran, present):
    update, install, *rest = ran(0, *present)
    assert update == "apt-get -qq update"
    assert {"chromium", "chromium-driver"} <= set(install.split())
    assert rest == ["make lint", "make test"]


def test_other_users_ask_sudo_without_a_password(ran):
    called = ran(1000)
    assert called[0].startswith("sudo -n env")
    assert called[1] == "apt-get -qq update"
    assert called[-2:] == ["make lint", "make test"]
