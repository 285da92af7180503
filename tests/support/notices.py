"""Notices as the core makes them, for channels to tell."""

from typing import Any

STAMP = "2026-11-24T12:00:00+00:00"


def notice(action: str = "trigger", **changed: Any) -> dict[str, Any]:
    """Return a notice with all that may be in it; ``changed`` replaces parts of it, None takes them out."""
    told: dict[str, Any] = {
        "action": action,
        "purpose": "real",
        "dedup_key": "statusapp/0f3c/8a1e",
        "severity": "critical",
        "at": "2026-11-24T12:01:30+00:00",
        "reason": "tier 1, step 1: at once",
        "incident": {
            "id": "8a1e",
            "number": 7,
            "status": "open",
            "cause": "nas.lan refused the connection; nothing listens there",
            "began_at": STAMP,
            "opened_at": "2026-11-24T12:00:20+00:00",
            "acknowledged_at": None,
            "acknowledged_by": None,
            "resolved_at": None,
            "resolved_by": None,
            "url": "http://nas.lan:8787/incidents/8a1e",
        },
        "monitor": {
            "name": "nas-web",
            "kind": "http",
            "target": "https://nas.lan/",
            "url": "https://nas.lan/",
            "tier": "1",
            "tags": ["storage", "home"],
            "runbook": "https://wiki.lan/nas",
            "notes": "in the cellar",
            "interval_s": 30.0,
            "failures": 3,
        },
        "region": "home-berlin",
        "agent": {"version": "0.1.0", "install": "0f3c"},
        "dashboard_url": "http://nas.lan:8787",
        "check": {
            "status": "down",
            "error": "connect_refused",
            "message": "nas.lan refused the connection; nothing listens there",
            "latency_ms": 12.5,
            "p50_ms": 80.0,
            "p95_ms": 140.0,
            "samples": 120,
            "threshold_ms": 2000.0,
            "phases_ms": {"dns": 1.0, "connect": 3.0},
            "facts": {"http_status": 503, "certificate_expires_at": "2027-01-01T00:00:00+00:00", "sent": 3},
        },
        "confirmation": {"failures": 3, "after_s": 20.0},
        "recent": [
            {"at": STAMP, "status": "up", "latency_ms": 80.0, "message": f"result {number}"} for number in range(7)
        ],
        "dependents": ["photos"],
        "children": [],
        "changes": [{"at": STAMP, "summary": "new disk", "link": "https://wiki.lan/changes/3"}],
        "by": None,
        "via": None,
    }
    told |= changed
    return {name: value for name, value in told.items() if value is not None}


def change(**changed: Any) -> dict[str, Any]:
    """Return the notice of a change."""
    told = {
        "action": "change",
        "at": STAMP,
        "summary": "new disk in the nas",
        "source": "nas-web",
        "link": "https://wiki.lan/changes/3",
        "monitor": "nas-web",
        "details": {"by": "ana"},
        "region": "home-berlin",
    }
    return {**told, **changed}
