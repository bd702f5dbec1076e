"""Policies, secrets and cuts that the tests of all clients use."""

import itertools

from guardrail import Guard
from guardrail.language.source import Source

EMAIL = "ann.lee@example.org"
SSN = "536-90-4399"
HEAD = "edition 1\npolicy desk\n  on error treat as violation\n  fallback declined\n"
MASK = """
detector contacts = pii(entities: [EMAIL_ADDRESS, US_SSN])
rule hide_contacts on output
  when contacts found
  then redact as "[{type}]"
"""
BLOCK = """
list code_names ["bluebird"]
rule no_code_names on output severity high
  when text contains any code_names
  then block with declined
"""
APPEND = """
reply advice "Ask a doctor."
rule advise on output
  when text contains "medicine"
  then append advice
"""
DECLINED = "I can't help with that."


def load(*rules):
    text = HEAD + f'reply declined "{DECLINED}"\n' + "".join(rules)
    return Guard.load(Source("desk.guard", text))


def cuts(text, size):
    """The text in chunks of one size."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def pairs(text):
    """Every way to cut a text in two."""
    return [(text[:at], text[at:]) for at in range(1, len(text))]


def interleaved(*texts, size=3):
    """Pieces of several texts in turn, each with the number of its text."""
    numbered = [
        [(number, piece) for piece in cuts(text, size)] for number, text in enumerate(texts)
    ]
    rounds = itertools.zip_longest(*numbered)
    return [piece for each in rounds for piece in each if piece is not None]
