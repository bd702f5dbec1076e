"""Opinions about a policy that is already legal: one file per rule.

Stations: `rule` (what a lint rule is and what it sees) → `rules/<family>/<name>` (the opinions) →
`catalogue` (all of them) → `suppressions` (what the author allows) → `engine` (runs them) → `fix`.
"""
