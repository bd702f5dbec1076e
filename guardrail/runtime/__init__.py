"""Builds stages for a plan, runs them, decides, acts; the `Guard` people hold.

`host.py` what the host registers · `compile.py` file → checked policy · `build.py` plan → pipeline,
the only file that knows both · `pipeline.py` runs detectors and turns failures into outcomes ·
`decide.py` outcomes → what fired · `early_stop.py` what may still matter · `act.py` the only file
that changes text · `rewriting.py` attempts of a rewriter · `prompts.py` prompts among arguments ·
`guard.py`, `stream.py`, `wrap.py` the shells that wait · `explain.py` why this verdict.
"""
