"""What is taken from a detector, and what is not."""

import pytest

from guardrail.runtime.asking import answers_of
from guardrail.values import Failure, Subject


class Reader:
    """A detector that sees a part of each text."""

    gate = ()

    def __init__(self, shares, outcome=0.1):
        self.shares, self.outcome = shares, outcome

    def run(self, subjects):
        if any(subject.text == "bad" for subject in subjects):
            raise ValueError("bad")
        return [self.outcome] * len(subjects)

    def coverage(self, subjects):
        return self.shares[: len(subjects)]


TEXTS = [Subject("a"), Subject("b")]


def test_what_was_not_read_whole_is_an_error():
    assert answers_of(Reader([1.0, 0.99]), TEXTS) == [(0.1, 1.0), (Failure("not read whole"), 0.99)]


def test_an_error_stays_the_error_that_it_is():
    late = Failure("too long")
    assert answers_of(Reader([0.0, 0.0], late), TEXTS) == [(late, 0.0)] * 2


@pytest.mark.parametrize("shares", [[1.0], []])
def test_shares_that_do_not_fit_the_texts_are_an_error(shares):
    found = answers_of(Reader(shares), [Subject("a"), Subject("b"), Subject("c")])
    assert [outcome for outcome, _ in found] == [Failure("wrong number of answers")] * 3


def test_one_bad_text_does_not_fail_its_neighbors():
    found = answers_of(Reader([1.0, 1.0]), [Subject("a"), Subject("bad")])
    assert found == [(0.1, 1.0), (Failure("ValueError"), None)]
