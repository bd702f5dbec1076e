"""Which argument is the prompt, and putting another one there."""

import functools

import pytest

from guardrail import GuardrailError
from guardrail.runtime.prompts import Parameters, asked, put_back

USER = {"role": "user", "content": "Hi"}


def found(function, *args, **kwargs):
    return asked((args, kwargs), Parameters.of(function))


def rewritten(content, new):
    arguments = ((), {"messages": [{"role": "user", "content": content}]})
    place = asked(arguments, Parameters())
    return put_back(arguments, place, new)[1]["messages"][0]["content"]


def answer(model, prompt="default", **more):
    """Be a function with a prompt behind another text."""


class Client:
    def answer(self, model, prompt):
        """Be a method."""

    def __call__(self, model, prompt):
        """Be called."""


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (answer, ("m", "Hi"), {}),
        (answer, ("m",), {"prompt": "Hi"}),
        (answer, (), {"prompt": "Hi", "model": "m", "style": "s"}),
        (functools.partial(answer, "m"), ("Hi",), {}),
        (Client().answer, ("m", "Hi"), {}),
        (Client.answer, (Client(), "m", "Hi"), {}),
        (Client(), ("m", "Hi"), {}),
        (lambda model, messages: None, ("m", [USER]), {}),
        (lambda model, messages, prompt=None: None, ("m", [USER]), {}),
        (lambda messages, prompt="": None, ([USER],), {}),
        (lambda *, prompt, messages: None, (), {"prompt": "", "messages": [USER]}),
        (lambda question, model="m": None, ("Hi",), {}),
        (lambda history: None, ([USER],), {}),
        (print, ("Hi",), {}),
        (lambda **kwargs: None, (), {"model": "m", "prompt": "Hi"}),
    ],
)
def test_prompt_is_found(function, args, kwargs):
    assert found(function, *args, **kwargs).prompt == "Hi"


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (lambda system, user: None, ("s", "Hi"), {}),
        (lambda message, history: None, ("Hi", [USER]), {}),
        (answer, ("m",), {}),
        (str, ("m", "Hi"), {}),
        (lambda prompt, model: None, (object(), "m"), {}),
        (lambda model, messages: None, ("m", []), {}),
        (lambda model, messages: None, ("m", [USER, object()]), {}),
        (lambda messages: None, ([{"role": "user", "content": [object()]}],), {}),
        (lambda messages: None, ([{"role": "user", "content": [{"text": {"value": 1}}]}],), {}),
    ],
)
def test_prompt_is_never_guessed(function, args, kwargs):
    asked_for = found(function, *args, **kwargs)
    assert (asked_for.prompt, asked_for.is_unclear) == (None, True)


def test_decorator_that_adds_an_argument_does_not_shift_the_names():
    @functools.wraps(answer)
    def with_client(*args):
        return answer("client", *args)

    assert found(with_client, "Hi", "formal").is_unclear
    assert found(with_client, "Hi").prompt == "Hi"


@pytest.mark.parametrize("arguments", [((), {}), ((1,), {"n": None})])
def test_call_without_any_text_has_no_prompt(arguments):
    nothing = asked(arguments, Parameters())
    assert (nothing.prompt, nothing.is_unclear) == (None, False)


def test_default_prompt_is_read_and_written():
    function = functools.partial(answer)
    arguments = ((None,), {})
    place = asked(arguments, Parameters.of(function))
    assert place.prompt == "default"
    assert put_back(arguments, place, "new") == ((None,), {"prompt": "new"})


def test_system_prompt_stands_in_the_same_messages():
    system = {"role": "system", "content": "S"}
    assert found(lambda messages: None, [system, USER]).system == "S"


def test_last_user_message_is_replaced_and_nothing_else():
    messages = [USER, {"role": "assistant", "content": "Hi"}, USER, {"role": "tool", "content": ""}]
    arguments = ((messages,), {})
    (changed,), _ = put_back(arguments, asked(arguments, Parameters()), "Ho")
    assert [message["content"] for message in changed] == ["Hi", "Hi", "Ho", ""]
    assert messages[2] is USER
    assert USER["content"] == "Hi"


def test_text_goes_back_to_its_own_place():
    arguments = (("Hi", "Hi"), {"title": "Hi"})
    place = asked(arguments, Parameters.of(answer))
    assert put_back(arguments, place, "Ho") == (("Hi", "Ho"), {"title": "Hi"})


IMAGE = {"type": "image_url", "image_url": {"url": "x"}, "text": None}


@pytest.mark.parametrize(
    ("content", "new", "expected"),
    [
        ([{"text": "ann"}, IMAGE], "[n]", [{"text": "[n]"}, IMAGE]),
        (["ann", IMAGE], "", ["", IMAGE]),
        (
            [{"text": "ann "}, IMAGE, {"text": "bo"}],
            "[n] bo",
            [{"text": "[n] "}, IMAGE, {"text": "bo"}],
        ),
        ([{"text": "aa"}, {"text": "aa"}], "aaa", [{"text": "aa"}, {"text": "a"}]),
        ([{"text": "a"}, {"text": "b"}], "ab more", [{"text": "a"}, {"text": "b more"}]),
    ],
)
def test_parts_that_are_not_the_prompt_stay(content, new, expected):
    assert rewritten(content, new) == expected


def test_text_over_several_changed_parts_is_refused():
    with pytest.raises(GuardrailError, match="several text parts") as caught:
        rewritten([{"text": "I am ann"}, IMAGE, {"text": "and bo"}], "I am [n]and [n]")
    assert "I am" not in str(caught.value)
