"""A generator of fixed replies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator


class FakeGenerator:
    """A generator of fixed replies, for tests of guarded functions.

    It is called with a prompt, remembers what it was asked, and gives its replies in turn, the
    last one for ever. `chunks` and `achunks` give the same reply in pieces.

    >>> generator = FakeGenerator("first", "second")
    >>> generator("a"), generator("b"), generator("c"), generator.prompts
    ('first', 'second', 'second', ['a', 'b', 'c'])
    """

    def __init__(self, *replies: str, size: int = 4) -> None:
        self.replies = replies or ("",)
        self.size = size
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        """Give the next reply."""
        self.prompts.append(prompt)
        return self.replies[min(len(self.prompts), len(self.replies)) - 1]

    async def acall(self, prompt: str) -> str:
        """Give the next reply to an awaiting caller."""
        return self(prompt)

    def chunks(self, prompt: str) -> Iterator[str]:
        """Give the next reply in chunks of `size` characters."""
        reply = self(prompt)
        for start in range(0, len(reply), self.size):
            yield reply[start : start + self.size]

    async def achunks(self, prompt: str) -> AsyncIterator[str]:
        """Give the next reply in chunks to an asynchronous caller."""
        for chunk in self.chunks(prompt):
            yield chunk
