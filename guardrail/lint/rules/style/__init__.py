"""Lint rules about what can be said more simply."""
