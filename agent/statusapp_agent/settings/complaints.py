"""pydantic's errors in our own words; what was written is repeated only where it cannot be a secret."""

from collections.abc import Callable, Collection
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from statusapp_agent.fields import format_duration
from statusapp_agent.settings.faults import Findings
from statusapp_agent.settings.locate import Path
from statusapp_agent.settings.secret_fields import is_secret
from statusapp_agent.settings.tables import known_keys, zones

_WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_LIMITS: dict[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def complain(
    error: ValidationError,
    subject: str,
    at: Path,
    raw: Any,
    model: type[BaseModel],
    findings: Findings,
    dropped: Collection[str],
) -> None:
    """Turn each error of one table into a fault with its place.

    ``subject`` names the table in the sentence; ``dropped`` are keys that have been complained of already.
    """
    said: set[Path] = set()
    for item in error.errors(include_url=False):
        inner = _inside(raw, item["loc"], missing=item["type"] in {"missing", "extra_forbidden"})
        if inner in said or (inner and inner[0] in dropped):
            continue  # a union complains once for each of its members
        said.add(inner)
        field = known_keys(model).get(str(inner[0])) if inner else None
        secret = field is not None and is_secret(field)
        key = ".".join(str(part) if isinstance(part, str) else f"{part + 1}" for part in inner)
        message, right = _sentence(dict(item), key, secret=secret)
        if item["type"] == "extra_forbidden":
            right = _keys_at(model, field, inner)
        wrong = inner[-1] if item["type"] == "extra_forbidden" and inner else item["input"]
        findings.fault((*at, *inner), f"{subject}: {message}", None if secret and right is None else wrong, right or ())


def _inside(raw: Any, location: tuple[int | str, ...], *, missing: bool) -> Path:
    """Return the part of pydantic's location that the file knows: it names members of unions as well."""
    path: Path = ()
    for position, part in enumerate(location):
        inner = _step(raw, part)
        if inner is not None:
            raw = inner[0]
        elif not (missing and position == len(location) - 1):
            continue
        path = (*path, part)
    return path


def _keys_at(model: type[BaseModel], field: FieldInfo | None, inner: Path) -> list[str]:
    """Return the keys that could have been written where ``inner`` is, which is not below the model's own tables."""
    if len(inner) <= 1 or field is None:
        return sorted(known_keys(model))
    return sorted(key for nested in _models(field.annotation) for key in known_keys(nested))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _step(raw: Any, part: int | str) -> tuple[Any] | None:
    if isinstance(raw, dict) and part in raw:
        return (raw[part],)
    if isinstance(raw, list | tuple) and isinstance(part, int) and part < len(raw):
        return (raw[part],)
    return None


def _sentence(item: dict[str, Any], key: str, *, secret: bool) -> tuple[str, list[str] | None]:
    """Return the sentence, and the right words to search for a near one (None: there are none)."""
    kind, given, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "missing":
        return f'"{key}" is missing: give it', None
    if kind == "extra_forbidden":
        return f'there is no key "{key}" here', None
    if secret:
        return (
            f'"{key}" is a secret: write {{ env = "NAME" }}, {{ file = "PATH" }} or {{ keyring = "NAME" }}',
            None,
        )
    if kind in {"value_error", "assertion_error"}:
        text = str(context.get("error", item["msg"]))
        return (f'"{key}": {text}' if key else text), sorted(zones()) if key == "timezone" else None
    if kind in _WANTED:
        return f'"{key}" must be {_WANTED[kind]}, not {_shown(given)}', None
    return _bounded(kind, key, given, context, item["msg"])


def _bounded(kind: str, key: str, given: Any, context: dict[str, Any], msg: str) -> tuple[str, list[str] | None]:
    if kind in {"literal_error", "enum"}:
        expected = str(context.get("expected", ""))
        return f'"{key}" must be {expected}, not {_shown(given)}', expected.replace("'", "").replace(
            " or ", ", "
        ).split(", ")
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        show: Callable[[Any], str] = format_duration if isinstance(given, str) else str
        return f'"{key}" must be {words} {show(context[name])}, not {_shown(given)}', None
    if kind in {"too_short", "string_too_short"}:
        return f'"{key}" is too short: it needs at least {context["min_length"]}', None
    if kind in {"too_long", "string_too_long"}:
        return f'"{key}" is too long: it may have at most {context["max_length"]}', None
    return f'"{key}": {msg[:1].lower()}{msg[1:]}', None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
