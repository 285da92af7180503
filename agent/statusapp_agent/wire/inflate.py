"""Undo a compression that nobody asked for, never beyond a bound: 400 KB of gzip can hold 400 MB (H1)."""

import zlib

from statusapp_agent.wire.excerpt import quoted
from statusapp_agent.wire.faults import WireFault

_GZIP = zlib.MAX_WBITS | 16


class Inflater:
    """Inflates gzip and deflate piece by piece. Raises `WireFault` for other encodings and for damaged data."""

    __slots__ = ("_raw_too", "_stream")

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in {"gzip", "x-gzip", "deflate"}:
            raise WireFault("http_encoding", f"the answer is compressed as {quoted(name, 40)}, which was not asked for")
        # Some servers send "deflate" without its zlib frame; the first bytes tell.
        self._raw_too = name == "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS if self._raw_too else _GZIP)

    def take(self, piece: bytes, room: int) -> bytes:
        """Return what ``piece`` inflates to, at most ``room`` bytes (at least 1); the rest is gone."""
        try:
            return self._stream.decompress(piece, room)
        except zlib.error:
            if not self._raw_too:
                raise WireFault("http_encoding", "the compressed answer is damaged") from None
        self._raw_too = False
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        return self.take(piece, room)
