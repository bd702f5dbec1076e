"""Text of a stream: whole characters, and nothing of a stop text, however tokens are cut."""

from hypothesis import given
from hypothesis import strategies as st

from guardrail.generation.text import Writer


def writer(stop=()):
    return Writer(lambda ids: bytes(ids).decode("utf-8", "replace"), stop)


@given(st.text(max_size=30), st.lists(st.text("ab", min_size=1, max_size=3), max_size=2))
def test_chunks_are_the_text_up_to_the_first_stop(text, stop):
    one = writer(tuple(stop))
    shown = ""
    for byte in text.encode():
        shown += one.add(byte)
        if one.is_stopped:
            break
    shown += one.close()
    whole = text.rstrip("\ufffd") if one.is_stopped else text
    places = [(whole.find(each) + len(each), whole.find(each)) for each in stop if each in whole]
    until = min(places)[1] if places else len(whole)  # of the stop text that is complete first
    assert shown == whole[:until] == one.text


def test_no_part_of_a_character_is_shown():
    one = writer()
    assert [one.add(byte) for byte in "é".encode()] == ["", "é"]
