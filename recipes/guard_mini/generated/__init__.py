"""Examples for labels without data: grammars, two for each label, written apart.

Grammar `a` is for training, `b` for a look at what was learned: they share neither sentences nor
word lists. What they show is no more than that: no model is good because it knows a grammar.
"""
