"""Turns a checked policy into an ordered, printable list of steps.

`plan.py` what a plan is · `lower.py` checked policy → plan · `logic.py` conditions over outcomes ·
`explain.py` a plan as text.
"""
