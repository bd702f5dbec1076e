"""Our hooks, run by the real pre-commit in a real repository, with the command installed here."""

import shutil

import pytest
import yaml

from tests.precommit.conftest import BIN, POLICY, ROOT

HOOKS = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def hooked(repository):
    """The repository with all our hooks, as `repo: local`: the same but for where they come from."""
    hooks = [each | {"language": "system"} for each in HOOKS.values()]
    for hook in hooks:
        hook["entry"] = f"{BIN}/{hook['entry']}"
        if hook["id"] == "guardrail-check":
            hook["args"] = ["-p", "policies/desk.guard"]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    return repository


def test_a_clean_policy_passes_every_hook(hooked):
    code, said = hooked.run("git", "commit", "-m", "before")
    assert code == 0, said
    for name in HOOKS:
        code, said = hooked.hook(name, "--all-files")
        assert (code, "Passed" in said) == (0, True), said


@pytest.mark.parametrize(
    ("hook", "old", "new", "shown"),
    [
        ("guardrail-lint", "any code_names", "any code_name", "G102"),
        ("guardrail-test", "expect allow", "expect block", "FAILED"),
        ("guardrail-fmt", "  then block", " then    block", "files were modified by this hook"),
    ],
)
def test_hook_stops_a_policy(hooked, hook, old, new, shown):
    hooked.write("policies/desk.guard", POLICY.replace(old, new))
    code, said = hooked.hook(hook)
    assert code == 1, said
    assert shown in said


def test_fmt_mends_what_it_stops(hooked):
    hooked.write("policies/desk.guard", POLICY.replace("  then block", " then    block"))
    assert hooked.hook("guardrail-fmt")[0] == 1
    assert hooked.read("policies/desk.guard") == POLICY
    hooked.git("add", ".")
    assert hooked.hook("guardrail-fmt")[0] == 0


def test_fmt_leaves_what_does_not_parse(hooked):
    broken = POLICY.replace("  then block", " then    block when")
    hooked.write("policies/desk.guard", broken)
    assert hooked.hook("guardrail-fmt")[0] == 1
    assert hooked.read("policies/desk.guard") == broken


@pytest.mark.parametrize("hook", ["guardrail-lint", "guardrail-test"])
def test_a_list_that_breaks_its_policy_is_seen(hooked, hook):
    hooked.git("commit", "--quiet", "--no-verify", "-m", "clean")
    content = "" if hook == "guardrail-lint" else "redbird\n"
    hooked.write("policies/lists/code_names.txt", content)
    code, said = hooked.hook(hook)
    assert code == 1, said
    assert ("G405" if hook == "guardrail-lint" else "FAILED") in said


def test_a_part_is_judged_with_the_policy_that_imports_it(hooked):
    rule = 'rule no_rust on output\n  when text contains "rust"\n  then block\n'
    hooked.write("policies/rust.guard", f"edition 1\n\n{rule}")
    imported = POLICY.replace("list code_names", 'import "rust.guard" as rust\n\nlist code_names')
    hooked.write("policies/desk.guard", imported)
    hooked.git("commit", "--quiet", "--no-verify", "-m", "clean")
    hooked.write("policies/rust.guard", f"edition 1\n\n{rule}".replace('"rust"', '"red rust"'))
    code, said = hooked.hook("guardrail-lint")
    assert code == 0, said


def test_check_looks_at_transcripts(hooked):
    hooked.write("chats/tuesday.jsonl", '{"prompt": "When?", "response": "Bluebird is late."}\n')
    code, said = hooked.hook("guardrail-check")
    assert code == 1, said
    assert "chats/tuesday.jsonl:1" in said
    assert "is late" not in said


def test_hooks_that_have_nothing_to_look_at_are_not_run(hooked):
    hooked.git("commit", "--quiet", "--no-verify", "-m", "clean")
    hooked.write("notes.txt", "nothing\n")
    for name in HOOKS:
        assert "no files to check" in hooked.hook(name)[1]
