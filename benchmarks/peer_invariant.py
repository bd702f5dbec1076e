"""The ten patterns in invariant-ai, timed; run by `run.py` in an environment of its own.

Reads {"patterns": {...}, "texts": [...], "rounds": n} from standard input, prints
{"us": median microseconds a reply, "flagged": count}.
"""

import json
import os
import statistics
import sys
import time

os.environ["INVARIANT_API_KEY"] = "unused"

from invariant.analyzer import LocalPolicy

work = json.load(sys.stdin)
rules = [
    f'raise "{name}" if:\n    (msg: Message)\n    msg.role == "assistant"\n'
    f'    len(find(r"{pattern}", msg.content)) > 0\n'
    for name, pattern in work["patterns"].items()
]
policy = LocalPolicy.from_string("\n".join(rules))
rounds, flagged = [], 0
for _ in range(work["rounds"]):
    started = time.perf_counter()
    flagged = sum(
        bool(policy.analyze([{"role": "assistant", "content": text}]).errors)
        for text in work["texts"]
    )
    rounds.append((time.perf_counter() - started) / len(work["texts"]) * 1e6)
json.dump({"us": statistics.median(rounds), "flagged": flagged}, sys.stdout)
