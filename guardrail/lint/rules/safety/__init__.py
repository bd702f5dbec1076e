"""Lint rules about what could mislead readers or filters."""
