"""Which lenses there are, and who looks through which.

Rules look at the plain text first. *Layers* take off what hides the text itself, one after the
other, as long as there is something to take off. *Folds* make characters equal; what they show is
looked at and left. *Branches* read the text in another way: each starts from the text and from
what the layers left of it.
`guardrail.text.search` says how they follow one another. One more disguise is one more `Lens` in a
tuple. A lens is asked only about texts in which its `asks` expression occurs, so that an ordinary
text costs no view at all.
"""

from __future__ import annotations

from typing import Final

from guardrail.text.decoding import asks_to_decode, decoded
from guardrail.text.invisible import invisible, seen
from guardrail.text.lookalikes import asks_for_lookalikes, undisguised
from guardrail.text.view import Lens, asks_to_fold, asks_to_normalize, folded, normalized
from guardrail.text.widen import character_class


def _asks_for_invisible() -> str:
    return character_class(invisible())


VISIBLE: Final = Lens("visible", _asks_for_invisible, seen)
DECODED: Final = Lens("decoded", asks_to_decode, decoded)
LAYERS: Final = (VISIBLE, DECODED)
"""What is taken off the text, one after the other, in this order."""

FOLDED: Final = Lens("folded", asks_to_fold, folded, "folded")
NORMALIZED: Final = Lens("normalized", asks_to_normalize, normalized)

ENTRY_FOLDS: Final = (FOLDED,)
"""How characters are made equal for lists and phrases."""

PATTERN_FOLDS: Final = (NORMALIZED,)
"""How characters are made equal for patterns."""

LOOKALIKES: Final = Lens("lookalikes", asks_for_lookalikes, undisguised, "bare")
BRANCHES: Final = (LOOKALIKES,)
"""Other ways to read a text, each beside the others."""

LENSES: Final = (*LAYERS, *ENTRY_FOLDS, *PATTERN_FOLDS, *BRANCHES)
