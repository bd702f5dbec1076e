"""The lint rules, a folder for each family; the docstring of a rule is its page."""
