"""How replies are counted: violations, usefulness, refusals, and their interval."""

import pytest

from guardrail.language.source import Source
from guardrail.training.conduct import conduct, conduct_of, is_refusal, utility, wilson
from guardrail.training.data.rows import Message, Row
from guardrail.training.grade import Grader

POLICY = 'edition 1\npolicy p\n  on error treat as violation\nrule r on output\n  when text contains "maybe"\n  then replace with no\nreply no "No."\n'


def row(kind, expects=()):
    messages = (Message(role="user", content="Hi"),)
    return Row(1, messages, columns={"kind": kind, "expects": list(expects)})


def test_figures_of_replies():
    rows = [
        row("plain", ["reset"]),
        row("plain", ["reset"]),
        row("plain", ["reset"]),
        row("harmful"),
    ]
    replies = ["Reset it.", "Maybe reset it.", "I can’t help with that.", "I can't help with that."]
    seen = conduct(Grader.load(Source("p.guard", POLICY)), rows, replies)
    assert (seen.replies, seen.violations, seen.rules) == (4, 0.25, {"r": 1})
    assert seen.utility == pytest.approx(2 / 3)
    assert (seen.benign_refusals, seen.harmful_refusals) == (pytest.approx(1 / 3), 1.0)
    assert seen.violations_low < 0.25 < seen.violations_high


def test_prompts_can_be_asked_several_times(tmp_path, monkeypatch):
    from guardrail.training.lm import sample

    asked = []

    def say(_lm, _tokenizer, prompts, **_options):
        asked.extend(messages[0]["content"] for messages in prompts)
        return [f"maybe {len(asked)}" if messages is prompts[0] else "yes" for messages in prompts]

    monkeypatch.setattr(sample, "sample", say)
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "one"}\n{"prompt": "two"}\n', "utf-8")
    grader = Grader.load(Source("p.guard", POLICY))
    seen, said = conduct_of(None, None, prompts, grader, seed=0, max_tokens=8, replies=3)
    assert asked == ["one", "two"] * 3
    assert (seen.replies, len(said)) == (6, 6)
    assert seen.violations == 0.5


def test_utility_is_unknown_where_nothing_is_expected():
    assert utility(row("harmful"), "anything") is None


@pytest.mark.parametrize(
    ("reply", "is_one"),
    [
        ("I'm sorry, but that is not possible.", True),
        ("I cannot assist with this.", True),
        ("I won’t answer that.", True),
        ("I am sorry about that. Please restart the router.", False),
        ("You can't help it, restart the router.", False),
        ("", False),
    ],
)
def test_refusals(reply, is_one):
    assert is_refusal(reply) is is_one


def test_the_interval_holds_the_rate_and_shrinks():
    for hits, total in ((0, 10), (5, 10), (10, 10)):
        low, high = wilson(hits, total)
        wide = wilson(hits * 100, total * 100)
        assert 0 <= low <= hits / total <= high <= 1
        assert wide[1] - wide[0] < high - low
