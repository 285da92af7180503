"""What is wrong with a value before any model looks at it: things that TOML can say and settings cannot be."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def duration_keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a model that are durations."""
    properties = _schema(model).get("properties", {})
    return {
        key
        for key, schema in properties.items()
        if any(part.get("format") == "statusapp-duration" for part in (schema, *schema.get("anyOf", ())))
    }


_SCHEMAS: dict[type[BaseModel], dict[str, Any]] = {}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    if model not in _SCHEMAS:
        _SCHEMAS[model] = model.model_json_schema()
    return _SCHEMAS[model]


def unit_missing(value: object) -> str | None:
    """Complain of a bare number: the fields take seconds from code, files must say the unit."""
    if not isinstance(value, int | float):
        return None
    return f'write a duration as text with its unit, such as "{value:g}s", not {value}' if value < 1e9 else "too long"


def unsuitable(value: Any, depth: int = 0) -> str | None:
    """Complain of what TOML can say and JSON cannot keep, at any depth."""
    if isinstance(value, float) and not math.isfinite(value):
        return "write a finite number"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "the number is too large"
    if depth > 50:  # settings nest four deep
        return "the tables are nested too deeply"
    parts: Any = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return next((message for part in parts if (message := unsuitable(part, depth + 1))), None)
