"""`guardrail doc`."""

import sys

import pytest

MAIL = (
    "edition 1\npolicy p\n  on error treat as violation\n"
    "detector mail = pii(entities: [EMAIL_ADDRESS])\n"
    "rule r on output\n  when mail found\n  then redact\n"
    'test "t"\n  given output "Write to ann@example.org"\n  expect redact by r\n'
)


def test_doc_prints_markdown(place):
    result = place.run("doc", place.policy)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("# demo\n")
    assert "### Do not expose personal data" in result.stdout


@pytest.mark.parametrize(("form", "start"), [("markdown", "# demo"), ("html", "<!doctype html>")])
def test_doc_writes_a_file_that_is_always_the_same(place, form, start):
    first = place.run("doc", place.policy, "--format", form, "-o", "one")
    assert (first.exit_code, first.stdout) == (0, "The page is in one.\n")
    place.run("doc", place.policy, "--format", form, "-o", "two")
    one, two = ((place.folder / name).read_text() for name in ("one", "two"))
    assert one.startswith(start)
    assert one == two


def test_doc_of_an_invalid_policy_gives_2_and_writes_nothing(place):
    result = place.run("doc", place.write("bad.guard", "edition 1\n"), "-o", "page.md")
    assert result.exit_code == 2
    assert "G104" in result.stderr
    assert not (place.folder / "page.md").exists()


def test_doc_never_takes_the_place_of_a_policy(place):
    before = (place.folder / "demo.guard").read_text()
    result = place.run("doc", place.policy, "-o", "demo.guard")
    assert result.exit_code == 2
    assert "is a policy and stays as it is" in result.stderr
    assert (place.folder / "demo.guard").read_text() == before


def test_doc_of_a_missing_policy_gives_2(place):
    result = place.run("doc", "no.guard")
    assert result.exit_code == 2
    assert "`no.guard` does not exist" in result.stderr


def test_doc_where_an_extra_is_missing_warns_and_goes_on(place, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("presidio_analyzer")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    result = place.run("doc", place.write("mail.guard", MAIL))
    assert result.exit_code == 0
    assert "warning: the tests could not run here" in result.stderr
    assert "**not run**" in result.stdout


def test_doc_knows_the_detectors_of_the_host(place):
    place.write("pyproject.toml", '[tool.guardrail.detectors]\ncalm = "score"\n')
    policy = place.write(
        "host.guard",
        "edition 1\npolicy p\n  on error treat as violation\ndetector calm = calm()\n"
        "rule r on output\n  when calm < 0.5\n  then flag\n"
        'test "t"\n  given output "x" with calm = 0.1\n  expect flag by r\n',
    )
    result = place.run("doc", policy)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 passed" in result.stdout
