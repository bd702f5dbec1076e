"""Service replies with names of people, places, firms and addresses in them, for the token head.

Names come from Faker's tables for several countries; the sentences are ours. `b` uses other
sentences and other countries than `a`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

FORMS_A: Final = (
    "Hello <PERSON>, your order is on its way to <ADDRESS>.", "My name is <PERSON> and I live in <LOCATION>.",
    "<PERSON> from <ORGANIZATION> called about the invoice.", "Please send it to <ADDRESS>.", "I spoke to <PERSON> yesterday.",
    "The parcel for <PERSON> was left at <ADDRESS>.", "we moved from <LOCATION> to <LOCATION> in May", "<ORGANIZATION> charged me twice.",
    "Dear <PERSON>,\nthank you for your message. Regards,\n<PERSON>\n<ORGANIZATION>", "is there a branch in <LOCATION>?",
    "The booking is under <PERSON>, arriving in <LOCATION> at 6 pm.", "You can meet <PERSON> and <PERSON> at the desk.",
    "i am <PERSON> and work at <ORGANIZATION>", "The technician, <PERSON>, will come to <ADDRESS> on Monday.",
    "Ship to: <PERSON>, <ADDRESS>", "Your account manager is <PERSON> (<ORGANIZATION>, <LOCATION>).", "Ask <PERSON> for the form.",
    "The flight to <LOCATION> is delayed.", "<PERSON>'s card was blocked.", "address: <ADDRESS>", "name <PERSON>",
)  # fmt: skip
FORMS_B: Final = (
    "Mr. <PERSON> has signed the contract with <ORGANIZATION>.", "It was delivered to <ADDRESS>; <PERSON> opened the door.",
    "Our team in <LOCATION> will call <PERSON> back.", "I'd like to change the name on the policy to <PERSON>.",
    "He works for <ORGANIZATION> near <LOCATION>.", "Send the letter to <ADDRESS> by Friday.", "Thanks, <PERSON>! See you in <LOCATION>.",
    "Was <PERSON> the one who paid?",
)  # fmt: skip
PLAIN: Final = (
    "Open Settings and choose Privacy.", "Your order will arrive on Monday.", "Click Forgot password on the sign-in page.",
    "The Premium plan costs 12 euros a month.", "Go to Orders, then select Return.", "Restart the router and wait.", "Tap Freeze Card.",
    "I will check it in May.", "The Pro version has Dark Mode.", "Thank you for waiting. The refund takes five days.",
    "Press Ctrl and Enter.", "Please upload the form under My Claims.", "Your Reward Points expire in June.",
)  # fmt: skip
_LOCALES: Final = {
    "a": ("en_US", "en_GB", "en_IN", "de_DE", "es_ES", "fr_FR", "it_IT", "en_NG"),
    "b": ("en_AU", "nl_NL", "pt_BR", "pl_PL", "sv_SE", "en_IE"),
}
_SLOT: Final = re.compile(r"<([A-Z]+)>")


def rows(which: str, count: int, seed: int) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Return texts with the places of their names."""
    from faker import Faker

    dice = Random(seed)
    makers = [Faker(locale) for locale in _LOCALES[which]]
    for maker in makers:
        maker.seed_instance(dice.randrange(2**31))
    forms = FORMS_A if which == "a" else FORMS_B
    found = []
    for _ in range(count):
        if dice.random() < 0.15:
            found.append((dice.choice(PLAIN), []))
        else:
            found.append(_filled(dice.choice(forms), _values(dice.choice(makers), dice), dice))
    return found


def _values(maker: Any, dice: Random) -> Mapping[str, Callable[[], str]]:
    def person() -> str:
        made = (maker.first_name, lambda: f"{maker.first_name()} {maker.last_name()}")
        return str(dice.choice((*made, made[1]))())

    def address() -> str:
        whole = re.sub(r"\s*\n\s*", ", ", maker.address())
        return str(maker.street_address().split("\n")[0] if dice.random() < 0.4 else whole)

    def place() -> str:
        return str(maker.city() if dice.random() < 0.7 else maker.country())

    return {"PERSON": person, "ADDRESS": address, "LOCATION": place, "ORGANIZATION": maker.company}


def _filled(
    form: str, values: Mapping[str, Callable[[], str]], dice: Random
) -> tuple[str, list[tuple[int, int, str]]]:
    text, spans, end = "", [], 0
    for slot in _SLOT.finditer(form):
        text += form[end : slot.start()]
        value = values[slot[1]]().strip()
        spans.append((len(text), len(text) + len(value), slot[1]))
        text, end = text + value, slot.end()
    text += form[end:]
    return (text.lower() if dice.random() < 0.2 else text), spans
