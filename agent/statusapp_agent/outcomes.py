"""Outcomes of a channel made safe to store and to show: whatever another side quotes, no secret is in it. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from statusapp_agent.core.model import Accepted, Delivered, Outcome
from statusapp_agent.redaction import without, without_in


def redacted(outcome: Outcome, fields: Mapping[str, str]) -> Outcome:
    """Return an outcome with all forms of a channel's secrets (``fields``, by name) hidden in its words."""
    secrets = tuple(fields.values())
    if isinstance(outcome, Delivered | Accepted):
        return replace(outcome, detail=without(outcome.detail, secrets), receipt=without_in(outcome.receipt, secrets))
    return replace(outcome, reason=without(outcome.reason, secrets))
