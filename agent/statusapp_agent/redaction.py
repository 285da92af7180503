"""Takes secrets out of text in every form in which another side may send them back. Pure."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
_SHORTEST = 4  # shorter secrets are part of too many words, and worth nothing


def forms(secret: str) -> set[str]:
    """Return a secret as it is, URL-encoded, base64-encoded and escaped as in JSON."""
    raw = secret.encode("utf-8", "surrogatepass")
    based = base64.b64encode(raw).decode("ascii")
    return {
        secret,
        quote(raw, safe=""),
        quote_plus(raw),
        based,
        based.rstrip("="),
        base64.urlsafe_b64encode(raw).decode("ascii").rstrip("="),
        json.dumps(secret)[1:-1],
    }


def without(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with all forms of the secrets hidden; the longest go first, so that no half of one is left."""
    # A secret from a file often ends in a line break, which does not go out with it.
    known = {each for secret in secrets for each in (secret, "".join(secret.split())) if len(each) >= _SHORTEST}
    found = {form for secret in known for form in forms(secret)}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def without_in(value: Any, secrets: Iterable[str]) -> Any:
    """Return a JSON-able value with all forms of the secrets hidden in its texts and keys."""
    kept = tuple(secrets)
    if isinstance(value, str):
        return without(value, kept)
    if isinstance(value, Mapping):
        return {without_in(key, kept): without_in(inner, kept) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_in(inner, kept) for inner in value]
    return value
