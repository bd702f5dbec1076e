"""Compares two policies: is the new one as strict as the old one, and if not, when.

`relation.py` the four answers · `strength.py` what a decision does, in a partial order ·
`effects.py` the same as formulas · `compare.py` the questions put to the solver ·
`changes.py` what reads differently · `example.py` a text for a witness ·
`replay.py` both policies over transcripts · `engine.py` the door · `record.py` a diff as JSON.
"""
