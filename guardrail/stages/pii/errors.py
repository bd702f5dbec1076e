"""What a recognizer raises when it cannot answer."""

from __future__ import annotations


class RecognizerError(Exception):
    """A recognizer that could not answer; `kind` says why and never quotes the text."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
