"""Values that a policy is about, and twins of theirs that it is not: all made from seeds."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from guardrail.disguises import Kind
from tests.support.keys import grown

KEYWORDS = (
    "bomb", "napalm", "ricin", "thermite", "nightfall", "redwood", "bluefin", "kestrel", "magenta",
    "overlord", "password", "malware", "phishing", "ketamine", "heroin", "ransom", "sapphire",
    "halcyon", "vortex", "quicksand", "Silverlake", "tungsten", "juggernaut", "zephyr",
)  # fmt: skip
PHRASES = (
    "kill switch", "existential dread", "petrol grenade", "nerve gas", "project nightjar",
    "grown weary", "digital wilderness", "fellow traveler", "money mule", "zero day exploit",
    "tax fraud", "master key", "burn after reading", "shadow ledger", "golden handshake",
)  # fmt: skip
BENIGN_WORDS = (
    "garden", "window", "teapot", "bicycle", "mountain", "library", "sandwich", "umbrella",
    "notebook", "orchestra", "carpenter", "lantern", "meadow", "blanket", "cinnamon", "harbor",
)  # fmt: skip
BENIGN_PHRASES = (
    "garden window", "mountain bicycle", "paper lantern", "warm blanket", "quiet library",
    "cinnamon bun", "string orchestra", "yellow umbrella", "wooden teapot", "harbor view",
)  # fmt: skip
NAMES = ("jane.doe", "ann", "bob_smith", "j.alvarez", "mia-lin", "k.o.tanaka", "support.team")
HOSTS = ("example.com", "mail.example.org", "acme-corp.com", "northwind.co.uk", "contoso.net")
AREAS = ("212", "415", "312", "617", "206", "303", "512", "702")

KEY_SHAPES = (
    "ghp_[A-Za-z0-9]{36}",
    "AKIA[A-Z2-7]{16}",
    "sk_live_[0-9a-zA-Z]{24}",
    "xoxb-[1-9][0-9]{11}-[1-9][0-9]{11}-[A-Za-z0-9]{24}",
    "AIza[0-9A-Za-z_-]{35}",
    "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
    "npm_[A-Za-z0-9]{36}",
    "glpat-[A-Za-z0-9_-]{20}",
)
"""From the providers' own pages; nothing here is a key, and what grows from it opens nothing."""


def luhn(digits: str) -> str:
    """Return the check digit of a card number."""
    total = 0
    for at, char in enumerate(reversed(digits)):
        number = int(char) * (2 if at % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def iban(country: str, account: str) -> str:
    moved = "".join(str(int(char, 36)) for char in account + country + "00")
    return f"{country}{98 - int(moved) % 97:02d}{account}"


def digits(dice: Random, count: int) -> str:
    return "".join(dice.choices(string.digits, k=count))


def grouped(text: str, sizes: int, by: str) -> str:
    return by.join(text[at : at + sizes] for at in range(0, len(text), sizes))


def a_card(dice: Random) -> str:
    body = dice.choice(("4", "51", "55", "6011"))
    body += digits(dice, 15 - len(body))
    return grouped(body + luhn(body), 4, dice.choice((" ", "-", "")))


def an_iban(dice: Random) -> str:
    made = {
        "DE": lambda: digits(dice, 18),
        "NL": lambda: "".join(dice.choices(string.ascii_uppercase, k=4)) + digits(dice, 10),
        "GB": lambda: "".join(dice.choices(string.ascii_uppercase, k=4)) + digits(dice, 14),
        "ES": lambda: digits(dice, 20),
    }
    country = dice.choice(list(made))
    return grouped(iban(country, made[country]()), 4, dice.choice((" ", "")))


def a_phone(dice: Random) -> str:
    area, line = dice.choice(AREAS), f"01{digits(dice, 2)}"
    form = dice.choice(("({}) 555-{}", "{}-555-{}", "+1 {} 555 {}", "{}.555.{}", "+1-{}-555-{}"))
    return form.format(area, line)


def an_email(dice: Random) -> str:
    return f"{dice.choice(NAMES)}@{dice.choice(HOSTS)}"


def a_match(dice: Random) -> str:
    """What one of the two patterns finds: a project code, or an internal host."""
    code = f"PRJ-{digits(dice, 4)}-{''.join(dice.choices(string.ascii_uppercase, k=2))}"
    host = f"{dice.choice(('db', 'wiki', 'build', 'vault'))}{digits(dice, 1)}.corp.example.com"
    return dice.choice((code, host))


def a_key(dice: Random) -> str:
    return grown(dice.choice(KEY_SHAPES), dice)


VALUES: dict[Kind, Callable[[Random], str]] = {
    "keyword": lambda dice: dice.choice(KEYWORDS),
    "phrase": lambda dice: dice.choice(PHRASES),
    "pattern": a_match,
    "email": an_email,
    "phone": a_phone,
    "card": a_card,
    "iban": an_iban,
    "key": a_key,
}


def a_benign_match(dice: Random) -> str:
    host = f"www{digits(dice, 1)}.example.com"
    return dice.choice((f"REV-{digits(dice, 2)}-{digits(dice, 1)}B", host))


TWINS: dict[Kind, Callable[[Random], str]] = {
    "keyword": lambda dice: dice.choice(BENIGN_WORDS),
    "phrase": lambda dice: dice.choice(BENIGN_PHRASES),
    "pattern": a_benign_match,
    "email": lambda dice: f"{dice.choice(NAMES)}/{dice.choice(BENIGN_WORDS)}",
    "phone": lambda dice: f"{digits(dice, 2)}-{digits(dice, 2)}",
    "card": lambda dice: f"{dice.choice(BENIGN_WORDS)} {digits(dice, 4)}",
    "iban": lambda dice: f"{dice.choice(BENIGN_WORDS)} no. {digits(dice, 3)}",
    "key": lambda dice: "_".join(dice.sample(BENIGN_WORDS, 3)),
}
"""For each value one of a similar look that says nothing: words, short numbers, names of things."""
