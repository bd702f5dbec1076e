"""A policy as a page for people who answer for it: principles, rules, and tests that show them.

Stations: `facts` (what is known of a policy), `words` (rules as sentences), `page` (the order of
things, as blocks), and the two renderers `markdown` and `html`.
"""
