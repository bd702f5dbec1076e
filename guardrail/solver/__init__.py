"""One small solver over the finite atoms of conditions: it serves lint and diff.

`formula.py` what is asked · `search.py` the search for an answer · `domains.py` what a detector
can answer · `blocks.py` what entries of lists can do · `space.py` the door: plans → formulas ·
`witness.py` an answer, in the policy's words and as outcomes.
"""
