"""Settings for any kind, made from the examples in its own form, and aimed at a place of the test's choice."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from statusapp_agent.kinds import CheckKind

HOSTS = ("host", "port", "url", "server")
"""Fields that say where a target is, by the words that all kinds share."""


def example(kind: CheckKind[Any], field: str) -> Any:
    """Return the first example of a field."""
    return kind.Settings.model_json_schema()["properties"][field]["examples"][0]


def least(kind: CheckKind[Any]) -> dict[str, Any]:
    """Return the fewest settings that the form accepts."""
    schema = kind.Settings.model_json_schema()
    return {field: example(kind, field) for field in schema.get("required", ())}


def variants(kind: CheckKind[Any]) -> Iterator[dict[str, Any]]:
    """Yield the fewest settings, then these with one optional field each, where the form accepts it alone."""
    base = least(kind)
    yield base
    for field in kind.Settings.model_json_schema()["properties"]:
        if field in base or field in HOSTS:
            continue
        one_more = {**base, field: example(kind, field)}
        try:
            kind.Settings.model_validate(one_more)
        except ValidationError:
            continue  # a field that needs another one beside it
        yield one_more


def secret_fields(kind: CheckKind[Any]) -> list[str]:
    """Return the fields that hold a secret."""
    properties = kind.Settings.model_json_schema()["properties"]
    return [field for field, form in properties.items() if "statusapp-secret" in str(form)]


def aimed(kind: CheckKind[Any], settings: dict[str, Any], host: str, port: int) -> dict[str, Any]:
    """Return settings that lead to ``host`` and ``port``, by whichever fields this kind has for that."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    where = {"host": host, "port": port, "url": f"http://{place}/", "server": place}
    known = kind.Settings.model_fields
    return settings | {field: value for field, value in where.items() if field in known}


def has_port(kind: CheckKind[Any]) -> bool:
    """Whether this kind can be aimed at a port."""
    return bool({"port", "url", "server"} & set(kind.Settings.model_fields))
