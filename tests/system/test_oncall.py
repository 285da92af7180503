"""A rotation at work: a whole agent with real databases, its API and the real command line, on the test's clock."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from statusapp_agent.core.events import Acknowledge, Tick
from tests.support.agent_on_socket import CANARY_SECRET, OnSocket, agent_on_socket
from tests.support.pager import Pager, SleepClock

HANDOFF = datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
"""Monday at nine in Berlin, the first after the clocks went forward."""

TEXT = f"""
[agent]
region = "test"
canaries = []
business_hours = {{ start = "09:00", end = "17:00", timezone = "Europe/Berlin" }}

[[channels]]
name = "sink"
kind = "sink"
address = "somewhere"
key = "{CANARY_SECRET}"

[[channels]]
name = "beep"
kind = "pager"
to = "oncall:home"

[[people]]
name = "Ana"
phone = "+4915112345678"
[[people]]
name = "Ben"
[[people]]
name = "Cleo"

[[rotations]]
name = "home"
timezone = "Europe/Berlin"
remind = "sink"
layers = [{{ people = ["Ana", "Ben"], starts = 2026-03-23 }}]

[[tiers]]
name = "night"
notify = [
  {{ channel = "beep" }},
  {{ channel = "sink", when = "unacknowledged", after = "30m", hours = "business" }},
]

[[monitors]]
name = "nas"
kind = "probe"
place = "nas.lan"
failures = 1
recoveries = 1
interval = "1h"
tier = "night"

[[monitors]]
name = "web"
kind = "probe"
place = "web.lan"
failures = 1
recoveries = 1
interval = "1h"
tier = "night"
"""


class Watched:
    """An agent with its pager and its clock."""

    def __init__(self, agent: OnSocket, pager: Pager, clock: SleepClock) -> None:
        self.agent, self.pager, self.clock = agent, pager, clock

    def told(self, action: str) -> list[Mapping[str, Any]]:
        """Return what the sink was told of a kind, in order."""
        return [notice for told, notice, _ in self.agent.sink.told if told == action]

    def restless(self) -> bool:
        """Whether anything is on its way that does not wait for its time."""
        deliveries = self.agent.engine.state.deliveries.values()
        return any(each.pending and each.not_before is None for each in deliveries)

    async def until(self, at: datetime) -> None:
        """Sleep until a moment, and let the agent notice."""
        self.clock.sleep_until(at)
        await self.agent.engine.ask(Tick())

    async def run(self, *argv: str, code: int = 0) -> str:
        """Run the real command line against the agent; return what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "statusapp_agent.cli.entry",
            *argv,
            env=os.environ
            | {"STATUSAPP_SOCKET": str(self.agent.socket), "COLUMNS": "100", "TZ": "Europe/Berlin"}
            | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == code, err.decode() + out.decode()
        return out.decode() + err.decode()


@pytest.fixture
async def home(tmp_path):
    pager, clock = Pager(), SleepClock(HANDOFF - timedelta(minutes=40))
    async with agent_on_socket(tmp_path, text=TEXT, clock=clock, more={"pager": pager}) as agent:
        yield Watched(agent, pager, clock)


async def test_a_rotation_hands_over_while_an_incident_is_open(home: Watched):
    await home.agent.checked("nas", "refused")
    await home.agent.until(lambda: home.pager.heard("trigger") == ["Ana"])

    await home.until(HANDOFF - timedelta(minutes=30))
    await home.agent.until(lambda: len(home.told("change")) == 1)
    [ahead] = home.told("change")
    assert ahead["summary"] == ("On call in home at 09:00: Ben takes over from Ana; 1 incident open and 0 acknowledged")
    assert ahead["details"]["lines"][0].startswith("Open: #1 nas since 08:20")
    assert home.told("trigger") == [], "its half hour is not over, and business hours have not begun"

    # At nine the hand-off is told, and the step that waited for business hours leaves: nobody has it in hand yet.
    await home.until(HANDOFF)
    await home.agent.until(lambda: len(home.told("change")) == 2 and len(home.told("trigger")) == 1)
    assert home.told("change")[1]["summary"] == (
        "On call in home now: Ben takes over from Ana; 1 incident open and 0 acknowledged"
    )
    assert home.told("trigger")[0]["incident"]["monitor"] == "nas"

    # What opened before is acknowledged by whoever came on; what opens now reaches Ben.
    incident = next(iter(home.agent.engine.state.incidents))
    await home.agent.engine.ask(Acknowledge(incident, "Ben", "cli"))
    await home.agent.checked("web", "refused")
    await home.agent.until(lambda: home.pager.heard("trigger") == ["Ana", "Ben"] and not home.restless())
    assert home.pager.heard("acknowledge") == ["Ben"]
    await home.until(HANDOFF + timedelta(minutes=31))
    await home.agent.until(lambda: len(home.told("trigger")) == 2)
    assert home.told("trigger")[1]["incident"]["monitor"] == "web"
    assert len(home.told("change")) == 2, "each hand-off is told once"


async def test_the_command_line_shows_overrides_swaps_and_takes_back(home: Watched):
    shown = json.loads(await home.run("oncall", "--json"))
    [rotation] = shown["rotations"]
    assert rotation["sentence"] == "Ana is on call in home until 09:00, then Ben."
    assert rotation["on"][0]["contacts"] == ["phone"]
    assert rotation["next"] == {"at": "2026-03-30T07:00:00Z", "level": 1, "off": "Ana", "on": "Ben"}
    assert (rotation["source"], rotation["gaps"]) == ("settings", [])

    begins, ends = "2026-03-30 12:00", "2026-03-31 12:00"
    said = await home.run("oncall", "swap", "home", "Ana", "--from", begins, "--until", ends)
    assert "Ana is on call in home from" in said
    assert "Ben is on call in home from" in said
    at_noon = json.loads(await home.run("oncall", "--at", "2026-03-30 12:00", "--json"))
    assert at_noon["rotations"][0]["on"][0]["person"] == "Ana"
    names = [each["name"] for each in at_noon["overrides"]]
    assert len(names) == 2

    calendar = await home.run("oncall", "export", "home")
    assert calendar.startswith("BEGIN:VCALENDAR")
    assert "DTSTART:20260330T100000Z" in calendar

    for name in names:
        assert await home.run("oncall", "remove", name) == f"The override {name} is removed.\n"
    assert "There is no override" in await home.run("oncall", "remove", names[0], code=1)
    page = await home.run("oncall", "--at", "2026-03-30 12:00")
    assert "Ben is on call in home until" in page
    assert "the settings of StatusApp" in page
    assert "Overrides" not in page


async def test_an_override_reaches_another_person_at_once_and_survives_an_export(home: Watched, tmp_path):
    client_now = home.clock.now()
    until = (client_now + timedelta(hours=2)).isoformat()
    await home.run("oncall", "override", "home", "Cleo", "--from", client_now.isoformat(), "--until", until)
    await home.agent.checked("nas", "refused")
    await home.agent.until(lambda: home.pager.heard("trigger") == ["Cleo"])
    file = tmp_path / "out.toml"
    await home.run("export", str(file))
    assert 'person = "Cleo"' in file.read_text("utf-8")
    assert "Nothing to change" in await home.run("apply", str(file), "--prune")


async def test_the_route_says_people_and_hours(home: Watched):
    route = json.loads(await home.run("route", "nas", "--json"))
    assert route["sentence"].startswith(
        "If nas fails now: beep to Ana (on call until 09:00) at once; sink at 09:00, when"
    )
    assert route["steps"][0]["people"] == ["Ana"]
    later = await home.run("route", "nas", "--at", "2026-04-01 20:00")
    assert "If nas fails on Wed 1 Apr 20:00: beep to Ben (on call until Mon 09:00) at once" in " ".join(later.split())
    assert "when business hours begin" in " ".join(later.split())


async def test_what_is_asked_wrongly_is_one_sentence(home: Watched):
    for argv, code, sentence in (
        (("oncall", "override", "hoem", "Ana", "--until", "8h"), 1, "There is no rotation 'hoem'; the nearest name is"),
        (
            ("oncall", "override", "home", "An", "--until", "8h"),
            1,
            "There is no person 'An'; the nearest name is 'Ana'",
        ),
        (("oncall", "override", "home", "Ana", "--until", "soon"), 2, "'soon' is neither a length such as"),
        (("oncall", "export", "hoem"), 1, "There is no rotation 'hoem'"),
        (("oncall", "--at", "yesterday-ish"), 2, "is neither a length such as"),
    ):
        said = await home.run(*argv, code=code)
        assert sentence in said
        assert said.count("\n") == 1, said


async def test_the_doctor_finds_people_who_cannot_be_reached_and_gaps(home: Watched):
    await home.agent.apply(
        '[[rotations]]\nname = "shop"\nlayers = [{ people = ["Cleo"], hours = [{ start = "08:00", end = "20:00" }] }]\n'
    )
    found = json.loads(await home.run("doctor", "--json", code=1))["findings"]
    texts = {each["point"]: each["text"] for each in found}
    assert texts["On call in home"] == "Ana is on call in home until 09:00, then Ben."
    assert texts["Gaps in shop"].startswith("Nobody is on call in shop from ")
    assert "Nobody is on call in shop." in texts["On call in shop"]
