"""Test policies offline: fixed detector values, the policy's own tests, a fake generator.

Nothing here loads a model: a detector is replaced by a fixed value, really runs if it needs no
model, or is not run.
"""

from guardrail.testing.generators import FakeGenerator
from guardrail.testing.run import TestResult, TestRun, run_cases, run_suite, run_tests
from guardrail.testing.stubs import ERROR, Error, StubDetector, Value, check_with

__all__ = [
    "ERROR",
    "Error",
    "FakeGenerator",
    "StubDetector",
    "TestResult",
    "TestRun",
    "Value",
    "check_with",
    "run_cases",
    "run_suite",
    "run_tests",
]
