"""`guardrail lint`."""

import json

import pytest

WARNING = 'edition 1\npolicy p on error treat as flag\nlist idle ["x"]\n'
ERROR = (
    "edition 1\npolicy p on error treat as flag\nrule r on output\n  when odd found\n  then flag\n"
)


def test_lint_of_a_clean_policy_says_so(place):
    result = place.run("lint", place.policy)
    assert (result.exit_code, result.stdout) == (0, "0 errors and 0 warnings in 1 file\n")


def test_lint_shows_errors_and_gives_1(place):
    result = place.run("lint", place.write("bad.guard", ERROR))
    assert result.exit_code == 1
    for words in ("error[G102]", "bad.guard:4:8", "1 error and", "Next: guardrail explain G102"):
        assert words in result.stdout


@pytest.mark.parametrize(("args", "code"), [([], 0), (["--strict"], 1)])
def test_lint_warnings_count_only_when_strict(place, args, code):
    result = place.run("lint", place.write("idle.guard", WARNING), *args)
    assert "warning[G110]" in result.stdout
    assert result.exit_code == code


def test_lint_of_a_folder_finds_every_policy_once(place):
    place.write("p/one.guard", ERROR)
    place.write(
        "p/deep/two.guard", 'edition 1\npolicy p on error treat as flag\nimport "lib.guard" as l\n'
    )
    place.write(
        "p/deep/lib.guard",
        'edition 1\nlist a ["x"]\nrule r on output when text contains any b then flag\n',
    )
    result = place.run("lint", "p", "p/one.guard")
    assert result.stdout.count("error[") == 2
    assert "G104" not in result.stdout
    assert "3 files" in result.stdout


def test_lint_as_json_is_one_array(place):
    result = place.run("lint", place.write("bad.guard", ERROR), "--format", "json")
    (found,) = json.loads(result.stdout)
    assert found["code"] == "G102"


def test_lint_for_github_escapes_what_has_a_meaning(place):
    place.write("a,b.guard", ERROR)
    result = place.run("lint", "a,b.guard", "--format", "github")
    assert result.stdout.startswith(
        "::error file=a%2Cb.guard,line=4,col=8,title=G102 undefined-name::"
    )
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize("path", ["nowhere.guard", "/dev/zero", "empty", "a\0b"])
def test_lint_refuses_paths_that_lead_nowhere(place, path):
    (place.folder / "empty").mkdir()
    result = place.run("lint", path)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_lint_knows_detectors_that_the_settings_declare(place):
    text = ERROR.replace("rule r", "detector odd = oddness()\nrule r")
    place.write("host.guard", text)
    assert "G111" in place.run("lint", "host.guard").stdout
    place.write(
        "pyproject.toml", '[tool.guardrail.detectors]\noddness = { gives = "spans", run = "no:f" }'
    )
    assert place.run("lint", "host.guard").exit_code == 0


def test_lint_of_a_folder_without_policies_warns_beside_others(place):
    (place.folder / "empty").mkdir()
    result = place.run("lint", "empty", place.policy)
    assert "`empty` has no .guard files" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize("args", [["lint"], ["test"], ["explain"], ["check", "c.jsonl", "-p"]])
def test_every_command_says_the_same_of_a_policy_that_is_not_there(place, args):
    place.write("c.jsonl", "")
    result = place.run(*args, "nope.guard")
    assert "Error: `nope.guard` does not exist\n" in result.stderr
    assert result.exit_code == 2
