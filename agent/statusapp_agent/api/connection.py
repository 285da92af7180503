"""One connection of the server: who it is, how long it may take, and what becomes of one too many.

uvicorn on h11 bounds none of these by itself: it does not ask who connects, waits for ever for the rest of a request,
and for a reader that does not read.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from statusapp_agent.api.peers import Peer, peer_of
from statusapp_agent.api.problems import VERSION_HEADER, problem_body, send_problem
from statusapp_shared.protocol import API_VERSION

log = logging.getLogger("statusapp.api")

MOST_CONNECTIONS = 64
"""A household's clients need a handful; event streams count. Twice as many are told so, the rest are cut off."""
KEEP_ALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take.

    ``read_s`` for a whole request, from its first byte to its last (and for the first byte of a new connection);
    ``write_s`` for leaving unread what was written for it.
    """

    read_s: float = 10.0
    write_s: float = 30.0


async def too_many(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer for a connection beyond the limit."""
    sentence = f"The agent serves {MOST_CONNECTIONS} connections at a time and has no more; close some and ask again."
    await send_problem(send, 503, "busy", sentence)


class Connection(H11Protocol):
    """uvicorn's own protocol, with a peer, deadlines, and refusals that are JSON."""

    def __init__(
        self,
        admits: Callable[[Peer], bool],
        patience: Patience,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._admits = admits
        self._patience = patience
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask the kernel who it is; whoever has no role here is cut off without a word."""
        self.transport = transport
        peer = _known(transport)
        if peer is None or not self._admits(peer) or len(self.connections) >= 2 * MOST_CONNECTIONS:
            transport.abort()
            return
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer": peer, "cut_off": transport.abort}
        if len(self.connections) > MOST_CONNECTIONS:
            self.app = too_many
        self._begin_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the deadlines go."""
        self._end_reading()
        self.resume_writing()
        super().connection_lost(exc)

    # Reading: the whole request within one deadline, however its bytes drip in

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._reading is None:
            self._begin_reading()
        super().data_received(data)
        self._judge_reading()

    def on_response_complete(self) -> None:
        """Go on with what was pipelined behind the request."""
        super().on_response_complete()
        self._judge_reading()

    def _judge_reading(self) -> None:
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            half = self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])
            if half and self._reading is None:
                self._begin_reading()
            if not half:
                self._end_reading()
        else:
            self._end_reading()

    def _begin_reading(self) -> None:
        self._reading = self.loop.call_later(self._patience.read_s, self.transport.abort)

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    # Writing

    def pause_writing(self) -> None:
        """The client does not read: wait for it, but not for ever."""
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(self._patience.write_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self.flow is not None:
            super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        if self.cycle is not None and not self.cycle.response_complete:
            # The broken end of a request that is being read: whoever waits for it must not answer as well.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = problem_body("bad_request", f"That is not HTTP as the agent reads it ({msg.rstrip('.')}).")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (VERSION_HEADER.lower().encode(), str(API_VERSION).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _known(transport: asyncio.Transport) -> Peer | None:
    try:
        return peer_of(transport.get_extra_info("socket"))
    except OSError as fault:
        log.warning("a connection was refused: the kernel does not tell who it is (%s)", fault)
        return None
