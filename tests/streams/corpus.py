"""Texts in which something once went wrong, or easily could, at the edge of a chunk.

Each is cut in two at every place. What matters is written as an escape, so that it can be seen.
"""

from __future__ import annotations

from typing import Final

EDGES: Final = {
    "phrase at both ends": "bomb is not a bomb",
    "nothing but an entry": "bomb",
    "entry that begins as another": "red kite and red kites and red ki",
    "entry over many blanks": "a red   \t  kite, a red\n kite",
    "word that goes on": "bombastic, but a bomb, bombs",
    "symbols at the edge": "C++ and C+ and C++11, C",
    "pattern that grows": "PRJ-1234-AB, PRJ-1234-ABC, PRJ-1234-A",
    "pattern with an open end": "code x1234567890abcdef and xa1",
    "number at the end": "call 415-555-0123",
    "number that goes on": "415-555-01234 or 415-555-0123.",
    "card at the end": "4111 1111 1111 1111",
    "card that goes on": "4111 1111 1111 1111 1",
    "bank account": "Pay to DE89 3704 0044 0532 0130 00, please.",
    "address at the end": "write to jane.doe@example.com",
    "address that goes on": "jane.doe@example.com.au, jane.doe@example.co",
    "host name": "see build-7.corp.example.com/x",
    "key at the end": "key = AKIAQ3EGRV5L22XZPWKT",
    "key in a URL": "https://ann:s3cr3tpw9@db.example.com/x",
    "two findings that overlap": "red kite bomb red kite bomb",
    "white space at the end": "a bomb \n\n ",
    "planted token within a word": "id=xKESTREL-7431x and kestrel-74, kestrel-7431",
    "planted phrase": "a red kite  owl, a red\nkite owl, red kite",
    "only white space": " \n\t \r\n ",
}
"""Values at edges, and what almost is one."""

DISGUISES: Final = {
    "filler between signs": "a b.o.\u3164.m.b here, 1.\uffa0\u1160. 2",
    "entity in a turned stretch": "a bo\u202e&#98;&#109;\u202c here",
    "zero-width": "a b\u200bo\u2060m\u00adb here",
    "zero-width at the end": "a bomb\u200b\u200b",
    "look-alike letters": "a b\u043emb and r\u0435d kite",
    "full width": "a \uff42\uff4f\uff4d\uff42.",
    "strike-through": "a b\u0336o\u0336m\u0336b\u0336 .",
    "entities": "a &#98;&#111;&#x6d;b and &#98",
    "percent": "a %62%6f%6d%62 and %6",
    "escapes": "a \\u0062\\u006f\\u006d\\u0062 and \\u00",
    "base64": "see YSBib21iIGlzIGhlcmU= there",
    "base64 over lines": "see YSBib21i\nIGlzIGhl\ncmU=\nthere",
    "hex": "see 6120626f6d6220 there",
    "words of a cipher": "the pdozduh vfdq, >2=H2C6 and erpehu",
    "numbers of letters": "read 13-1-12-23-1-18-5 there",
    "pieces of an array": 'say ["bo", "mb", "er"] and {"0": "bo", "1": "mb", "2": ""}',
    "bidi": "a \u202ebmob\u202c there",
    "spaced": "a b o m b there, b-o-m-b, b.o.m.b.",
    "leet": "a b0mb, a 80mb",
    "reversed": "a bmob there",
    "tags": "a b<b>o</b>mb and b<!-- x -->omb <b",
    "emphasis": "a b**om**b and `b`omb",
    "spoken": "call four one five, five five five, oh one two three now",
    "defanged": "jane[at]example[dot]com or hxxp://x[.]example[.]com",
    "at and dot": "write to jane at example dot com or jane at exam",
    "letters for digits": "call 4l5-555-Ol23 or 41S 55S o123 now",
    "cells": "| 415- | x |\n| 555- | y |\n| 0123 | z |\n",
    "later cells": "| what | bo | mb |\n| who | 415- | 555-0123 |\n",
    "records": '{"a": "b o m"}\n{"b": "&#98;omb"}\n{"c": "bo\u200b"},\n{"mb": "b.o.m.b"}\n{"',
    "joined lines": "call 415-\n555-\n0123 now",
}
"""What has to be read in another way."""

WRITING: Final = {
    "emoji family": "\U0001f468\u200d\U0001f469\u200d\U0001f467 bomb\U0001f468\u200d\U0001f469",
    "flags": "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 bomb\U0001f1e9\U0001f1ea",
    "keycap and skin": "1\ufe0f\u20e3 bomb \U0001f44d\U0001f3fd bomb\ufe0f",
    "combining marks": "ne\u0301e bomb\u0301 bo\u0308mb e\u0301",
    "long run of marks": "bomb" + "\u0301" * 40 + " x",
    "hangul parts": "\u1112\u1161\u11ab bomb \u1112\u1161",
    "line ends": "a\r\nbomb\r\n\r\nred\r\nkite\r",
    "code fence": "```py\nkey = 'bomb'\n```\nred kite\n```\nopen",
    "table": "| a | b |\n| - | - |\n| bomb | red |\n| kite | x |\n",
    "list": "- bo\n- mb\n\n1. red\n2. kite\n",
    "Chinese": "\u6211\u4eec\u6709\u9ec4\u91d1\u3002\u9ec4 \u91d1\uff01bomb\u3002",
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 bomb \u0645\u06cc\u200c",
    "Thai": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 bomb\u0e2a\u0e27\u0e31",
    "German": "Stra\u00dfe STRASSE stra\u017f\u017fe",
    "sentences": "No. 7 is e.g. a bomb. Dr. X! 3.5 red kite\u2026 Wait",
    "lone surrogates": "a \ud83d bomb \udc00",
    "null": "a \x00bomb\x00 b",
}
"""Ways of writing in which a character is more than one code point, or a line more than words."""

CORPUS: Final = {**EDGES, **DISGUISES, **WRITING}
