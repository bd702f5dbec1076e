"""Secrets: keys, tokens and passwords, by their own form or by the name they are assigned to."""

from __future__ import annotations

from guardrail.stages.secrets.detector import SecretsDetector as SecretsDetector

__all__ = ["SecretsDetector"]
