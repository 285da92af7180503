"""The JSON Schema of a kind with the common keys around it: what forms are drawn from."""

from typing import Any

from pydantic import BaseModel

from statusapp_agent.fields import format_duration
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.settings.tables import ChannelTable, MonitorTable


def monitor_schema(kind: CheckKind[Any]) -> dict[str, Any]:
    """Return the schema of a monitor of one kind: common keys and its own, with the kind's defaults."""
    return _together(MonitorTable, kind.Settings, kind.name, kind.title, kind.description, dict(kind.defaults))


def channel_schema(kind: ChannelKind[Any]) -> dict[str, Any]:
    """Return the schema of a channel of one kind: common keys and its own, with the kind's defaults."""
    defaults = {"max_per_minute": kind.max_per_minute}
    return _together(ChannelTable, kind.Settings, kind.name, kind.title, kind.description, defaults)


def _together(
    common: type[BaseModel], own: type[BaseModel], name: str, title: str, description: str, defaults: dict[str, Any]
) -> dict[str, Any]:
    first, second = _schema(common), _schema(own)
    properties = {**second["properties"], **first["properties"]}
    # A kind's key of the name of a common one takes that one's value, unless a table of its own says otherwise.
    shared = {key: value for key, value in second["properties"].items() if key in first["properties"]}
    if shared:
        properties["settings"] = {"type": "object", "title": "Settings", "properties": shared}
    for key, value in defaults.items():
        properties[key] = {**properties[key], "default": value}
    properties["kind"] = {"const": name, "title": "Kind"}
    return {
        "type": "object",
        "title": title,
        "description": description,
        "properties": properties,
        "required": [*first.get("required", []), *(k for k in second.get("required", []) if k not in shared)],
        "additionalProperties": False,
        "$defs": {**first.get("$defs", {}), **second.get("$defs", {})},
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    schema.setdefault("properties", {})
    for part in schema["properties"].values():
        default = part.get("default")
        if part.get("format") == "statusapp-duration" and isinstance(default, int | float):
            part["default"] = format_duration(float(default))  # forms show durations as files do
    return schema
