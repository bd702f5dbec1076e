"""Which views there are, and who looks through which.

Rules look at the plain text first. *Layers* take off what hides the text itself, one after the
other, as long as there is something to take off; everybody looks at what is left each time. *Folds*
make characters equal, in the plain text and in each layer: those for list entries, and those for
patterns. One more disguise is one more `Lens` in a tuple. A lens is asked only about texts in which
its `asks` expression occurs, so that an ordinary text costs no view at all.
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
"""What is taken off the text, for lists, phrases and patterns alike."""

FOLDED: Final = Lens("folded", asks_to_fold, folded, "folded")
NORMALIZED: Final = Lens("normalized", asks_to_normalize, normalized)
UNDISGUISED: Final = Lens("lookalikes", asks_for_lookalikes, undisguised, "bare")

FOLDS: Final = (FOLDED, NORMALIZED, UNDISGUISED)
"""What makes characters equal; the first view that shows a finding names it."""

ENTRY_VIEWS: Final = (FOLDED, UNDISGUISED)
"""What list entries and phrases look at besides the plain text and its layers."""

PATTERN_VIEWS: Final = (NORMALIZED, UNDISGUISED)
"""What patterns look at, unless they match `exactly`."""
