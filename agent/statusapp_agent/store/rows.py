"""Core values as rows and back. Times are ISO text in UTC with microseconds, so that text order is time order."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_HINTS: dict[type, dict[str, Any]] = {}


def stamp(at: datetime | None) -> str | None:
    """Return a time as stored."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def unstamp(text: str | None) -> datetime | None:
    """Return a stored time."""
    return None if text is None else datetime.fromisoformat(text)


def pack(value: object, *, leave_out: frozenset[str] = frozenset()) -> str:
    """Return a dataclass value as JSON text; fields at their default are left out."""
    return json.dumps(_plain(value, leave_out), separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _plain(getattr(value, f.name))
            for f in fields(value)
            if f.name not in leave_out and getattr(value, f.name) != f.default
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_plain(item) for item in value]
    return value


def unpack(kind: type[T], text: str, **given: Any) -> T:
    """Return a dataclass value from `pack`'s text; ``given`` supplies what was left out."""
    return _build(kind, json.loads(text), given)


def _build(kind: type[T], plain: Mapping[str, Any], given: Mapping[str, Any]) -> T:
    hints = _HINTS.get(kind)
    if hints is None:
        hints = _HINTS[kind] = get_type_hints(kind)
    known = {name: _value(hints[name], item) for name, item in plain.items() if name in hints and name not in given}
    return kind(**known, **given)


def _value(hint: Any, plain: Any) -> Any:
    if plain is None:
        return None
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _value(next(part for part in get_args(hint) if part is not type(None)), plain)
    if origin in (tuple, frozenset):
        return origin(_value(get_args(hint)[0], item) for item in plain)
    if origin is not None or not isinstance(hint, type):
        return plain
    if issubclass(hint, datetime):
        return datetime.fromisoformat(plain)
    if issubclass(hint, Enum):
        return hint(plain)
    if is_dataclass(hint):
        return _build(hint, plain, {})
    return plain
