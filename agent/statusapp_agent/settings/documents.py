"""Core values back to tables: as short as possible for storing and exporting, and with every default for comparing."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from statusapp_agent.fields import parse_duration
from statusapp_agent.settings.values import Document

OWN = "settings"
"""A table within a monitor or channel for keys of its kind that have the name of a common one (dns asks for a name)."""


def dump(model: BaseModel, *, exclude_unset: bool = False, exclude_defaults: bool = False) -> dict[str, Any]:
    """Return a model as a table of a file."""
    return model.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_unset=exclude_unset, exclude_defaults=exclude_defaults
    )


def documents_of(common: BaseModel, settings: BaseModel, defaults: Mapping[str, Any]) -> tuple[Document, Document]:
    """Return the document without defaults, and the one with all of them."""
    full, own = dump(common), dump(settings)
    short = dump(common, exclude_defaults=True)
    for key, default in defaults.items():
        if key in full and _alike(full[key], default):
            short.pop(key, None)
        elif key in full:
            short[key] = full[key]
    short_own = dump(settings, exclude_defaults=True)
    apart = {
        key: value for key, value in short_own.items() if key in type(common).model_fields and full.get(key) != value
    }
    beside = {key: value for key, value in short_own.items() if key not in type(common).model_fields}
    document = {**short, **beside, **({OWN: apart} if apart else {})}
    return document, {**own, **full, **({OWN: apart} if apart else {})}


def _alike(written: Any, default: Any) -> bool:
    if isinstance(written, str) and isinstance(default, str) and written != default:
        try:
            return parse_duration(written) == parse_duration(default)
        except ValueError:
            return False
    return bool(written == default)
