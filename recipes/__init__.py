"""Recipes: what the shipped models are trained on, and how."""
