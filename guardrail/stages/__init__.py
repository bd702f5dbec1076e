"""Things that look at a text and say what they saw; they decide nothing.

- `base`: what a detector is.
- `rules`: lists, phrases and patterns of the policy, all of them in one scan.
- the other folders hold one kind of detector each; heavy libraries are imported inside functions.
"""
