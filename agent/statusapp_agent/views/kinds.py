"""Kinds as clients see them: what forms are drawn from."""

from collections.abc import Callable, Mapping
from typing import Any

from statusapp_agent.settings import channel_schema, monitor_schema
from statusapp_shared.protocol import KindsView, KindView


def kinds_view(checks: Mapping[str, Any], channels: Mapping[str, Any]) -> KindsView:
    """Return every kind with the schema of its form, by name."""
    return KindsView(checks=_views(checks, monitor_schema), channels=_views(channels, channel_schema))


def _views(kinds: Mapping[str, Any], schema_of: Callable[[Any], dict[str, Any]]) -> list[KindView]:
    return [
        KindView(name=name, title=kind.title, description=kind.description, schema_=schema_of(kind))
        for name, kind in sorted(kinds.items())
    ]
