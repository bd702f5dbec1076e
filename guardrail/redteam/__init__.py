"""Red teaming that feeds back: attacks on a target and its filter, made from the policy itself.

- `forbidden`: values that break a rule, and texts that are clean without; `twins`: harmless ones;
- `techniques`, `carriers`: how an attack hides a value, asks for it, and where it stands;
- `campaign`: which attack has which number; `run`: one after the other; `attempts`: their log;
- `people`: attacks that people wrote;
- `archive`, `attackers`: what later attacks build on; prompts of a function;
- `targets`, `judge`: what is attacked, and what became of an attempt;
- `scores`, `report`: rates with intervals; `artefacts`, `regressions`: what is learnt.
"""
