"""The large run of the streams' property: `python -m tests.streams.nightly --cases 1000000`.

The same random policies and texts as `test_equals_batch`, with forty chunkings of each text. It
prints how far it is, and ends with the number of differences, and status 1 where there are any.
"""

from __future__ import annotations

import time
from random import Random

import click

from tests.streams.compare import chunkings, difference
from tests.streams.worlds import POLICIES, PROMPTS, random_text, world

CHUNKINGS = 40


@click.command(help=__doc__)
@click.option("--cases", default=1_000_000, show_default=True, help="Streams to compare.")
@click.option("--seed", default="nightly", show_default=True)
def main(cases: int, seed: str) -> None:
    """Compare streams, and tell what differs."""
    begun, different = time.monotonic(), 0
    for number in range(-(-cases // CHUNKINGS)):
        dice = Random(f"{seed} {number}")
        which = dice.randrange(POLICIES)
        held, text, prompt = world(which), random_text(dice), dice.choice(PROMPTS)
        whole = held.check(text, prompt=prompt)
        for case in chunkings(dice, text, CHUNKINGS):
            if (what := difference(held, case, whole, prompt)) is not None:
                different += 1
                click.echo(f"policy {which}, {text!r}, {prompt!r}, {case.chunks}: {what}")
        if number % 250 == 249:
            done, seconds = (number + 1) * CHUNKINGS, time.monotonic() - begun
            click.echo(f"{done:,} streams, {different} differences, {seconds:,.0f} s")
    click.echo(f"{(number + 1) * CHUNKINGS:,} streams compared, {different} differences")
    raise SystemExit(different > 0)


if __name__ == "__main__":
    main()
