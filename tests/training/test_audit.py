"""The audit of training data: every planted defect is found, and no sound row is dropped."""

import json
import random
import subprocess
import sys

import pytest

from guardrail.errors import RecipeError
from guardrail.training.data.audit import audit_file, write_clean
from guardrail.training.data.duplicates import near
from guardrail.training.data.faults import KINDS
from guardrail.training.data.page import audit_page, lines
from tests.training.conftest import write_rows

POLICY = """edition 1
policy plain
  on error treat as violation
reply no "Please call us."
rule no_guesses on output severity medium
  when text contains "perhaps"
  then replace with no
rule no_whimsy on output severity high
  when text contains "weary"
  then replace with no
"""
TOPICS = ("router", "parcel", "invoice", "password", "printer", "voucher", "address", "camera")
STEPS = ("unplug it", "open the page", "call the shop", "write to us", "press the knob", "wait")
BAD = "Perhaps it has grown weary."


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "plain.guard"
    path.write_text(POLICY, "utf-8")
    return path


def asks(seed):
    """Sound prompts without end, each with a reply; no two are near each other."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        topic = rng.choice(TOPICS)
        steps = rng.sample(STEPS, 3)
        yield (
            f"Case {number}: what about my {topic}?",
            f"For case {number} {steps[0]}, then {steps[1]} with the {topic}, and {steps[2]}.",
        )


def planted_sft():
    """A file of replies as lines, and by line number what is wrong with it."""
    sound = asks(1)
    ok = [dict(zip(("prompt", "response"), next(sound), strict=True)) for _ in range(60)]
    prompt, reply = next(sound)
    long = " ".join(f"word{n}" for n in range(60))
    defects = [
        ("{not json", "unreadable"),
        ("[1, 2]", "unreadable"),
        ({"question": prompt, "answer": reply}, "wrong-columns"),
        ({"prompt": prompt, "chosen": "a", "rejected": "b"}, "wrong-columns"),
        ({"messages": [{"role": "user", "content": prompt}]}, "no-reply"),
        ({"prompt": " \n", "response": reply}, "empty-prompt"),
        ({"prompt": prompt, "response": "  "}, "empty-reply"),
        ({"prompt": prompt, "response": "Press the \ufffd knob."}, "broken-text"),
        ({"prompt": prompt, "response": BAD}, "violating-reply"),
        ({"prompt": f"{prompt} Call me: 415-555-0132.", "response": reply}, "personal-data"),
        ({"prompt": "Is it fit?", "response": "Yes it is.", "label": 0}, "label-conflict"),
        ({"prompt": "Is it fit?", "response": "Yes it is.", "label": 1}, "label-conflict"),
        (dict(ok[3]), "duplicate"),
        ({"prompt": ok[4]["prompt"].upper(), "response": ok[4]["response"]}, "near-duplicate"),
        ({"prompt": "Tell all.", "response": long}, None),
        ({"prompt": "Tell all.", "response": f"{long} more"}, "near-duplicate"),
    ]
    return shuffled(ok, defects)


def planted_pairs():
    sound = asks(2)
    ok = []
    for _ in range(60):
        prompt, reply = next(sound)
        ok.append({"prompt": prompt, "chosen": reply, "rejected": f"{BAD} It was {prompt}"})
    prompt, reply = next(sound)
    other = "Go to the shop with it and ask for the blue counter."
    defects = [
        ({"prompt": prompt, "chosen": reply, "rejected": reply}, "same-replies"),
        ({"prompt": prompt, "chosen": BAD, "rejected": reply}, "inverted-pair"),
        ({"prompt": prompt, "chosen": BAD, "rejected": f"{BAD} So."}, "violating-reply"),
        ({"prompt": "Where?", "chosen": reply, "rejected": other}, "contradiction"),
        ({"prompt": "Where?", "chosen": other, "rejected": reply}, "contradiction"),
        ({"prompt": "", "chosen": reply, "rejected": BAD}, "empty-prompt"),
        ({"prompt": prompt, "chosen": "", "rejected": BAD}, "empty-reply"),
        ({"prompt": "Hi, ann@example.org here", "chosen": reply, "rejected": BAD}, "personal-data"),
        ({"prompt": prompt, "response": reply}, "wrong-columns"),
        ({"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "no"}, "wrong-columns"),
        (dict(ok[5]), "duplicate"),
    ]
    return shuffled(ok, defects)


def shuffled(ok, defects):
    """Sound rows first, so that it is the repetition that is dropped; then defects among others."""
    text = [each if isinstance(each, str) else json.dumps(each) for each, _ in defects]
    kinds = {len(ok) + at: kind for at, (_, kind) in enumerate(defects, 1) if kind}
    return [*(json.dumps(each) for each in ok), *text], kinds


@pytest.mark.parametrize("plant", [planted_sft, planted_pairs])
def test_every_planted_defect_is_found_and_no_sound_row_dropped(plant, policy, tmp_path):
    file, kinds = plant()
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(file) + "\n", "utf-8")
    audit = audit_file(path, policy)
    assert {fault.line: fault.kind for fault in audit.faults} == kinds
    dropped = write_clean(audit, tmp_path / "clean.jsonl")
    kept = (tmp_path / "clean.jsonl").read_text().splitlines()
    assert kept == [line for number, line in enumerate(file, 1) if number not in kinds]
    reasons = [json.loads(line) for line in dropped.read_text().splitlines()]
    assert {each["line"]: each["reason"] for each in reasons} == kinds
    again = audit_file(tmp_path / "clean.jsonl", policy)
    assert not again.faults


def test_all_kinds_of_faults_are_planted():
    assert {*planted_sft()[1].values(), *planted_pairs()[1].values()} == set(KINDS)


def test_no_text_of_a_row_reaches_a_report(policy, tmp_path):
    rows = [
        {"prompt": "Secretword one?", "response": "Replyword, perhaps so."},
        {"prompt": "Is it?", "response": "Otherword."},
    ]
    audit = audit_file(write_rows(tmp_path / "d.jsonl", rows), policy)
    shown = json.dumps(audit.record()) + "\n".join(lines(audit)) + audit_page(audit).decode()
    assert "no_guesses" in shown
    for word in ("Secretword", "Replyword", "Otherword"):
        assert word.lower() not in shown.lower()


def test_holes_of_a_reference_are_named(policy, tmp_path):
    topics = {"router": 30, "invoice": 30, "passport": 30}
    reference = [
        {"prompt": f"{verb} my {topic} number {n}"}
        for topic, count in topics.items()
        for n, verb in zip(range(count), ("fix", "find", "show") * 10, strict=True)
    ]
    rows = [
        {"prompt": f"{verb} my {topic} number {n}", "response": f"Go to {topic} {n} and press it."}
        for topic in ("router", "invoice")
        for n, verb in zip(range(30), ("fix", "find", "show") * 10, strict=True)
    ]
    audit = audit_file(
        write_rows(tmp_path / "d.jsonl", rows),
        policy,
        write_rows(tmp_path / "r.jsonl", reference),
    )
    coverage = audit.figures["coverage"]
    holes = {word for topic in coverage["topics"] if topic["is_hole"] for word in topic["words"]}
    assert "passport" in holes
    assert not {"router", "invoice"} & {
        topic["words"][0] for topic in coverage["topics"] if topic["is_hole"]
    }
    assert "hole" in audit_page(audit).decode()


def test_labels_are_compared_with_the_policy(policy, tmp_path):
    rows = [
        {"prompt": "a", "response": "Perhaps one.", "label": "unsafe"},
        {"prompt": "b", "response": "Press it.", "label": "safe"},
        {"prompt": "c", "response": "Perhaps two.", "label": "safe"},
        {"prompt": "d", "response": "Open it.", "label": "safe"},
    ]
    audit = audit_file(write_rows(tmp_path / "d.jsonl", rows), policy)
    assert audit.figures["labels"]["agreement"] == 0.75
    assert 0 < audit.figures["labels"]["kappa"] < 1


def test_near_duplicates_are_those_of_comparing_all_pairs():
    """The index leaves out no pair that comparing every text with every other would find."""
    from guardrail.training.data import duplicates

    rng = random.Random(3)
    texts = []
    for _ in range(60):
        words = [rng.choice("abcdefgh") for _ in range(rng.randint(0, 40))]
        texts.append(" ".join(words))
        changed = list(words)
        if changed:
            changed[rng.randrange(len(changed))] = "z"
        texts.append(" ".join(changed))
    for share in (0.5, 0.8, 0.9):
        found = near(texts, share)
        runs = [duplicates._runs(text) for text in texts]
        kept = []
        for at, mine in enumerate(runs):
            repeats = any(mine and duplicates._jaccard(mine, runs[o]) >= share for o in kept)
            assert (at in found) == repeats
            if mine and not repeats:
                kept.append(at)


def test_files_that_cannot_be_audited(policy, tmp_path):
    empty = write_rows(tmp_path / "e.jsonl", [])
    with pytest.raises(RecipeError, match="holds no row"):
        audit_file(empty, policy)
    bad = audit_file(write_rows(tmp_path / "b.jsonl", [{"prompt": "a", "response": BAD}]), policy)
    with pytest.raises(RecipeError, match=r"no row of .* is fit"):
        write_clean(bad, tmp_path / "clean.jsonl")
    assert not (tmp_path / "clean.jsonl").exists()


def test_the_command_writes_page_and_json_and_says_how_it_went(policy, tmp_path):
    file = tmp_path / "d.jsonl"
    file.write_text("\n".join(planted_sft()[0]) + "\n", "utf-8")
    command = [sys.executable, "-m", "guardrail", "data", "audit", str(file), "-p", str(policy)]
    outputs = ["--html", "a.html", "--json", "a.json", "--write-clean", "clean.jsonl"]
    done = subprocess.run(
        [*command, *outputs], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr  # two lines could not be read
    assert "violating-reply" in done.stdout
    assert json.loads((tmp_path / "a.json").read_text())["counts"]["unreadable"] == 2
    assert b"<!doctype html>" in (tmp_path / "a.html").read_bytes()
    clean = [sys.executable, "-m", "guardrail", "data", "audit", "clean.jsonl", "-p", str(policy)]
    assert subprocess.run(clean, cwd=tmp_path, capture_output=True, check=False).returncode == 0
