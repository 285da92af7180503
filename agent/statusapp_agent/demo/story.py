"""`statusapp demo`: the product's main job, on loopback, from nothing, with nothing left behind.

A real agent runs as a process of its own and is talked to as any client would; only the shop that breaks and the
PagerDuty that is paged are stand-ins, and both are real servers.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.shop import Shop
from statusapp_agent.demo.slack_service import SlackService
from statusapp_agent.demo.stage import (
    LONGEST_WAIT_S,
    MONITOR,
    PHONE,
    StoryError,
    escalates_after_s,
    interval_ms,
    running_agent,
    settings_text,
)
from statusapp_agent.demo.twilio_model import TwilioModel
from statusapp_agent.demo.twilio_service import TwilioService

_SPARKS = "▁▂▃▄▅▆▇█"


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
    slack: SlackService
    twilio: TwilioService
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
            "  a shop, a watcher, a pager, a chat and a phone, all on this machine; nothing leaves it.\n",
        )
    )
    pace = max(0.2, min(seconds, 60.0) / 30.0)
    texts = TwilioModel()
    texts.lives[PHONE] = ["delivered"]
    async with (
        Shop().open() as shop,
        PagerDutyService() as pagerduty,
        SlackService() as slack,
        TwilioService(texts) as twilio,
    ):
        with tempfile.TemporaryDirectory(prefix="statusapp-demo-") as folder:
            text = settings_text(shop.url, pagerduty.url, slack.api_url, twilio.url, pace)
            async with running_agent(Path(folder), text) as api:
                scene = Scene(shop, pagerduty, slack, twilio, api, teller, pace, interval_ms(pace))
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
    await scene.slack.until(lambda: bool(scene.slack.model.roots()), LONGEST_WAIT_S)
    scene.teller.say("→", "cyan", "Slack has it as one message, edited and answered as things go on")
    incident = await _texted_or_taken(scene)
    if incident["status"] == "acknowledged":  # by whoever sits at the window
        scene.teller.say("□", "blue", f"{incident['acknowledged_by']} acknowledges; everybody who was told is told")
        return
    text = scene.twilio.model.sent(PHONE)[0].body
    waited = f"after {escalates_after_s(scene.pace_s):g} s without an acknowledgement"
    scene.teller.say("→", "cyan", f"{waited} a text goes to Ana, who is on call", text)
    await asyncio.sleep(2 * scene.pace_s)
    await scene.twilio.answer(PHONE, f"ACK {incident['number']}")
    scene.teller.say("·", "blue", f"Ana answers: ACK {incident['number']}")
    await _when(scene, lambda found: found["status"] == "acknowledged", "the answer was not heard")
    scene.teller.say("□", "blue", "acknowledged by Ana; PagerDuty and Slack are told, nobody else is woken")
    await asyncio.sleep(3 * scene.pace_s)


async def _texted_or_taken(scene: Scene) -> dict[str, Any]:
    """Wait until the phone has been texted, or somebody has acknowledged before; return the incident."""

    def seen(incident: dict[str, Any]) -> bool:
        return bool(scene.twilio.model.sent(PHONE)) or incident["status"] == "acknowledged"

    return await _when(scene, seen, "nobody was texted")


async def _when(scene: Scene, seen: Callable[[dict[str, Any]], bool], otherwise: str) -> dict[str, Any]:
    deadline = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < deadline:
        incident = await scene.incident()
        if incident is not None and seen(incident):
            return incident
        await asyncio.sleep(0.05)
    raise StoryError(otherwise)


async def _recovers(scene: Scene) -> None:
    scene.shop.broken = False
    scene.teller.say("✓", "green", "Ana restarts the database: the shop answers 200 again")
    await scene.until("the recovery", lambda monitor: monitor["state"] == "up" and monitor["incident_id"] is None)
    deadline = time.monotonic() + LONGEST_WAIT_S
    root = scene.slack.model.roots()[0]
    while scene.pagerduty.incidents(open_only=True) or "resolved" not in _thread(scene, root.ts):
        if time.monotonic() > deadline:
            raise StoryError("PagerDuty or Slack was not told of the end")
        await asyncio.sleep(0.05)
    scene.teller.say(
        "✓", "green bold", "confirmed by 2 good checks: resolved here, in PagerDuty and in Slack, by itself"
    )


def _thread(scene: Scene, root: str) -> str:
    return " ".join(message.words for message in scene.slack.model.thread(root)).lower()


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
