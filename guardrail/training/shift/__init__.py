"""`guardrail shift`: how the probabilities of two models differ on a panel of replies.

`panel` reads compliant and violating replies, `logprob` asks a model, `compare` brings two
together, `report` writes tables and plots.
"""
