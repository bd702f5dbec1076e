"""Targets by name: endpoints, folders of models, functions."""

import pytest

from guardrail.errors import SettingsError
from guardrail.redteam.run import run
from guardrail.redteam.targets import KEY, asked, load_target
from guardrail.redteam.techniques import ESCALATION
from tests.redteam.policies import leaky, settings
from tests.redteam.server import chat_server

BEFORE = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def test_an_endpoint_is_asked_with_its_model_and_key(monkeypatch):
    monkeypatch.setenv(KEY, "k")
    with chat_server(lambda messages: messages[-1]["content"].upper()) as (url, seen):
        target = load_target(url)
        assert asked(target, "say it") == "SAY IT"
        assert asked(target, "and now", BEFORE) == "AND NOW"
    key, document = seen[1]
    assert key == "Bearer k"
    assert document["model"] == "small"
    assert document["messages"] == [*BEFORE, {"role": "user", "content": "and now"}]


def test_an_endpoint_that_fails_raises():
    with chat_server(lambda _messages: None) as (url, _), pytest.raises(ConnectionError):
        load_target(url)("hello")


@pytest.mark.parametrize(
    "name",
    ["http://127.0.0.1:1/v1", "http://a:b@127.0.0.1/v1#m", "http://h/v1?key=1#m", "ftp://h/v1#m"],
)
def test_an_endpoint_has_a_model_and_nothing_secret_in_its_name(name):
    with pytest.raises(SettingsError) as found:
        load_target(name)
    assert "http://127.0.0.1:8080/v1" in found.value.help


def test_a_function_is_told_the_last_message_alone():
    assert asked(load_target("builtins:str"), "hello", BEFORE) == "hello"


def test_a_model_that_takes_conversations_is_led_up_to_the_text(tmp_path):
    guard = leaky()
    with chat_server(lambda messages: f"Yes {len(messages)}.") as (url, seen):
        done = run(guard, load_target(url), tmp_path / "log.jsonl", settings(guard, 600, rounds=1))
    led = [each for each in done.attempts if ESCALATION in each.attack.names]
    assert led
    assert {each.reply for each in led} == {"Yes 7."}
    talks = [document["messages"] for _, document in seen if len(document["messages"]) == 7]
    assert len(talks) == len(led)
    for talk, attempt in zip(talks, led, strict=True):
        assert [each["role"] for each in talk] == ["user", "assistant"] * 3 + ["user"]
        assert attempt.attack.shown not in talk[0]["content"] + talk[2]["content"]
        assert talk[-1]["content"] == attempt.attack.prompt
        assert attempt.attack.text in talk[-1]["content"]


def test_a_function_is_not_led_up(tmp_path):
    guard = leaky()
    done = run(guard, str, tmp_path / "log.jsonl", settings(guard, 400, rounds=1))
    assert not any(ESCALATION in each.attack.names for each in done.attempts)
