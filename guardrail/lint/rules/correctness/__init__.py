"""Lint rules about what cannot be meant so."""
