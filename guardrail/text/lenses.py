"""Which lenses there are, and who looks through which.

Rules look at the plain text first. *Layers* take off what hides the text itself, one after the
other, as long as there is something to take off. *Folds* make characters equal; what they show is
looked at and left. *Branches* read the text in another way: each starts from the text and from
what the layers left of it; the *early* ones from each step between too, since a layer takes off
what they read. `guardrail.text.search` says how they follow one another. One more disguise is one
more `Lens` in a tuple. A lens is asked only about texts in which its `asks` expression occurs, so
that an ordinary text costs no view at all.
"""

from __future__ import annotations

from typing import Final

from guardrail.text.bidi import asks_for_display, decoded_in_order, displayed
from guardrail.text.ciphers import asks_to_decipher, begins_to_decipher, deciphered
from guardrail.text.decoding import asks_to_decode, asks_to_wait, begins_to_decode, decoded
from guardrail.text.defanged import (
    asks_for_brackets,
    asks_for_words,
    begins_in_brackets,
    begins_in_words,
    refanged,
    unbracketed,
)
from guardrail.text.hidden_runs import asks_for_hidden, unhidden
from guardrail.text.invisible import (
    asks_for_fillers,
    asks_for_invisible,
    begins_with_fillers,
    seen,
    unfilled,
)
from guardrail.text.letter_digits import (
    asks_for_letter_digits,
    begins_letter_digits,
    renumbered,
)
from guardrail.text.lookalikes import (
    asks_for_lookalike_numbers,
    asks_for_lookalikes,
    begins_lookalike_numbers,
    begins_lookalikes,
    undisguised,
    undisguised_numbers,
)
from guardrail.text.mark_splits import (
    asks_for_any_marks,
    asks_for_marks,
    bare,
    begins_any_marks,
    begins_marks,
    unmarked,
)
from guardrail.text.repeats import asks_for_repeats, unrepeated
from guardrail.text.seams import (
    asks_to_join_cells,
    asks_to_join_items,
    asks_to_join_lines,
    asks_to_space,
    begins_to_join_cells,
    begins_to_join_items,
    begins_to_join_lines,
    begins_to_space,
    joined_cells,
    joined_items,
    joined_later_cells,
    joined_lines,
    respaced,
)
from guardrail.text.spaced import asks_for_spaced, begins_spaced, spaced, spaced_apart
from guardrail.text.spoken import asks_for_digits, begins_digits, unspoken
from guardrail.text.tag_splits import asks_for_tags, begins_tags, untagged
from guardrail.text.view import Lens, asks_to_fold, asks_to_normalize, folded, never, normalized

VISIBLE: Final = Lens("visible", asks_for_invisible, seen)
DECODED: Final = Lens(
    "decoded", asks_to_decode, decoded, begins=begins_to_decode, waits=asks_to_wait
)
UNTAGGED: Final = Lens("untagged", asks_for_tags, untagged, begins=begins_tags, waits=never)
LAYERS: Final = (VISIBLE, UNTAGGED, DECODED)
"""What is taken off the text, one after the other, in this order."""

FOLDED: Final = Lens("folded", asks_to_fold, folded, "folded")
NORMALIZED: Final = Lens("normalized", asks_to_normalize, normalized)

ENTRY_FOLDS: Final = (FOLDED,)
"""How characters are made equal for lists and phrases."""

PATTERN_FOLDS: Final = (NORMALIZED,)
"""How characters are made equal for patterns."""

EARLY: Final = (
    Lens("hidden", asks_for_hidden, unhidden),
    Lens("displayed", asks_for_display, displayed),
    Lens("decoded", asks_for_display, decoded_in_order),
    Lens(
        "unfilled",
        asks_for_fillers,
        unfilled,
        is_trial=True,
        begins=begins_with_fillers,
        waits=never,
    ),
)
"""Other ways to read what the layers take off."""

LETTERED: Final = Lens(
    "lookalikes",
    asks_for_lookalikes,
    undisguised,
    "bare",
    is_free=True,
    begins=begins_lookalikes,
    waits=never,
)
NUMBERED: Final = Lens(
    "lookalikes",
    asks_for_lookalike_numbers,
    undisguised_numbers,
    "bare",
    is_free=True,
    begins=begins_lookalike_numbers,
    waits=never,
)
SIGNS: Final = (
    LETTERED,
    NUMBERED,
    Lens("unmarked", asks_for_marks, unmarked, begins=begins_marks, waits=never),
    Lens(
        "bare",
        asks_for_any_marks,
        bare,
        is_trial=True,
        is_last=True,
        begins=begins_any_marks,
        waits=never,
    ),
)
"""Other signs that stand for the same letters."""

PIECES: Final = (
    Lens("unbracketed", asks_for_brackets, unbracketed, begins=begins_in_brackets, waits=never),
    Lens("refanged", asks_for_words, refanged, is_trial=True, begins=begins_in_words, waits=never),
    Lens(
        "spaced",
        asks_for_spaced,
        spaced,
        is_trial=True,
        is_for_patterns=False,
        begins=begins_spaced,
        waits=never,
    ),
    Lens(
        "spaced apart",
        asks_for_spaced,
        spaced_apart,
        is_trial=True,
        is_for_patterns=False,
        begins=begins_spaced,
        waits=never,
    ),
    Lens(
        "spoken",
        asks_for_digits,
        unspoken,
        is_trial=True,
        is_for_patterns=False,
        begins=begins_digits,
        waits=never,
    ),
    Lens(
        "digits",
        asks_for_letter_digits,
        renumbered,
        is_trial=True,
        is_for_patterns=False,
        is_free=True,
        is_last=True,
        begins=begins_letter_digits,
        waits=never,
    ),
    Lens(
        "joined lines",
        asks_to_join_lines,
        joined_lines,
        is_trial=True,
        begins=begins_to_join_lines,
        waits=never,
    ),
    Lens(
        "joined items",
        asks_to_join_items,
        joined_items,
        is_trial=True,
        begins=begins_to_join_items,
        waits=never,
    ),
    Lens(
        "joined cells",
        asks_to_join_cells,
        joined_cells,
        is_trial=True,
        begins=begins_to_join_cells,
        waits=never,
    ),
    Lens(
        "joined later cells",
        asks_to_join_cells,
        joined_later_cells,
        is_trial=True,
        begins=begins_to_join_cells,
        waits=never,
    ),
    Lens(
        "respaced",
        asks_to_space,
        respaced,
        is_trial=True,
        begins=begins_to_space,
        waits=never,
    ),
    Lens(
        "joined repeats",
        asks_for_repeats,
        unrepeated,
        is_trial=True,
        waits=never,
    ),
    Lens(
        "deciphered",
        asks_to_decipher,
        deciphered,
        is_trial=True,
        is_for_patterns=False,
        is_last=True,
        begins=begins_to_decipher,
        waits=never,
    ),
)
"""What is in pieces, or in words."""

BRANCHES: Final = (*EARLY, *SIGNS, *PIECES)
"""Other ways to read a text, each beside the others."""

CHARWISE: Final = (VISIBLE, LETTERED, NUMBERED, *ENTRY_FOLDS, *PATTERN_FOLDS)
"""Those that leave out characters or show others for them, of which `guardrail.text.charwise` knows
whether anything could be found."""

LENSES: Final = (*LAYERS, *ENTRY_FOLDS, *PATTERN_FOLDS, *BRANCHES)
