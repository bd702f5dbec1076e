"""Which files a command takes from a folder."""

from guardrail.cli.policies import policy_files

OWN = ("a.guard", "parts/b.guard", "build.guard/c.guard")
OTHERS = (
    ".venv/lib/python3.11/site-packages/guardrail/_policies/std/x.guard",
    ".git/x.guard",
    "parts/.hidden/x.guard",
    "venv/lib/site-packages/x.guard",
    "node_modules/some/x.guard",
    "notes.txt",
)


def write(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("edition 1\n", "utf-8")


def test_folder_gives_its_own_policies_only(tmp_path):
    write(tmp_path, OWN + OTHERS)
    assert policy_files((str(tmp_path),)) == sorted(str(tmp_path / name) for name in OWN)


def test_hidden_folder_that_is_named_is_read(tmp_path):
    write(tmp_path, OTHERS)
    hidden = str(tmp_path / "parts" / ".hidden")
    assert policy_files((hidden,)) == [f"{hidden}/x.guard"]
