"""What a check costs at the least: bare loops that ask the same targets at the same pace and remember nothing.

    python -m tests.benchmarks._floors httpx|streams PORT MONITORS INTERVAL_S

``httpx``: the plain client with its own pool, a fresh connection for each request. ``streams``: asyncio's streams,
which parse nothing. Each request has a due time of its own, on a heap, as in any small monitoring agent.
"""

import asyncio
import contextlib
import heapq
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

Ask = Callable[[str], Awaitable[None]]


async def _pace(ask: Ask, monitors: int, interval_s: float) -> None:
    start = time.monotonic() + 1
    heap = [(start + place * interval_s / monitors, f"/m{place}") for place in range(monitors)]
    under_way: set[asyncio.Task[None]] = set()
    while True:
        due, path = heap[0]
        wait_s = due - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        heapq.heapreplace(heap, (due + interval_s, path))
        task = asyncio.ensure_future(ask(path))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def _by_httpx(port: int, monitors: int, interval_s: float) -> None:
    # Without the default bound of 100 connections, which would make it slower still.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, headers={"Connection": "close"}, timeout=10, trust_env=False) as client:

        async def ask(path: str) -> None:
            response = await client.get(f"http://127.0.0.1:{port}{path}")
            assert response.status_code == 200

        await _pace(ask, monitors, interval_s)


async def _by_streams(port: int, monitors: int, interval_s: float) -> None:
    async def ask(path: str) -> None:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read(-1)
            assert answer.startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()

    await _pace(ask, monitors, interval_s)


if __name__ == "__main__":
    way = {"httpx": _by_httpx, "streams": _by_streams}[sys.argv[1]]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(way(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
