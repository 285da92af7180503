"""Server-sent events, from the bytes as they arrive to the events of the protocol. Pure."""

import json
from typing import get_args

from statusapp_shared.protocol import Event

_KINDS = frozenset(get_args(Event.model_fields["kind"].annotation))

MOST_BYTES = 64 * 1024 * 1024
"""More than any snapshot: whatever sends this much without an end is no agent."""


class Stream:
    """Parses one stream. Bytes may come in pieces of any size; comments (keepalives) are dropped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that became whole; raises ValueError for what is none (pydantic's error is one)."""
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        if len(self._rest) > MOST_BYTES:
            raise ValueError("an event without an end")
        return [event for event in map(_event, whole) if event is not None]


def _event(block: bytes) -> Event | None:
    data = b"\n".join(
        line.removeprefix(b"data:").removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:")
    )
    if not data:
        return None
    said = json.loads(data)
    if isinstance(said, dict) and isinstance(said.get("kind"), str) and said["kind"] not in _KINDS:
        return None  # a newer agent may tell of things that this window does not know
    return Event.model_validate(said)
