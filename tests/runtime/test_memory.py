"""What loading a large policy leaves in memory."""

import ctypes
import subprocess
import sys

import pytest

MANY = 300
LOAD = f"""
from benchmarks.run import policy_of
from guardrail import Guard
from guardrail.language.source import Source
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
Guard.load(Source("one.guard", policy_of(1)))
import ctypes
trim = ctypes.CDLL(None).malloc_trim
trim(0)
before = resident()
guard = Guard.load(Source("many.guard", policy_of({MANY})))
loaded = resident()
trim(0)
print(loaded - before, loaded - resident())
"""


def has_gnu_library():
    try:
        return hasattr(ctypes.CDLL(None), "malloc_trim")
    except (OSError, TypeError):
        return False


@pytest.mark.skipif(not has_gnu_library(), reason="the C library is another one")
def test_what_compiling_has_used_is_given_back():
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    larger, left = map(int, done.stdout.split())
    assert larger > 0
    assert left < 1_000_000, "some MB are free and still held"
