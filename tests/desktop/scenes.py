"""Three worlds to look at: nothing yet, an ordinary evening, and a crowd; on real agents and real servers."""

import contextlib
import http.server
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.store.samples import SampleStore
from tests.support.agent_thread import AgentThread, agent_thread
from tests.support.settings_text import ENV, channel, monitor, settings

SCENES = ("empty", "ordinary", "crowded")


@dataclass
class Target:
    """A web server that can be told to fail or to take its time."""

    url: str
    server: http.server.ThreadingHTTPServer
    state: dict[str, Any] = field(default_factory=dict)


@contextmanager
def target() -> Iterator[Target]:
    """Serve one target on loopback."""
    state: dict[str, Any] = {"status": 200, "wait": threading.Event(), "slow_s": 0.0}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if state["slow_s"]:
                state["wait"].wait(state["slow_s"])
            with contextlib.suppress(OSError):
                self.send_response(state["status"])
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Target(f"http://127.0.0.1:{server.server_port}/", server, state)
    finally:
        state["wait"].set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class World:
    """An agent with what it watches."""

    agent: AgentThread
    target: Target
    pagerduty: PagerDutyService | None = None


def http_monitor(name: str, url: str, **keys: Any) -> str:
    """Return the table of a web monitor."""
    return monitor(name, f'kind = "http"\nurl = "{url}"\n', **{"interval": "1s", "retry_interval": "300ms", **keys})


_NAMES = ("Router", "Pi-hole", "Home Assistant", "Proxmox pve1", "Vaultwarden", "Immich photos", "Printer", "Gitea")


def a_day(folder: Path, names: Iterable[str]) -> None:
    """Write a day of results before the agent starts, as if it had run: one slow spell, one gap."""
    (folder / "data").mkdir(mode=0o700)
    store = SampleStore(folder / "data" / "samples.db")
    now = datetime.now(UTC)
    for number, name in enumerate(names):
        batch = []
        for step in range(1, 288):
            at = now - timedelta(minutes=5 * step)
            if 90 < step < 115:
                continue
            slow = number % 4 == 2 and 30 < step < 36
            status = CheckStatus.DEGRADED if slow else CheckStatus.UP
            batch.append((name, Result(status, at, 0.02 + number % 3 * 0.004, "", None)))
        store.append(batch, now)
    store.close()


def _ordinary(stack: ExitStack, folder: Path) -> World:
    fine, slow, broken = (stack.enter_context(target()) for _ in range(3))
    slow.state["slow_s"], broken.state["status"] = 0.12, 503
    tables = [channel("http://127.0.0.1:9/v2/enqueue", "pagerduty-home")]
    told = {"channels": ["pagerduty-home"]}
    tables += [http_monitor(name, fine.url, tags=["home"], **told) for name in _NAMES]
    tables.append(http_monitor("Jellyfin", slow.url, degraded_above="50ms", tags=["media"], **told))
    tables.append(http_monitor("NAS", broken.url, tags=["backup"], runbook="https://wiki.home.arpa/nas", **told))
    tables.append(http_monitor("Backup to the offsite box, photos and documents", broken.url, tags=["backup"], **told))
    a_day(folder, [*_NAMES, "Jellyfin", "NAS"])
    agent = stack.enter_context(agent_thread(folder, settings(*tables), ENV))
    agent.run(agent.process.until("NAS", "down"))
    agent.run(agent.process.until("Backup to the offsite box, photos and documents", "down"))
    agent.run(agent.process.until("Jellyfin", "degraded"))
    agent.post("/monitors/Printer/pause")
    for each in agent.get("/incidents")["items"]:
        if each["monitor"].startswith("Backup"):
            agent.post(f"/incidents/{each['id']}/acknowledge", by="Ana", via="PagerDuty mobile")
            agent.post(f"/incidents/{each['id']}/notes", text="Disk 3 dropped out, pool is resilvering.", by="Ana")
    return World(agent, fine)


def _crowded(stack: ExitStack, folder: Path) -> World:
    fine, broken = stack.enter_context(target()), stack.enter_context(target())
    broken.state["status"] = 500
    tables = [channel("http://127.0.0.1:9/v2/enqueue", "pagerduty-home")]
    for number in range(300):
        url = broken.url if number % 25 == 0 else fine.url
        tables.append(
            http_monitor(f"service-{number:04}.rack-{number % 7}", url, interval="30s", channels=["pagerduty-home"])
        )
    agent = stack.enter_context(agent_thread(folder, settings(*tables), ENV))
    agent.run(agent.process.until("service-0000.rack-0", "down", 30))
    return World(agent, fine)


@contextmanager
def scene(name: str, folder: Path) -> Iterator[World]:
    """Set one world up."""
    with ExitStack() as stack:
        if name == "ordinary":
            yield _ordinary(stack, folder)
        elif name == "crowded":
            yield _crowded(stack, folder)
        else:
            yield World(stack.enter_context(agent_thread(folder, settings(), ENV)), stack.enter_context(target()))
