"""Service replies with names of people, places, firms and addresses in them, for the token head.

Names come from Faker's tables for several countries; the sentences are ours. `b` uses other
sentences and other countries than `a`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from recipes.guard_mini.generated import places

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
_FORMS: Final = {"a": FORMS_A, "b": FORMS_B, "c": places.FORMS}
_PLAIN: Final = {"a": PLAIN, "b": PLAIN, "c": places.PLAIN}
_LOCALES: Final = {
    "c": (
        "en_US",
        "en_GB",
        "en_CA",
        "en_IN",
        "en_NZ",
        "de_DE",
        "de_AT",
        "es_MX",
        "fr_FR",
        "it_IT",
        "fi_FI",
        "da_DK",
        "cs_CZ",
        "tr_TR",
        "id_ID",
        "ro_RO",
        "hr_HR",
    ),
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
    forms, plain = _FORMS[which], _PLAIN[which]
    values = _values if which != "c" else _more_values
    found = []
    for _ in range(count):
        if dice.random() < 0.15:
            found.append((dice.choice(plain), []))
        else:
            found.append(_filled(dice.choice(forms), values(dice.choice(makers), dice), dice))
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


def _more_values(maker: Any, dice: Random) -> Mapping[str, Callable[[], str]]:
    usual = _values(maker, dice)

    def person() -> str:
        first, last = str(maker.first_name()), str(maker.last_name())
        forms = (f"{first} {last}", f"{first} {last}", first, last, f"{first[0]}. {last}",
                 f"{first} {last[0]}. {maker.last_name()}", f"{first} {last}-{maker.last_name()}")  # fmt: skip
        return str(dice.choice(forms))

    def place() -> str:
        return dice.choice(places.LOCATIONS) if dice.random() < 0.6 else usual["LOCATION"]()

    def firm() -> str:
        city = str(maker.city()) if dice.random() < 0.5 else dice.choice(places.CITIES)
        return places.organization(dice, lambda: str(maker.last_name()), city)

    def address() -> str:
        whole = re.sub(r"\s*\n\s*", dice.choice((", ", "\n", " ")), maker.address())
        street = str(maker.street_address()).split("\n")[0]
        forms = (
            street,
            f"{street}, {maker.city()}",
            f"{street}, {maker.postcode()} {maker.city()}",
            whole,
            whole,
        )
        return str(dice.choice(forms))

    return {"PERSON": person, "ADDRESS": address, "LOCATION": place, "ORGANIZATION": firm}


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
    low = text.lower()
    # Some letters, as the Turkish dotted I, are two in lower case: the places would move.
    return (low if dice.random() < 0.2 and len(low) == len(text) else text), spans
