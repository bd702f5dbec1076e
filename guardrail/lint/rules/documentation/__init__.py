"""Lint rules about what a reader or an auditor misses."""
