"""Targets by name: endpoints, folders of models, functions."""

import pytest

from guardrail.errors import SettingsError
from guardrail.redteam.targets import KEY, asked, load_target
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
