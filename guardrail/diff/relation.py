"""The four answers to "is the new one as strict as the old one"."""

from __future__ import annotations

import enum


class Relation(enum.Enum):
    """How the new side stands to the old one."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LOOSER = "looser"
    INCOMPARABLE = "incomparable"

    @property
    def is_safe(self) -> bool:
        """Whether the new one does at least what the old one did, for whatever is said."""
        return self in (Relation.EQUAL, Relation.STRICTER)


def relation_of(*, is_looser: bool, is_stricter: bool) -> Relation:
    """Return the relation of what is looser somewhere, or stricter somewhere, or both.

    >>> relation_of(is_looser=True, is_stricter=True)
    <Relation.INCOMPARABLE: 'incomparable'>
    """
    if is_looser:
        return Relation.INCOMPARABLE if is_stricter else Relation.LOOSER
    return Relation.STRICTER if is_stricter else Relation.EQUAL


def joined(*relations: Relation) -> Relation:
    """Return the relation of a whole whose parts stand so.

    >>> joined(Relation.EQUAL, Relation.STRICTER), joined(Relation.LOOSER, Relation.STRICTER)
    (<Relation.STRICTER: 'stricter'>, <Relation.INCOMPARABLE: 'incomparable'>)
    """
    mixed = Relation.INCOMPARABLE in relations
    return relation_of(
        is_looser=mixed or Relation.LOOSER in relations,
        is_stricter=mixed or Relation.STRICTER in relations,
    )
