"""Two models on one prompt set: what changed from the first one to the second.

- `figures`: a figure of both with its change, prompt by prompt; `compare`: all of them.
"""
