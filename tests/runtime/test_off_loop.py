"""Async callers: the loop goes on, who waits at the same time is answered together, nothing stays."""

import asyncio
import contextvars
import gc
import threading
import time

import pytest

from guardrail import Batched, Guard
from guardrail.errors import SettingsError
from guardrail.language.source import Source
from guardrail.runtime import off_loop as off
from guardrail.runtime.off_loop import MOST_THREADS, off_loop
from guardrail.stages.together import Together, _Asked

MANY = 200
MOST = 32

POLICY = """edition 1
policy batched
  on error treat as violation
  fallback no
reply no "No."
detector loud = loud(limit: 1)
rule calm on output{each}
  when loud >= 0.5
  then block with no
"""


class Slow:
    """A model that takes as long for many texts as for one."""

    def __init__(self):
        self.sizes, self.threads = [], set()

    def __call__(self, texts, limit):
        assert limit == 1
        self.sizes.append(len(texts))
        self.threads.add(threading.current_thread())
        time.sleep(0.02)
        if any("bad" in text for text in texts):
            raise LookupError("bad")
        return [0.9 if "!" in text else 0.1 for text in texts]


def guard_with(slow, each=""):
    registered = {"loud": ("score", Batched(slow, most=MOST))}
    return Guard.load(Source("b.guard", POLICY.format(each=each)), detectors=registered)


def test_checks_at_the_same_time_are_asked_about_together():
    slow = Slow()
    guard = guard_with(slow)

    async def every():
        return await asyncio.gather(*(guard.acheck("Hi!" if n % 3 else "Hi.") for n in range(MANY)))

    verdicts = asyncio.run(every())
    assert [verdict.blocked for verdict in verdicts] == [bool(n % 3) for n in range(MANY)]
    assert sum(slow.sizes) == MANY
    assert max(slow.sizes) <= MOST
    assert len(slow.sizes) < MANY / 4
    assert threading.main_thread() not in slow.threads


def test_streams_at_the_same_time_are_asked_about_together():
    slow = Slow()
    guard = guard_with(slow, " each sentence")

    async def chunks(number):
        for word in f"This is {number}. It is well. {'Stop!' if number % 3 else 'Done.'}".split(
            " "
        ):
            await asyncio.sleep(0)
            yield word + " "

    guarded = guard.wrap(chunks, prompt=str)

    async def read(number):
        return [piece async for piece in guarded(number)]

    async def every():
        return await asyncio.gather(*map(read, range(MANY)))

    for number, pieces in enumerate(asyncio.run(every())):
        assert pieces[-1] == ("No." if number % 3 else "Done. ")
    assert sum(slow.sizes) == 3 * MANY
    assert len(slow.sizes) < 3 * MANY / 4
    assert threading.main_thread() not in slow.threads


def test_the_loop_goes_on_while_a_detector_runs():
    entered, goes_on = threading.Event(), threading.Event()

    def wait(texts, limit):
        entered.set()
        assert goes_on.wait(5), "the loop was held"
        return [0.1] * len(texts)

    guard = guard_with(wait)

    async def both():
        checking = asyncio.create_task(guard.acheck("Hi."))
        await asyncio.to_thread(entered.wait, 5)
        goes_on.set()
        return await checking

    assert asyncio.run(both()).action == "allow"


def test_an_error_is_that_of_the_text_alone():
    guard = guard_with(Slow())
    texts = ["Hi.", "bad", "Ho.", "bad"] * 5

    async def every():
        return await asyncio.gather(*map(guard.acheck, texts))

    verdicts = asyncio.run(every())
    assert [bool(verdict.errors) for verdict in verdicts] == [text == "bad" for text in texts]
    assert {verdict.errors[0].error for verdict in verdicts if verdict.errors} == {"LookupError"}
    assert [bool(verdict.errors) for verdict in guard.check_batch(texts)] == [
        text == "bad" for text in texts
    ]


@pytest.mark.parametrize("answers", [[], [0.1, 0.2], None, 0.1, "0"])
def test_answers_that_are_not_one_for_each_text_are_an_error(answers):
    guard = guard_with(lambda texts, limit: answers)
    verdict = guard.check("Hi.")
    assert (verdict.blocked, bool(verdict.errors)) == (True, True)


def test_a_batched_judge_has_the_question():
    seen = []

    def judge(texts, question):
        seen.append((texts, question))
        return [0.9] * len(texts)

    text = POLICY.format(each="").replace("loud(limit: 1)", 'judge(model: "j", question: "Loud?")')
    guard = Guard.load(Source("b.guard", text), judges={"j": Batched(judge)})
    assert guard.check("Hi.").blocked
    assert seen == [(["Hi."], "Loud?")]


def test_batched_refuses_what_cannot_be():
    async def later(texts):
        return texts

    with pytest.raises(SettingsError, match="async"):
        Batched(later)
    with pytest.raises(SettingsError, match="most"):
        Batched(len, most=0)


# ---------------------------------------------------------------- together


def test_who_asks_first_is_answered_first_and_no_batch_is_too_large():
    entered, goes_on, batches = threading.Event(), threading.Event(), []

    def run(items):
        batches.append(list(items))
        entered.set()
        assert goes_on.wait(5)
        return items

    together = Together(run, most=3)
    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=together.ask, args=([number],)))
        threads[-1].start()
        assert entered.wait(5)
        while len(together) < number:
            time.sleep(0.001)
    goes_on.set()
    for thread in threads:
        thread.join()
    assert batches == [[0], [1, 2, 3], [4, 5, 6], [7]]
    assert together.ask([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]


def test_an_interrupted_batch_leaves_nobody_waiting():
    entered, errors = threading.Event(), []

    def run(items):
        entered.set()
        while items == [0] and not len(together):
            time.sleep(0.001)
        raise KeyboardInterrupt

    def ask(item):
        with pytest.raises((KeyboardInterrupt, RuntimeError)) as caught:
            together.ask([item])
        errors.append(caught.type)

    together = Together(run)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
        assert entered.wait(5)
    for thread in threads:
        thread.join(5)
    assert errors.count(KeyboardInterrupt) >= 2
    assert len(errors) == 3


def test_a_caller_who_is_interrupted_while_it_waits_holds_up_nobody():
    entered, goes_on, answers = threading.Event(), threading.Event(), []

    def run(items):
        entered.set()
        assert goes_on.wait(5)
        return items

    def ask(item):
        answers.extend(together.ask([item]))

    together = Together(run, most=1)
    first = threading.Thread(target=ask, args=(1,))
    first.start()
    assert entered.wait(5)
    interrupted = _Asked([2])
    together._queue.append(interrupted)
    last = threading.Thread(target=ask, args=(3,))
    last.start()
    while len(together) < 2:
        time.sleep(0.001)

    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            goes_on.set()
            super().wait(5)  # until it is its turn
            raise KeyboardInterrupt

    interrupted.woken = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        together._wait(interrupted)
    for thread in (first, last):
        thread.join(5)
    assert sorted(answers) == [1, 3]


def test_a_function_that_asks_itself_does_not_wait_for_itself():
    def run(items):
        return together.ask([item - 1 for item in items]) if items[0] else items

    together = Together(run)
    assert together.ask([3]) == [0]


# ---------------------------------------------------------------- threads


def of_ours():
    return [each for each in threading.enumerate() if each.name.startswith("guardrail")]


def test_context_and_errors_pass_through():
    name = contextvars.ContextVar("name")

    async def ask():
        name.set("ann")
        assert await off_loop(name.get) == "ann"
        with pytest.raises(ZeroDivisionError):
            await off_loop(divmod, 1, 0)

    asyncio.run(ask())


def test_threads_end_with_their_loop():
    async def ask():
        await asyncio.gather(*(off_loop(time.sleep, 0.01) for _ in range(2 * MOST_THREADS)))
        assert 1 < len(of_ours()) <= MOST_THREADS

    asyncio.run(ask())
    assert not of_ours()


def test_a_loop_that_is_closed_by_hand_leaves_no_threads_once_another_opens():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(off_loop(time.sleep, 0))
    loop.close()
    del loop
    asyncio.run(off_loop(time.sleep, 0))
    gc.collect()
    for thread in of_ours():
        thread.join(5)
    assert not of_ours()
    assert not [each for each in off._pools if each.is_closed()] or len(off._pools) <= 1
