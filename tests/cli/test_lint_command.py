"""`guardrail lint`."""

import json

import jsonschema
import pytest

TESTED = """edition 1
policy tidy
  on error treat as violation

rule calm on output
  when text contains "stop it"
  then flag

test "calm" cases
  given output "Stop it." expect flag by calm
  given output "Stop." expect allow
"""
WARNING = 'edition 1\npolicy p on error treat as flag\nlist idle ["x"]\n'
ERROR = (
    "edition 1\npolicy p on error treat as flag\nrule r on output\n  when odd found\n  then flag\n"
)


def test_lint_of_a_clean_policy_says_so(place):
    result = place.run("lint", place.write("tidy.guard", TESTED), "--strict")
    assert (result.exit_code, result.stdout) == (0, "0 errors and 0 warnings in 1 file\n")


def test_lint_shows_errors_and_gives_1(place):
    result = place.run("lint", place.write("bad.guard", ERROR))
    assert result.exit_code == 1
    for words in (
        "error[G102]",
        "bad.guard:4:8",
        "1 error and 0 warnings",
        "Opinions about a policy come when its errors are gone.",
        "Next: guardrail explain G102",
    ):
        assert words in result.stdout


def test_lint_explains_an_error_before_the_warning_that_stands_above_it(place):
    ended = TESTED.replace("  then", '  unless prompt contains "x" until 2020-01-31\n  then')
    untested = ended.partition("test ")[0]
    result = place.run("lint", place.write("ended.guard", untested))
    assert result.stdout.index("warning[") < result.stdout.index("error[G301]")
    assert "Next: guardrail explain G301 says more about the first error." in result.stdout


def test_lint_says_how_to_declare_a_detector_of_ones_own(place):
    text = "edition 1\npolicy p\n  on error treat as flag\ndetector d = {}()\n"
    result = place.run("lint", place.write("own.guard", text.format("panic_level")))
    assert "= help: declare one of your own in `[tool.guardrail.detectors]`" in result.stdout
    result = place.run("lint", place.write("slip.guard", text.format("lenght")))
    assert "did you mean `length`?" in result.stdout
    assert "= help" not in result.stdout


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
        "::error file=a%2Cb.guard,line=4,endLine=4,col=8,endColumn=11,"
        "title=G102 undefined-name::`odd` is not defined"
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


REPEATED = TESTED.replace("rule calm", 'list l ["a", "A"]\nrule calm').replace(
    'text contains "stop it"', 'text contains "stop it" or text contains any l'
)


def test_lint_gives_opinions_with_their_own_levels(place):
    text = TESTED.replace("  then", '  unless prompt contains "x" until 2020-01-01\n  then')
    result = place.run("lint", place.write("old.guard", text))
    assert "error[G301]" in result.stdout
    assert "Opinions about" not in result.stdout
    assert result.exit_code == 1


def test_lint_as_json_says_what_can_be_fixed(place):
    result = place.run("lint", place.write("twice.guard", REPEATED), "--format", "json")
    assert [(each["code"], each["fixable"]) for each in json.loads(result.stdout)] == [
        ("G406", True)
    ]


@pytest.mark.shared
@pytest.mark.parametrize("text", [TESTED, WARNING, ERROR, REPEATED])
def test_lint_as_sarif_is_valid_and_carries_the_pages(place, shared, text):
    schema = json.loads((shared / "reference" / "sarif-2.1.0.schema.json").read_text("utf-8"))
    log = json.loads(place.run("lint", place.write("p.guard", text), "--format", "sarif").stdout)
    jsonschema.validate(log, schema)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {each["ruleId"] for each in run["results"]} == {rule["id"] for rule in rules}
    for rule in rules:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} {rule['name']}\n")


def test_lint_as_sarif_names_file_and_place(place):
    log = json.loads(place.run("lint", place.write("p.guard", ERROR), "--format", "sarif").stdout)
    (result,) = log["runs"][0]["results"]
    place_ = result["locations"][0]["physicalLocation"]
    assert place_["artifactLocation"]["uri"] == "p.guard"
    assert place_["region"] == {"startLine": 4, "startColumn": 8, "endLine": 4, "endColumn": 11}
    assert (result["ruleId"], result["level"]) == ("G102", "error")


def test_lint_runs_what_the_settings_say(place):
    place.write("tidy.guard", TESTED.partition("test ")[0])
    assert "G703" in place.run("lint", "tidy.guard").stdout
    place.write(
        "pyproject.toml",
        '[tool.guardrail.lint]\nenable = ["missing-owner"]\ndisable = ["G703"]\n',
    )
    shown = place.run("lint", "tidy.guard").stdout
    assert "G703" not in shown
    assert "G704" in shown


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('enable = ["shadowed-rules"]', "did you mean `shadowed-rule`?"),
        ('disable = ["G102"]', "`G102` is the compiler's, not an opinion"),
        ('enable = ["G704"]\ndisable = ["missing-owner"]', "both name `missing-owner`"),
        ('enabled = ["G704"]', "unknown setting `lint.enabled`"),
        ('enable = "G704"', "lint.enable"),
    ],
)
def test_lint_refuses_settings_that_mean_nothing(place, line, words):
    place.write("pyproject.toml", f"[tool.guardrail.lint]\n{line}\n")
    result = place.run("lint", place.policy)
    assert words in result.stderr
    assert result.exit_code == 2


def test_fix_mends_and_says_what_is_left(place):
    condition = 'text contains "stop it" or text contains any l'
    text = REPEATED.replace(f"when {condition}", f"require not ({condition})")
    place.write("twice.guard", text)
    result = place.run("lint", "--fix", "--strict", "twice.guard")
    assert result.exit_code == 0
    assert result.stdout == "0 errors and 0 warnings in 1 file\n"
    assert result.stderr == "fixed 2 findings in 1 file\n"
    text = (place.folder / "twice.guard").read_text("utf-8")
    assert text == REPEATED.replace(', "A"', "")


def test_fix_keeps_byte_order_mark_line_ends_and_mode(place):
    data = b"\xef\xbb\xbf" + REPEATED.replace("\n", "\r\n").encode()
    file = place.folder / place.write("twice.guard", data)
    file.chmod(0o640)
    place.run("lint", "--fix", "twice.guard")
    assert file.read_bytes() == data.replace(b', "A"', b"")
    assert file.stat().st_mode & 0o777 == 0o640


def test_fix_leaves_what_needs_none_and_what_does_not_parse(place):
    for name, text in (("a.guard", TESTED), ("b.guard", ERROR), ("c.guard", "edition 1 ru")):
        file = place.folder / place.write(name, text)
        before = file.stat()
        result = place.run("lint", "--fix", name)
        assert "fixed" not in result.stderr
        assert (file.read_text(), file.stat().st_ino) == (text, before.st_ino)
