"""Lint rules about what makes callers wait."""
