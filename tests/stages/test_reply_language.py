"""The language of a text."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from guardrail.errors import MissingExtraError
from guardrail.stages import reply_language
from guardrail.stages.reply_language import LanguageDetector
from guardrail.values import Subject

TEXTS = {
    "Your password has been reset, please sign in again.": "en",
    "Ihr Kennwort wurde zurückgesetzt, bitte melden Sie sich neu an.": "de",
    "Votre mot de passe a été réinitialisé, veuillez vous reconnecter.": "fr",
    "您的密码已重置，请重新登录。": "zh",
    "": "und",
    " \n": "und",
    "12:30 — 100 %": "und",
}


def test_label_is_the_iso_code():
    pytest.importorskip("py3langid")
    assert LanguageDetector().run([Subject(text) for text in TEXTS]) == list(TEXTS.values())


def test_threads_share_a_detector():
    pytest.importorskip("py3langid")
    detector = LanguageDetector()
    with ThreadPoolExecutor(8) as pool:
        labels = list(pool.map(lambda text: detector.run([Subject(text)])[0], list(TEXTS) * 20))
    assert labels == list(TEXTS.values()) * 20


def test_missing_py3langid_names_the_extra(monkeypatch):
    reply_language._identifier.cache_clear()
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    with pytest.raises(MissingExtraError, match="extra `lang`"):
        LanguageDetector()
