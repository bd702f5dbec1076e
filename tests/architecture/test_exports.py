"""The public names are sorted, complete and importable."""

import guardrail


def test_all_is_sorted_and_importable():
    assert guardrail.__all__ == sorted(guardrail.__all__)
    for name in guardrail.__all__:
        assert getattr(guardrail, name) is not None


def test_every_test_file_is_collected():
    from pathlib import Path

    tests = Path(__file__).parents[1]
    stray = [
        path
        for path in tests.rglob("*.py")
        if "def test_" in path.read_text() and not path.name.startswith("test_")
    ]
    assert not stray
