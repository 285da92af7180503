"""Names for shell completion, asked of the agent; no agent, no names, no noise."""

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


def _items(ctx: typer.Context, noun: str, only_open: str | None = None) -> list[dict[str, Any]]:
    from statusapp_agent.cli.client import Client, find_socket, path_of
    from statusapp_agent.cli.failure import Failure

    named = ctx.find_root().params.get("socket")
    try:
        client = Client(find_socket(Path(named) if named else None), connect_s=_PATIENCE_S)
    except Failure:
        return []
    try:
        answer = client.get(path_of(noun), dict[str, list[dict[str, Any]]], read_s=_PATIENCE_S, open=only_open)
        return answer.view["items"]
    except (Failure, KeyError):
        return []
    finally:
        client.close()
