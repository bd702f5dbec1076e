"""Replies for those who have no transcript at hand: ordinary, and without anything to find."""

from __future__ import annotations

import random
from typing import Final

from guardrail.values import Subject

_LENGTH: Final = 500
_SENTENCES: Final = (
    "Thanks for reaching out, I am happy to help with that.",
    "You can change the delivery address until the parcel leaves our warehouse.",
    "Open the settings, choose the second tab and look for the option near the bottom.",
    "Our team usually answers within one working day.",
    "The warranty covers defects in material, but not ordinary wear.",
    "If the lamp still blinks after that, please hold the button for ten seconds.",
    "There are three plans, and you may switch between them at any time.",
    "Water the plant twice a week and keep it out of direct sun.",
    "I could not find anything about this in the manual, so let me ask a colleague.",
    "The museum is a short walk from the station, just past the old bridge.",
    "First melt the butter, then stir in the flour until it is smooth.",
    "Both versions read the same files, so nothing is lost when you go back.",
    "Refunds arrive on the card that was used for the order.",
    "Is there anything else that you would like to know?",
)


def made_up(count: int, seed: int = 0) -> list[Subject]:
    """Return replies of about 500 characters, each with the prompt it answers.

    >>> made_up(2) == made_up(2), len(made_up(1)[0].text)
    (True, 500)
    """
    chosen = random.Random(seed)  # noqa: S311 - variety, not secrecy
    return [Subject(_reply(chosen), "How does that work?") for _ in range(count)]


def _reply(chosen: random.Random) -> str:
    text = ""
    while len(text) < _LENGTH:
        text += chosen.choice(_SENTENCES) + " "
    return text[:_LENGTH]
