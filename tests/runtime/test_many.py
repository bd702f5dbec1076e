"""Texts looked at together get the verdicts that each of them gets alone."""

from random import Random

import pytest

from guardrail import Guard, Subject
from guardrail.bench import made_up
from guardrail.language.source import Source
from guardrail.runtime.many import check_each

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
WORDS = 'rule hosts on both\n  when text contains "db7.internal"\n  then redact as "[host]"\n'
POLICIES = {
    "a list, an address and a length": WORDS
    + "rule mail on both\n  when text matches address\n  then flag\n"
    + r"pattern address = /^[a-z.]+@[a-z]+\.org$/"
    + "\ndetector n = length(unit: words)\nrule long on both\n  when n > 40\n  then flag\n",
    "the prompt too": WORDS
    + 'rule asked on output\n  when prompt contains "secret"\n  then block\n',
    "each sentence": WORDS
    + 'rule calm on output each sentence\n  when text contains "stop"\n  then flag\n',
    "what is not there": 'rule thanks on both\n  require text contains "thanks"\n  then flag\n',
    "exceptions": 'list ours ["ann@b.org"]\n'
    "detector who = pii(entities: [EMAIL_ADDRESS])\n"
    "rule mail on both\n  when who found\n  except ours\n  then redact\n",
    "secrets": "detector keys = secrets()\nrule no_keys on both\n  when keys found\n  then redact\n",
}
PIECES = (
    "db7.internal", "db7", ".internal", "ann@b.org", "j.doe@x.org", "stop", "Thanks", "secret",
    "&#100;b7.internal", "ZGI3LmludGVybmFs", "d b 7 . i n t e r n a l", "**db7**.internal", "dЬ7",
    "AKIAQWERTYUIOPASDFGH", "zero-\u200bwidth", "naïve", "x" * 3000, "", "\n", "\n\n", " ", "\ud800",
)  # fmt: skip


def load(body: str, **options: object) -> Guard:
    return Guard.load(Source("p.guard", HEAD + body), **options)


def random_text(dice: Random) -> str:
    """A reply, mostly with nothing to be found; else one with something, or the edge of it."""
    text = made_up(1, dice.randrange(1000))[0].text[: dice.randrange(1, 400)]
    if dice.random() < 0.7:
        return text
    piece = dice.choice(PIECES)
    return dice.choice((piece, f"{text} {piece}", f"{piece} {text}", f"{text}{piece}{text}"))


def said(verdict):
    record = verdict.record()
    del record["ms"]
    return record


@pytest.mark.parametrize("body", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("on", ["output", "input"])
def test_texts_together_are_judged_like_each_alone(body, on):
    guard = load(body)
    dice = Random(f"together {body} {on}")
    subjects = [
        Subject(random_text(dice), dice.choice((None, "Hi", "a secret"))) for _ in range(400)
    ]
    alone = [said(guard.check(each.text, prompt=each.prompt, on=on)) for each in subjects]
    assert [said(each) for each in check_each(guard, subjects, on=on)] == alone
    assert len({each["action"] for each in alone}) > 1 or (on == "input" and "sentence" in body)


def test_what_two_texts_would_make_together_is_in_neither():
    guard = load(WORDS)
    subjects = [Subject("db7"), Subject(".internal"), Subject("db7.in"), Subject("ternal")] * 9
    assert {each.action for each in check_each(guard, subjects)} == {"allow"}


def test_quiet_texts_are_not_checked_one_by_one(monkeypatch):
    guard, alone = load(WORDS), []
    check = Guard.check
    monkeypatch.setattr(
        Guard, "check", lambda self, text, **rest: alone.append(text) or check(self, text, **rest)
    )
    texts = [each.text[:150] for each in made_up(200, 5)]
    texts[70] = "on db7.internal"
    verdicts = [*check_each(guard, [Subject(text) for text in texts])]
    assert [each.action for each in verdicts].count("redact") == 1
    assert "on db7.internal" in alone
    assert len(alone) < 40
    assert all(each.ms > 0 for each in verdicts)


def test_no_texts_have_no_verdicts():
    assert [*check_each(load(WORDS), [])] == []
