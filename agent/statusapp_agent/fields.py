"""Field types shared by the settings of every kind: durations as people write them, and secrets by reference."""

import math
import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: object) -> float:
    """Return the seconds in a duration such as ``"1h30m"``; raise ValueError with a sentence for anything else."""
    if isinstance(text, timedelta):
        return text.total_seconds()
    if isinstance(text, str):
        compact = text.strip().replace(" ", "")
        parts = _DURATION.findall(compact)
        if parts and "".join(n + u for n, u in parts) == compact:
            seconds = sum(float(number) * _UNIT_S[unit] for number, unit in parts)
            if math.isfinite(seconds):
                return seconds
    raise ValueError(
        f'write a duration as text with its unit, such as "500ms", "30s", "5m", "2h" or "7d", not {text!r}'
    )


def format_duration(seconds: float) -> str:
    """Return the shortest exact text that `parse_duration` reads back: ``90.0`` gives ``"90s"``."""
    for unit in ("d", "h", "m", "s"):
        count = seconds / _UNIT_S[unit]
        if count >= 1 and count == int(count) and int(count) * _UNIT_S[unit] == seconds:
            return f"{int(count)}{unit}"
    # Never in the notation with an exponent, which nobody writes and `parse_duration` does not read.
    in_ms = f"{Decimal(f'{seconds * 1000:.12g}'):f}ms"
    return in_ms if seconds < 1 and parse_duration(in_ms) == seconds else f"{Decimal(repr(float(seconds))):f}s"


def _duration_in(value: object) -> float:
    return float(value) if isinstance(value, float) and not isinstance(value, bool) else parse_duration(value)


Duration = Annotated[
    float,
    BeforeValidator(_duration_in),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "statusapp-duration", "examples": ["30s", "5m"]}),
]
"""Seconds in memory, text such as ``"30s"`` in files, forms and JSON."""


class SecretRef(BaseModel):
    """Where a secret is, never what it is: in the agent's environment, in a file, in the keyring, or in its vault.

    ``vault`` is what a plain value, or a value read from the environment, becomes once it has been put away.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: str | None = None
    keyring: str | None = None
    vault: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.env, self.file, self.keyring, self.vault)) != 1:
            raise ValueError(
                'name exactly one place for a secret: { env = "NAME" }, { file = "PATH" } or { keyring = "NAME" }'
            )
        return self


def _not_plain(value: object) -> Any:
    # The settings reader moves plain text to the vault before a model sees it; what still arrives here is a mistake,
    # and must not be echoed by the validator's own message.
    if isinstance(value, str):
        raise ValueError("a secret cannot be given as plain text here")  # noqa: TRY004
    return value


SecretField = Annotated[
    SecretRef,
    BeforeValidator(_not_plain),
    Field(json_schema_extra={"format": "statusapp-secret", "writeOnly": True}),
]
"""A settings field that holds a secret; forms mask it, and files name only where it is."""
