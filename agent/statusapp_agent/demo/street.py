"""What the household of the sample data watches while it is served: one web server, a path for each thing."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class Street:
    """Answers for every thing but those that are ``broken``."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)
        self.url = ""

    async def door(self, request: Request) -> Response:
        """Answer for one thing."""
        if request.path_params["name"] in self.broken:
            return PlainTextResponse("it does not answer", status_code=503)
        return PlainTextResponse("All is well.")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Street"]:
        """Serve on a free port of loopback while inside."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        app = Starlette(routes=[Route("/{name}", self.door)])
        config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        # Without the handlers for signals that Server.serve would install: this is not the main program.
        serving = asyncio.create_task(server._serve([listening]))  # noqa: SLF001
        try:
            yield self
        finally:
            server.should_exit = True
            await serving
            listening.close()
