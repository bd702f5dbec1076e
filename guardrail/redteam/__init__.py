"""Red teaming that feeds back: attacks on a target and its filter, made from the policy itself."""
