"""Names for shell completion, asked of the agent; no agent, no names, no noise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

_PATIENCE_S = 1.0


def monitor_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the monitors whose names begin like this."""
    return _names(ctx, "monitors", incomplete)


def channel_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the channels whose names begin like this."""
    return _names(ctx, "channels", incomplete)


def subject_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the channels and monitors whose names begin like this."""
    return channel_names(ctx, incomplete) + monitor_names(ctx, incomplete)


def incident_numbers(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the open incidents whose numbers begin like this, with what they are."""
    items = _items(ctx, "incidents", only_open="true")
    return [
        (str(item["number"]), f"{item['monitor']}: {item['cause']}")
        for item in items
        if str(item["number"]).startswith(incomplete)
    ]


def _names(ctx: typer.Context, noun: str, incomplete: str) -> list[str]:
    return [name for item in _items(ctx, noun) if (name := str(item["name"])).startswith(incomplete)]


def names_of(ctx: typer.Context, noun: str, incomplete: str, read: Callable[[dict[str, Any]], list[str]]) -> list[str]:
    """Return the names in another answer than a list that begin like this."""
    return [name for name in read(_answer(ctx, noun, None)) if name.startswith(incomplete)]


def _items(ctx: typer.Context, noun: str, only_open: str | None = None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = _answer(ctx, noun, only_open).get("items", [])
    return items


def _answer(ctx: typer.Context, noun: str, only_open: str | None) -> dict[str, Any]:
    from statusapp_agent.cli.client import Client, find_socket, path_of
    from statusapp_agent.cli.failure import Failure

    named = ctx.find_root().params.get("socket")
    try:
        client = Client(find_socket(Path(named) if named else None), connect_s=_PATIENCE_S)
    except Failure:
        return {}
    try:
        return client.get(path_of(noun), dict[str, Any], read_s=_PATIENCE_S, open=only_open).view
    except Failure:
        return {}
    finally:
        client.close()
