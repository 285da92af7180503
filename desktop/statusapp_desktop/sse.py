"""Server-sent events, from the bytes as they arrive to the events of the protocol. Pure."""

from statusapp_shared.protocol import Event

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
    return Event.model_validate_json(data) if data else None
