"""Language models: a tiny one from scratch, or one from a folder; and what they say.

`tiny` builds, `load` reads and writes folders, `chat` turns rows into tokens, `sample` asks.
"""
