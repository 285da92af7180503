"""Texts by what stands at home, with a real agent: a modem's spool folder, and a box with an HTTP API."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from statusapp_agent.demo.loopback_server import LoopbackServer
from tests.support.agent_process import AgentProcess, eventually
from tests.support.settings_text import monitor, settings
from tests.support.targets import targets

ANA = "+15551230000"
TOKEN = "b0x-t0ken-of-the-gateway"


async def _status(agent: AgentProcess) -> Any:
    found = await agent.incidents()
    return found[-1]["status"] if found else None


async def test_a_modem_texts_and_the_answer_in_its_inbox_acknowledges(tmp_path: Path) -> None:
    outbox, inbox = tmp_path / "spool" / "outbox", tmp_path / "spool" / "inbox"
    outbox.mkdir(parents=True)
    inbox.mkdir()
    (inbox / f"IN20260101_000000_00_{ANA}_00.txt").write_text("ACK 1")
    os.utime(inbox / f"IN20260101_000000_00_{ANA}_00.txt", (1_700_000_000, 1_700_000_000))
    table = (
        '\n[[channels]]\nname = "modem"\nkind = "sms"\nprovider = "spool"\n'
        f'folder = "{outbox}"\ninbox_folder = "{inbox}"\nto = ["{ANA}"]\n'
    )
    async with targets(http=1) as world:
        [target] = world.by_name.values()
        text = settings(table, monitor("web-0", target.settings(), channels=["modem"]))
        async with AgentProcess(tmp_path, text) as agent:
            await agent.until("web-0", "up")
            await world.put("web-0", up=False)
            [file] = await eventually("a file", lambda: [*outbox.glob("OUTA*.txt")])
            assert "Reply ACK 1" in file.read_text("ascii")
            assert await _status(agent) == "open"  # the old answer is not meant
            stamp = time.strftime("%Y%m%d_%H%M%S")
            (inbox / f"IN{stamp}_00_{ANA}_00.txt").write_text("ACK 1")

            async def acknowledged() -> bool:
                return await _status(agent) == "acknowledged"

            await eventually("the answer acknowledges it", acknowledged, 20)
            assert ANA not in agent.err


async def test_a_box_texts_by_its_described_request_and_its_inbox_is_read(tmp_path: Path) -> None:
    sent: list[dict[str, str]] = []
    received: list[dict[str, str]] = []

    async def send(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        sent.append(await request.json())
        return JSONResponse({"status": "queued"})

    async def inbox(_: Request) -> Response:
        return JSONResponse(received)

    routes = [Route("/send", send, methods=["POST"]), Route("/inbox", inbox)]
    server = LoopbackServer(Starlette(routes=routes))
    url = f"http://127.0.0.1:{await server.start()}"
    table = (
        '\n[[channels]]\nname = "box"\nkind = "sms"\nprovider = "http"\nauth_token = { env = "BOX" }\n'
        f'url = "{url}/send"\ninbox_url = "{url}/inbox"\nto = ["{ANA}"]\nsuccess = "queued"\n'
        'headers = { Authorization = "Bearer $token" }\nbody = \'{"phone": "$to", "text": "$text"}\'\n'
    )
    try:
        async with targets(http=1) as world:
            [target] = world.by_name.values()
            text = settings(table, monitor("web-0", target.settings(), channels=["box"]))
            async with AgentProcess(tmp_path, text, {"BOX": TOKEN}, log_level="debug") as agent:
                await agent.until("web-0", "up")
                await world.put("web-0", up=False)
                [page] = await eventually("a text", lambda: sent)
                assert page["phone"] == ANA
                assert "web-0 DOWN #1" in page["text"]
                at = datetime.now(UTC).isoformat()
                received.append({"id": "r1", "sender": ANA, "text": "ack #1", "received_at": at})

                async def acknowledged() -> bool:
                    return await _status(agent) == "acknowledged"

                await eventually("the answer acknowledges it", acknowledged, 20)
                assert TOKEN not in agent.err
                assert ANA not in agent.err
    finally:
        await server.stop()
