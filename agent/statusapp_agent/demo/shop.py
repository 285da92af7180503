"""The demo's target: a small web shop on loopback that can be broken and mended."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class Shop:
    """A real HTTP server; ``broken`` decides how it answers."""

    def __init__(self) -> None:
        self.broken = False
        self.url = ""

    async def front_page(self, _: Request) -> Response:
        """Sell things, or fail as a shop fails whose database is gone."""
        if self.broken:
            return PlainTextResponse("the database does not answer", status_code=503)
        return PlainTextResponse("Welcome. 3 teapots left.")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        """Serve on a free port of loopback while inside."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        app = Starlette(routes=[Route("/", self.front_page)])
        config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        # Without the handlers for signals that Server.serve would install: this is not the main program.
        serving = asyncio.create_task(server._serve([listening]))  # noqa: SLF001
        try:
            yield self  # the socket listens already: what comes before the server waits in its queue
        finally:
            server.should_exit = True
            await serving
            listening.close()
