"""The rule stage: everything a policy spells out is looked for in one scan."""
