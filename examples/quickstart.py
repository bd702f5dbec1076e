"""A guarded model in ten lines; run it from the top folder: `python examples/quickstart.py`."""

from guardrail import guard


@guard("policies/support_bot.guard")
def answer(prompt: str) -> str:
    """Answer like a model that is helpful, and tells too much."""
    return f"You asked: {prompt} Click Forgot password, or call Ann: 415-555-0132, ann@example.org."


print(answer("I can't log in, my password isn't working."))
