"""Settings as the core and the database want them: facts of the agent, and documents by noun and name."""

from collections.abc import Mapping
from typing import Any

from statusapp_agent.core.hours import hours_facts
from statusapp_agent.settings.values import Settings


def agent_facts(settings: Settings) -> dict[str, Any]:
    """Return what the core wants to know of the agent's own settings."""
    agent = settings.agent
    return {
        "region": agent.region,
        "dashboard_url": agent.dashboard_url,
        "canaries": None if agent.canaries is None else list(agent.canaries),
        "heartbeat_url": agent.heartbeat_url,
        "storm_threshold": agent.storm_threshold,
        "readers": list(agent.readers),
        "operators": list(agent.operators),
        "business_hours": None if agent.business_hours is None else hours_facts(agent.business_hours),
    }


def flat(settings: Settings) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the settings' documents by noun and name, as the database keeps them."""
    whole = settings.documents()
    found: dict[tuple[str, str], Mapping[str, Any]] = {("agent", ""): whole.pop("agent", {})}
    for noun, listed in whole.items():
        found |= {(noun, one["name"]): one for one in listed}
    return found


def whole(documents: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the one document that `flat` took apart."""
    found: dict[str, Any] = {}
    for (noun, _), body in documents.items():
        if noun == "agent":
            found["agent"] = body
        else:
            found.setdefault(noun, []).append(body)
    return found
