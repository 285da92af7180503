"""`statusapp demo`: the product's main job, on loopback, from nothing, with nothing left behind.

A real agent runs as a process of its own and is talked to as any client would; only the shop that breaks and the
PagerDuty that is paged are stand-ins, and both are real servers.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.shop import Shop

KEY = "demo0000000000000000000000000key"
MONITOR = "web-shop"
LONGEST_WAIT_S = 30.0
_SPARKS = "▁▂▃▄▅▆▇█"


class StoryError(Exception):
    """The story did not go as it must; the text says where it stopped."""


@dataclass(slots=True)
class Teller:
    """Prints the story line by line, each with its time."""

    console: Console
    began_s: float = field(default_factory=time.monotonic)

    def say(self, symbol: str, style: str, text: str, detail: str = "") -> None:
        """Tell one line."""
        line = Text(f"{time.monotonic() - self.began_s:5.1f} s  ", style="dim")
        line.append(f"{symbol} ", style=style)
        line.append(text, style=style if symbol in "■✓" else "")
        self.console.print(line)
        if detail:
            self.console.print(Text(f"           {detail}", style="dim"))


@dataclass(slots=True)
class Scene:
    """Everybody on the stage."""

    shop: Shop
    pagerduty: PagerDutyService
    api: httpx.AsyncClient
    teller: Teller
    pace_s: float
    interval_ms: int

    async def monitor(self) -> dict[str, Any]:
        """Ask the agent how the shop is."""
        answer = await self.api.get(f"/v1/monitors/{MONITOR}")
        found: dict[str, Any] = answer.json()
        return found

    async def incident(self) -> dict[str, Any] | None:
        """Ask the agent for the newest incident, whole."""
        listed = (await self.api.get("/v1/incidents")).json()["items"]
        if not listed:
            return None
        whole: dict[str, Any] = (await self.api.get(f"/v1/incidents/{listed[0]['id']}")).json()
        return whole

    async def until(self, what: str, came: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Watch the shop's monitor until something is true of it, telling each new sentence of the agent's."""
        told = ""
        deadline = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < deadline:
            monitor = await self.monitor()
            if came(monitor):
                return monitor
            if "of" in monitor["reason"] and monitor["reason"] != told:
                told = monitor["reason"]
                self.teller.say("·", "yellow", told)
            await asyncio.sleep(0.05)
        raise StoryError(f"{what} did not happen within {LONGEST_WAIT_S:.0f} s")


Beside = Callable[[Path], contextlib.AbstractContextManager[object]]
"""What runs beside the story and is handed the agent's socket: the window, if it is wanted."""


def run(seconds: float, console: Console, beside: Beside = contextlib.nullcontext) -> int:
    """Tell the story in about that many seconds; return 0 when everything happened, 1 with one sentence otherwise."""
    try:
        asyncio.run(_tell(seconds, Teller(console), beside))
    except StoryError as fault:
        print(f"statusapp: the demo stopped: {fault}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _tell(seconds: float, teller: Teller, beside: Beside) -> None:
    teller.console.print(
        Text.assemble(
            ("StatusApp demo", "bold"),
            "  a shop, a watcher and a pager, all on this machine; nothing leaves it.\n",
        )
    )
    pace = max(0.2, min(seconds, 60.0) / 30.0)
    async with Shop().open() as shop, PagerDutyService() as pagerduty:
        with tempfile.TemporaryDirectory(prefix="statusapp-demo-") as folder:
            async with _agent(Path(folder), shop, pagerduty, pace) as api:
                scene = Scene(shop, pagerduty, api, teller, pace, _interval_ms(pace))
                with beside(Path(folder) / "agent.sock"):
                    await _calm(scene)
                    await _breaks(scene)
                    await _somebody_comes(scene)
                    await _recovers(scene)
                    await _figures(scene)


async def _calm(scene: Scene) -> None:
    await scene.until("the first check", lambda monitor: monitor["state"] == "up")
    scene.teller.say("✓", "green", f"{MONITOR} is up", f"checked every {scene.interval_ms} ms at {scene.shop.url}")
    await asyncio.sleep(3 * scene.pace_s)
    monitor = await scene.monitor()
    phases = ", ".join(
        f"{name.replace('_', ' ')} {ms:.1f} ms" for name, ms in monitor["last_result"]["phases_ms"].items()
    )
    line = _sparkline([value for value in monitor["recent_latency_ms"] if value is not None])
    scene.teller.say("·", "green", f"latency {line} {monitor['latency_ms']:.1f} ms", phases)


async def _breaks(scene: Scene) -> None:
    scene.shop.broken = True
    scene.teller.say("■", "red", "the shop's database dies: it answers 503 from now on")
    monitor = await scene.until("the incident", lambda monitor: monitor["incident_id"] is not None)
    scene.teller.say("■", "red bold", f"incident #{monitor['incident_number']}: {MONITOR} is down", monitor["reason"])
    await _page(scene)


async def _page(scene: Scene) -> None:
    deadline = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < deadline:
        incident = await scene.incident()
        if incident is not None and scene.pagerduty.incidents(open_only=True):
            sent = [d for d in incident["deliveries"] if d["action"] == "trigger" and d["state"] == "delivered"]
            if sent:
                there = scene.pagerduty.incidents(open_only=True)[0]
                page = f"PagerDuty accepted the page: {there.payload['summary']}"
                scene.teller.say("→", "cyan", page, _opened_to_paged(incident))
                return
        await asyncio.sleep(0.05)
    raise StoryError("PagerDuty was not paged")


def _opened_to_paged(incident: dict[str, Any]) -> str:
    page = next(d for d in incident["deliveries"] if d["action"] == "trigger")
    took = datetime.fromisoformat(page["delivered_at"]) - datetime.fromisoformat(incident["opened_at"])
    return f"{took.total_seconds() * 1000:.0f} ms after the third failure, written to disk first"


async def _somebody_comes(scene: Scene) -> None:
    await asyncio.sleep(4 * scene.pace_s)
    incident = await scene.incident()
    if incident is None:
        raise StoryError("the incident is gone")
    if incident["status"] == "acknowledged":  # by whoever sits at the window
        scene.teller.say("□", "blue", f"{incident['acknowledged_by']} acknowledges; PagerDuty is told")
        return
    answer = await scene.api.post(f"/v1/incidents/{incident['id']}/acknowledge", json={"by": "Ana", "via": "demo"})
    answer.raise_for_status()
    scene.teller.say("□", "blue", "Ana acknowledges; PagerDuty is told, nobody else is woken")
    await asyncio.sleep(4 * scene.pace_s)


async def _recovers(scene: Scene) -> None:
    scene.shop.broken = False
    scene.teller.say("✓", "green", "Ana restarts the database: the shop answers 200 again")
    await scene.until("the recovery", lambda monitor: monitor["state"] == "up" and monitor["incident_id"] is None)
    deadline = time.monotonic() + LONGEST_WAIT_S
    while scene.pagerduty.incidents(open_only=True):
        if time.monotonic() > deadline:
            raise StoryError("PagerDuty's incident stayed open")
        await asyncio.sleep(0.05)
    scene.teller.say("✓", "green bold", "confirmed by 2 good checks: resolved here and in PagerDuty, by itself")


async def _figures(scene: Scene) -> None:
    figures = (await scene.api.get("/v1/analytics")).json()
    if not figures["mtta_s"] or not figures["mttr_s"]:
        raise StoryError("the figures are missing")
    mtta, mttr, mttd = (figures[name]["mean"] for name in ("mtta_s", "mttr_s", "mttd_s"))
    requests = len(scene.pagerduty.journal)
    scene.teller.console.print()
    scene.teller.console.print(
        Text(f"  time to detect      {mttd:6.1f} s   first failing check to confirmed", style="")
    )
    scene.teller.console.print(Text(f"  time to acknowledge {mtta:6.1f} s   confirmed to acknowledged", style=""))
    scene.teller.console.print(Text(f"  time to resolve     {mttr:6.1f} s   confirmed to recovered", style=""))
    scene.teller.console.print(
        Text(
            f"\n{requests} requests to PagerDuty, 1 incident there, 0 left open. Nothing was left behind.", style="dim"
        )
    )
    print(  # noqa: T201 - the one line that scripts read
        f"demo: opened={figures['incidents']} acknowledged={figures['acknowledged']} resolved={figures['resolved']}"
        f" mtta_s={mtta:.2f} mttr_s={mttr:.2f}",
        flush=True,
    )


def _sparkline(values: list[float]) -> str:
    latest = values[-24:]
    highest = max(latest, default=0.0)
    if highest <= 0:
        return ""
    return "".join(_SPARKS[min(7, int(value / highest * 7.99))] for value in latest)


_SETTINGS = """\
[agent]
region = "this machine"
canaries = []

[[channels]]
name = "pagerduty"
kind = "pagerduty"
integration_key = {{ env = "STATUSAPP_DEMO_KEY" }}
events_url = "{pagerduty}"

[[monitors]]
name = "{monitor}"
kind = "http"
url = "{shop}"
interval = "{interval}ms"
retry_interval = "{retry}ms"
timeout = "5s"
failures = 3
recoveries = 2
channels = ["pagerduty"]
runbook = "https://wiki.example/shop"
"""


def _interval_ms(pace: float) -> int:
    return max(200, int(1000 * min(1.0, pace)))


@contextlib.asynccontextmanager
async def _agent(
    folder: Path, shop: Shop, pagerduty: PagerDutyService, pace: float
) -> AsyncIterator[httpx.AsyncClient]:
    """Run a real agent as a process of its own while inside; end it and wait for its end."""
    settings, sock = folder / "settings.toml", folder / "agent.sock"
    interval = _interval_ms(pace)
    text = _SETTINGS.format(pagerduty=pagerduty.url, monitor=MONITOR, shop=shop.url, interval=interval, retry=interval)
    await asyncio.to_thread(settings.write_text, text, "utf-8")
    command = [sys.executable, "-m", "statusapp_agent.cli.entry"]
    if getattr(sys, "frozen", False):
        command = [sys.executable]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("agent", "run", "--data-dir", str(folder / "data"), "--socket", str(sock), "--settings", str(settings)),
        "--log-level",
        "error",
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STATUSAPP_DEMO_KEY": KEY, "STATUSAPP_VAULT": "file"},
    )
    try:
        await _ready(process)
        transport = httpx.AsyncHTTPTransport(uds=str(sock))
        async with httpx.AsyncClient(transport=transport, base_url="http://statusapp", trust_env=False) as api:
            yield api
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    if process.stdout is None:
        raise StoryError("the agent has no output")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), LONGEST_WAIT_S)
    except TimeoutError:
        raise StoryError("the agent did not start") from None
    if not line.startswith(b"ready "):
        raise StoryError("the agent did not start; its reason stands above")
