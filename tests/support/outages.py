"""Incidents and blind time for tests of figures: times are seconds after one start."""

from datetime import UTC, datetime, timedelta

from statusapp_agent.core.incident import RECOVERY
from statusapp_agent.core.model import Incident, IncidentStatus, Scope, Severity
from statusapp_agent.core.state import BlindTime

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def incident(number, opened=0.0, *, detected=20.0, acked=None, over=None, by="ann", **changes):
    """Return an incident; ``acked`` and ``over`` are seconds after the opening, ``detected`` before it."""
    opened_at = changes.pop("opened_at", at(opened))
    given_ = {
        "id": f"i{number}",
        "number": number,
        "monitor": "nas",
        "severity": Severity.CRITICAL,
        "cause": "refused",
        "began_at": opened_at - timedelta(seconds=detected),
        "opened_at": opened_at,
        "status": IncidentStatus.OPEN if over is None else IncidentStatus.RESOLVED,
        "acknowledged_at": None if acked is None else opened_at + timedelta(seconds=acked),
        "acknowledged_by": None if acked is None else by,
        "resolved_at": None if over is None else opened_at + timedelta(seconds=over),
        "resolved_via": None if over is None else RECOVERY,
    }
    return Incident(**{**given_, **changes})


def dark(began, ended, scope=Scope.HOST):
    """Return blind time; None: it goes on."""
    return BlindTime(scope, "asleep", at(began), None if ended is None else at(ended))
