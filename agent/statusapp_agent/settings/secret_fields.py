"""Which fields of a kind are secrets, and what becomes of the values that a file gives for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from statusapp_agent.fields import SecretRef
from statusapp_agent.settings.tables import known_keys
from statusapp_agent.vault import Secret


def is_secret(field: FieldInfo) -> bool:
    """Whether a field takes a secret, and nothing but a secret."""
    return _takes(field.annotation, SecretRef) and not _takes(field.annotation, str)


def secret_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a kind's settings that are secrets."""
    return [key for key, field in known_keys(model).items() if is_secret(field)]


def references(settings: BaseModel) -> dict[str, SecretRef]:
    """Return the secrets that settings name, by key."""
    found: dict[str, SecretRef] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, SecretRef):
            found[field.alias or name] = value
    return found


def settle(
    raw: Any, path: str, folder: Path, environment: Mapping[str, str], given: Mapping[str, str]
) -> tuple[Any, Secret | None]:
    """Return what a document keeps of a secret, and its value if it can be known now.

    ``given`` are values that a client has read, by path. A relative file is one beside the settings file. Raises
    ValueError with a sentence.
    """
    if isinstance(raw, str):
        if not raw:
            raise ValueError("the secret is empty: give its value, or leave the key out")
        return {"vault": True}, Secret(raw)
    if not isinstance(raw, dict):
        return raw, None
    if isinstance(name := raw.get("env"), str):
        value = given.get(path) or environment.get(name)
        return raw, Secret(value) if value else None
    if isinstance(file := raw.get("file"), str):
        where = Path(file)
        if not where.is_absolute() and not folder.is_absolute():
            raise ValueError(f'the file "{file}" is relative, and to what is not known: write its whole path')
        return {**raw, "file": str(folder / where)}, None
    return raw, None


def _takes(annotation: Any, wanted: type) -> bool:
    if annotation is wanted:
        return True
    # Only through unions and annotations: a table of texts with secrets among them is no secret itself.
    origin = getattr(annotation, "__origin__", None)
    inside = isinstance(origin, type) and origin in {dict, list, tuple, set, frozenset}
    return not inside and any(_takes(part, wanted) for part in get_args(annotation))
