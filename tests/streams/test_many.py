"""A thousand streams at once on one event loop: none knows of another, none leaves work behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import tracemalloc
from random import Random
from typing import Final

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.runtime.reply_event import ReplyEvent

STREAMS: Final = 1_000
CANCELLED: Final = 300
AT_ONCE: Final = 20
MOST_BYTES_EACH: Final = 24_000
"""What a stream may keep of a reply of 2,000 characters while it waits."""

POLICY: Final = """edition 1
policy many
  on error treat as violation
  fallback sorry
reply sorry "Sorry."
detector loud = loud()
pattern mark = /\\bid-[0-9]+\\b/
rule hide on output severity low
  when text matches mark
  then redact as "<{n}>"
rule calm on output each sentence
  when loud >= 0.5
  then block
"""


class Loud:
    """A slow model: it waits, and counts those who wait for it."""

    def __init__(self, seconds):
        self.seconds, self.running, self.asked = seconds, 0, 0
        self.on_loop = False
        self.lock = threading.Lock()

    def __call__(self, text):
        with self.lock:
            self.running += 1
            self.asked += 1
        self.on_loop |= threading.current_thread() is threading.main_thread()
        time.sleep(self.seconds)
        with self.lock:
            self.running -= 1
        return 0.9 if "!" in text else 0.1


def guard_with(loud):
    return Guard.load(Source("many.guard", POLICY), detectors={"loud": ("score", loud)})


def reply_of(number):
    """A reply of its own for each stream: now and then a loud one."""
    end = "Stop!" if number % 10 == 3 else "Done."
    return f"This is id-{number}. It belongs to stream {number} alone, as id-{number + 1} does not. {end}"


def chunks_of(number):
    dice, text, at = Random(number), reply_of(number), 0
    while at < len(text):
        size = dice.choice((3, 8, 30))
        yield text[at : at + size]
        at += size


class Upstreams:
    """The models of all streams: how many are being read."""

    def __init__(self):
        self.opened = self.closed = 0

    async def chunks(self, number):
        self.opened += 1
        try:
            for chunk in chunks_of(number):
                await asyncio.sleep(0)
                yield chunk
        finally:
            self.closed += 1


async def read(guarded, number):
    pieces = [piece async for piece in guarded(number)]
    assert not any(isinstance(piece, ReplyEvent) for piece in pieces[:-1])
    return pieces


def test_a_thousand_streams_are_not_mixed_up_and_equal_the_check():
    loud, verdicts, upstreams = Loud(0.0005), {}, Upstreams()
    held = guard_with(loud)
    whole = [held.check(reply_of(number)) for number in range(STREAMS)]
    before = [held.check(reply_of(number).replace("!", ".")).output for number in range(STREAMS)]
    loud.on_loop, loud.asked = False, 0

    async def one(number):
        def keep(verdict):
            verdicts[number] = verdict

        return await read(held.wrap(upstreams.chunks, prompt=str, on_verdict=keep), number)

    async def every():
        return await asyncio.gather(*map(one, range(STREAMS)))

    got = asyncio.run(every())
    for number, pieces in enumerate(got):
        expected = whole[number]
        assert (verdicts[number].action, verdicts[number].output) == (
            expected.action,
            expected.output,
        )
        if expected.blocked:
            assert pieces[-1] == "Sorry."
            assert before[number].startswith("".join(pieces[:-1]))
        else:
            assert "".join(pieces) == expected.output
    assert sum(verdict.blocked for verdict in whole) == STREAMS // 10
    assert not loud.on_loop
    assert loud.asked == 3 * STREAMS
    assert upstreams.opened == upstreams.closed == STREAMS


def test_streams_cancelled_at_random_points_leave_nothing_behind():
    loud, upstreams, verdicts = Loud(0.0005), Upstreams(), []
    held = guard_with(loud)
    dice = Random(4)
    guarded = held.wrap(upstreams.chunks, prompt=str, on_verdict=verdicts.append)

    async def every():
        tasks = [asyncio.create_task(read(guarded, number)) for number in range(CANCELLED)]
        for task in dice.sample(tasks, len(tasks)):
            await asyncio.sleep(dice.choice((0, 0, 0.001, 0.003)))
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, list | asyncio.CancelledError) for each in ended)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return sum(isinstance(each, asyncio.CancelledError) for each in ended)

    cancelled = asyncio.run(every())  # which waits for the threads of its pool
    assert 0 < cancelled < CANCELLED
    assert loud.running == 0
    assert upstreams.opened == upstreams.closed
    assert len(verdicts) >= CANCELLED - cancelled
    assert not [
        each for each in threading.enumerate() if each.name.startswith(("asyncio", "guardrail"))
    ]
    asked = loud.asked
    time.sleep(0.05)
    assert loud.asked == asked


def test_readers_who_stop_leave_nothing_behind():
    loud, upstreams = Loud(0), Upstreams()
    guarded = guard_with(loud).wrap(upstreams.chunks, prompt=str)

    async def one(number):
        pieces = guarded(number)
        async for _ in pieces:
            break
        await pieces.aclose()

    async def every():
        await asyncio.gather(*map(one, range(CANCELLED)))
        assert upstreams.opened == upstreams.closed == CANCELLED
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(every())


def test_stream_that_waits_keeps_little_more_than_its_reply():
    held = guard_with(Loud(0))
    sentence = "The lamp of id-7 is on its way to you. "
    text = sentence * (2_000 // len(sentence))
    with held.stream() as first:
        first.feed(text)
    gc.collect()
    tracemalloc.start()
    try:
        streams = [held.stream() for _ in range(AT_ONCE)]
        for stream in streams:
            for at in range(0, len(text), 100):
                stream.feed(text[at : at + 100])
        gc.collect()
        waiting, _ = tracemalloc.get_traced_memory()
        for stream in streams:
            stream.cancel()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert waiting / len(streams) < MOST_BYTES_EACH
    assert after / len(streams) < MOST_BYTES_EACH / 4
