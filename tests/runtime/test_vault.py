"""Pseudonyms: numbers, keyed hashes, and the vault that knows the way back."""

from __future__ import annotations

import copy
import gc
import logging
import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail import Conversation, Guard, ReplyTypeError, Vault
from guardrail.language.source import Source

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
MAIL = r"pattern mail = /[a-zA-Z.]+@[a-z.]+\b/" + "\n"
CALL = r"pattern call = /\b\d{3}-\d{4}\b/" + "\n"


def guard_of(template, *, on="output", more="", key=None):
    rule = f'rule r on {on}\n  when text matches mail\n  then redact as "{template}"\n'
    return Guard.load(Source("p.guard", HEAD + MAIL + CALL + rule + more), hash_key=key)


BOTH = 'rule s on output\n  when text matches call\n  then redact as "{template}"\n'


def also(template):
    return BOTH.replace("{template}", template)


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize(
    "template",
    [
        "[{type}_{n}]",
        "{type}_{n}",
        "person {n}",
        "{n}) {type}",
        "<{hash}>",
        "{hash}",
        "{type} {last4} #{n}",
        "({last4}|{hash})",
        "a+b{n}.*",
    ],
)
def test_what_was_cut_comes_back(template):
    guard, vault = guard_of(template, key="k"), Vault()
    text = "Ann.Smith@example.org, bo@b.test (cc: Ann.Smith@example.org), cy@cy.example!"
    shown = guard.check(text, conversation=vault).output
    assert "@" not in shown
    assert vault.restore(shown) == text


NAMES = st.text("abcxyz.", min_size=1, max_size=6).map(lambda name: f"a{name}@example.org")
WORDS = st.sampled_from(["[MAIL_", "1]", "12", "MAIL", "x", "\u00e9", "call 555-0100", "]", "#"])


GUARD = guard_of("[{type}_{n}]", more=also("[{type}_{n}]"))


@settings(deadline=None)
@given(st.lists(st.one_of(NAMES, WORDS), max_size=12), st.lists(st.one_of(NAMES, WORDS)))
def test_texts_come_back_whatever_stands_around(first, second):
    guard, vault = GUARD, Vault()
    texts = [" ".join(first), " ".join(second)]
    shown = [guard.check(text, conversation=vault).output for text in texts]
    assert [vault.restore(each) for each in shown] == texts


def test_reply_of_the_model_gets_the_values_that_the_prompt_had():
    guard, vault = guard_of("[{type}_{n}]", on="both"), Vault()
    prompt = guard.check("I am ann@example.org", on="input", conversation=vault).output
    assert prompt == "I am [MAIL_1]"
    reply = guard.check("Hello [MAIL_1], ask bo@b.test.", conversation=vault).output
    assert reply == "Hello [MAIL_1], ask [MAIL_2]."
    assert vault.restore(reply) == "Hello ann@example.org, ask bo@b.test."


def test_stream_keeps_its_values_too():
    guard, vault = guard_of("[{type}_{n}]"), Vault()
    with guard.stream(conversation=vault) as stream:
        shown = "".join([*stream.feed("to ann@exam"), *stream.feed("ple.org"), *stream.close()])
    assert (shown, vault.restore(shown)) == ("to [MAIL_1]", "to ann@example.org")


# ---------------------------------------------------------------- what does not come back


def test_unknown_pseudonym_and_part_of_another_word_stay():
    guard, vault = guard_of("{type}_{n}"), Vault()
    guard.check("ann@example.org", conversation=vault)
    for text in ("MAIL_2", "MAIL_12", "MY_MAIL_1", "MAIL_1st", "MAIL_1_2", "mail_1", "MAIL 1"):
        assert vault.restore(text) == text
    assert vault.restore("(MAIL_1)'s") == "(ann@example.org)'s"


@pytest.mark.parametrize("template", ["[{type}]", "{last4}", "{n}", " {n} ", "gone"])
def test_template_that_does_not_name_a_value_gives_none_back(template):
    guard, vault = guard_of(template), Vault()
    shown = guard.check("to ann@example.org on page 1", conversation=vault).output
    assert vault.restore(shown) == shown


def test_pseudonym_of_two_values_stands_for_none():
    guard, vault = guard_of("person {n}", more=also("person {n}")), Vault()
    shown = guard.check("ann@example.org 555-0100 bo@b.test", conversation=vault).output
    assert shown == "person 1 person 1 person 2"
    assert vault.restore(shown) == "person 1 person 1 bo@b.test"
    again = guard.check("ann@example.org", conversation=vault).output
    assert vault.restore(again) == "person 1"


def test_value_comes_back_as_it_was_first_written():
    guard, vault = guard_of("{type}_{n}"), Vault()
    shown = guard.check("Ann@example.org is ann@example.org", conversation=vault).output
    assert (shown, vault.restore(shown)) == (
        "MAIL_1 is MAIL_1",
        "Ann@example.org is Ann@example.org",
    )


def test_value_that_looks_like_a_pseudonym_is_not_looked_up_again():
    text = "MAIL_1@example.org ann@example.org"
    rules = (
        r"pattern mail = /[\w.]+@[a-z.]+\b/" + "\nrule r on output when text matches mail\n"
        '  then redact as "{type}_{n}"\n'
    )
    guard, vault = Guard.load(Source("p.guard", HEAD + rules)), Vault()
    shown = guard.check(text, conversation=vault).output
    assert (shown, vault.restore(shown)) == ("MAIL_1 MAIL_2", text)


def test_conversation_alone_knows_no_way_back():
    guard, talk = guard_of("{type}_{n}"), Conversation()
    guard.check("ann@example.org", conversation=talk)
    assert not hasattr(talk, "restore")
    held = [each for each in gc.get_referents(*gc.get_referents(talk)) if isinstance(each, str)]
    assert [each for each in held if "ann" in each] == []


def test_forgotten_values_stay_away_and_numbers_go_on():
    guard, vault = guard_of("{type}_{n}"), Vault()
    guard.check("ann@example.org", conversation=vault)
    vault.forget()
    assert vault.restore("MAIL_1") == "MAIL_1"
    shown = guard.check("bo@b.test ann@example.org", conversation=vault).output
    assert shown == "MAIL_2 MAIL_1"
    assert vault.restore(shown) == "bo@b.test ann@example.org"


def test_values_of_one_vault_are_unknown_to_another():
    guard, vault = guard_of("{type}_{n}"), Vault()
    guard.check("ann@example.org", conversation=vault)
    assert Vault().restore("MAIL_1") == "MAIL_1"


@pytest.mark.parametrize("value", [None, b"MAIL_1", 1])
def test_only_text_can_be_restored(value):
    with pytest.raises(ReplyTypeError, match="the text to restore must be text"):
        Vault().restore(value)


# ---------------------------------------------------------------- values are shown nowhere


def test_vault_shows_no_value(caplog):
    caplog.set_level(logging.DEBUG)
    guard, vault = guard_of("{type}_{n}"), Vault()
    verdict = guard.check("ann@example.org bo@b.test", conversation=vault)
    shown = [repr(vault), str(vault), f"{vault}", repr(verdict), str(verdict.record()), caplog.text]
    assert "ann" not in "".join(shown)
    assert (repr(vault), repr(Vault())) == ("Vault(values=2)", "Vault(values=0)")
    talk = Conversation()
    guard.check("ann@example.org", conversation=talk)
    assert repr(talk) == "Conversation(values=1)"


@pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
def test_vault_cannot_be_written_out_or_doubled(make):
    vault = Vault()
    guard_of("{type}_{n}").check("ann@example.org", conversation=vault)
    with pytest.raises(TypeError, match="cannot be copied") as caught:
        make(vault)
    assert "ann@" not in "".join(traceback.format_exception(caught.value))


# ---------------------------------------------------------------- numbers and hashes


def test_empty_conversation_is_used():
    guard, vault = guard_of("{type}_{n}"), Vault()
    for text, shown in (("ann@example.org", "MAIL_1"), ("bo@b.test", "MAIL_2")):
        assert guard.check(text, conversation=vault).output == shown


def test_numbers_count_for_each_type():
    guard = guard_of("{type}_{n}", more=also("{type}_{n}"))
    shown = guard.check("a@b.test 555-0100 c@d.test 555-0101 a@b.test").output
    assert shown == "MAIL_1 CALL_1 MAIL_2 CALL_2 MAIL_1"


def test_same_number_however_a_value_is_written():
    pytest.importorskip("presidio_analyzer")
    rules = (
        "detector ids = pii(entities: [PHONE_NUMBER, IBAN_CODE, CREDIT_CARD])\n"
        'rule r on output when ids found then redact as "{type}_{n}"\n'
    )
    guard, talk = Guard.load(Source("p.guard", HEAD + rules)), Conversation()
    texts = (
        "call 415-555-2671",
        "call +1 (415) 555-2671",
        "IBAN DE89 3704 0044 0532 0130 00",
        "IBAN DE89370400440532013000",
        "card 4111 1111 1111 1111",
        "card 4111-1111-1111-1111",
        "card 5500 0000 0000 0004",
    )
    shown = [guard.check(text, conversation=talk).output.split()[-1] for text in texts]
    numbers = [*["PHONE_NUMBER_1"] * 2, *["IBAN_CODE_1"] * 2, *["CREDIT_CARD_1"] * 2]
    assert shown == [*numbers, "CREDIT_CARD_2"]


def test_hash_depends_on_key_type_and_value_and_on_nothing_else():
    one, other = guard_of("{hash}", key="k"), guard_of("{hash}", key=b"l")
    first = one.check("ann@example.org").output
    assert first == one.check("ANN@example.org", conversation=Vault()).output
    assert len({first, other.check("ann@example.org").output, one.check("a@b.test").output}) == 3
    assert len(first) == 16
    typed = guard_of("{hash}", key="k", more=r"pattern post = /\w+ at \w+/" + "\n").check
    assert typed("ann@example.org").output == first


def test_threads_share_a_vault():
    guard, vault = guard_of("[{type}_{n}]"), Vault()
    texts = [f"to u{chr(97 + at % 26)}{chr(97 + at // 26)}@example.org" for at in range(200)] * 3

    def back(text):
        return vault.restore(guard.check(text, conversation=vault).output)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(back, texts)) == texts
    assert repr(vault) == "Vault(values=200)"
