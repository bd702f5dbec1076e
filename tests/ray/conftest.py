"""Ray is large, and starting it takes seconds: `make ray-test` asks for these tests."""

import os

collect_ignore = [] if os.environ.get("GUARDRAIL_RAY") else ["test_ray_engine.py"]
