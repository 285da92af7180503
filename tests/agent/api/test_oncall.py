"""On-call over the API: who is on at a moment, overrides, the calendar; and that all of it is kept."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from icalendar import Calendar

from statusapp_agent.boot import build_state
from statusapp_agent.core.events import Tick
from statusapp_agent.store.state_store import StateStore
from statusapp_shared.oncall import CalendarView, OnCallView, OverrideView
from statusapp_shared.protocol import Items, Problem
from tests.support.agent_on_socket import OnSocket

ROSTER = """
[[people]]
name = "Ana"
email = "ana@example.org"
slack_id = "U012AB3CD"
[[people]]
name = "Ben"

[[rotations]]
name = "home rota?"
timezone = "Europe/Berlin"
remind = "sink"
layers = [
  { people = ["Ana", "Ben"], starts = 2026-01-05 },
  { people = ["Ben"], length = "daily", hours = [{ days = ["sat", "sun"], start = "10:00", end = "18:00" }] },
]
"""
MONDAY = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
async def home(agent: OnSocket) -> OnSocket:
    await agent.apply(ROSTER)
    return agent


async def seen(client: httpx.AsyncClient, **query: str) -> OnCallView:
    answer = await client.get("/v1/oncall", params=query)
    assert answer.status_code == 200, answer.text
    return OnCallView.model_validate_json(answer.content)


async def made(client: httpx.AsyncClient, **asked: object) -> list[OverrideView]:
    body = {"rotation": "home rota?", "person": "Ben", "starts_at": MONDAY.isoformat(), **asked}
    answer = await client.post("/v1/oncall/overrides", json=body)
    assert answer.status_code == 200, answer.text
    return Items[OverrideView].model_validate_json(answer.content).items


async def test_without_rotations_there_is_nothing_to_say(client):
    view = await seen(client)
    assert (view.sentence, view.rotations, view.overrides) == ("There is no rotation yet.", [], [])


async def test_who_is_on_at_a_moment_and_the_days_after_it(home, client):
    view = await seen(client, at=MONDAY.isoformat(), days="7")
    [rotation] = view.rotations
    assert rotation.sentence == "Ana is on call in home rota? until 11 Jan 09:00, then Ben."
    [duty] = rotation.on
    assert (duty.level, duty.person, duty.contacts) == (1, "Ana", ["email", "slack"])
    first = [shift for shift in rotation.shifts if shift.level == 1]
    assert (first[0].began_at, first[-1].ends_at) == (view.at, view.until)
    assert all(a.ends_at == b.began_at for a, b in zip(first, first[1:], strict=False))
    assert [shift.person for shift in rotation.shifts if shift.level == 2] == [None, "Ben", None, "Ben", None]
    assert rotation.gaps == []


async def test_an_override_is_made_listed_and_ended(home, client):
    ends = MONDAY + timedelta(hours=6)
    [override] = await made(client, ends_at=ends.isoformat())
    view = await seen(client, at=MONDAY.isoformat())
    assert view.overrides == [override]
    assert view.rotations[0].on[0].person == "Ben"
    assert view.rotations[0].on[0].override == override.name
    assert (await seen(client, at=ends.isoformat())).overrides == []
    assert await made(client, ends_at=ends.isoformat()) == [override], "asked twice, it is there once"
    assert len(home.engine.state.roster.overrides) == 1
    assert (await client.delete(f"/v1/oncall/overrides/{override.name}")).status_code == 204
    gone = await client.delete(f"/v1/oncall/overrides/{override.name}")
    assert (gone.status_code, Problem.model_validate_json(gone.content).code) == (404, "no_override")


async def test_of_two_overrides_the_later_made_is_in_force_whatever_their_names(home, client):
    ends = (MONDAY + timedelta(hours=6)).isoformat()
    await made(client, ends_at=ends)
    await made(client, ends_at=ends, person="Ana")
    await made(client, ends_at=ends)
    assert (await seen(client, at=MONDAY.isoformat())).rotations[0].on[0].person == "Ben"


@pytest.mark.parametrize(
    "asked", [{"person": "Bne"}, {"rotation": "home"}, {"level": 3}, {"swap": True, "person": "Ana"}]
)
async def test_what_cannot_be_is_refused_and_changes_nothing(home, client, asked):
    body = {
        "rotation": "home rota?",
        "person": "Ben",
        "starts_at": MONDAY.isoformat(),
        "ends_at": (MONDAY + timedelta(hours=1)).isoformat(),
    }
    answer = await client.post("/v1/oncall/overrides", json={**body, **asked})
    assert answer.status_code == 409
    assert Problem.model_validate_json(answer.content).error.endswith((".", "'."))
    assert home.engine.state.roster.overrides == ()


async def test_the_calendar_is_read_back_by_a_library(home, client):
    await made(client, ends_at=(MONDAY + timedelta(hours=6)).isoformat())
    answer = await client.get("/v1/oncall/rotations/home%20rota%3F/calendar", params={"days": "90"})
    text = CalendarView.model_validate_json(answer.content).text
    events = list(Calendar.from_ical(text).walk("VEVENT"))
    first = sorted((e for e in events if "level" not in e["summary"]), key=lambda event: event["dtstart"].dt)
    assert all(a["dtend"].dt == b["dtstart"].dt for a, b in zip(first, first[1:], strict=False))
    swapped = next(event for event in first if event["dtstart"].dt == MONDAY)
    assert swapped["summary"] == "Ben on call: home rota?"
    assert len({event["uid"] for event in events}) == len(events)
    again = CalendarView.model_validate_json(
        (await client.get("/v1/oncall/rotations/home%20rota%3F/calendar", params={"days": "90"})).content
    ).text
    assert [e["uid"] for e in Calendar.from_ical(again).walk("VEVENT")] == [event["uid"] for event in events]


async def test_a_calendar_of_nothing_is_a_404(home, client):
    answer = await client.get("/v1/oncall/rotations/home/calendar")
    assert (answer.status_code, Problem.model_validate_json(answer.content).code) == (404, "no_rotation")


async def test_a_channel_that_tells_of_hand_offs_is_not_deleted(home, client):
    await home.apply('[[monitors]]\nname = "nas"\nkind = "probe"\nplace = "nas.lan"\n')
    refused = await client.delete("/v1/channels/sink")
    assert refused.status_code == 409
    assert "rotation home rota?" in Problem.model_validate_json(refused.content).error


async def test_people_rotations_overrides_and_what_was_told_are_kept(home, client):
    await made(client, ends_at=(MONDAY + timedelta(hours=6)).isoformat())
    await home.engine.ask(Tick())
    store = StateStore(home.services.data_dir / "state.db", home.services.data_dir / "b")
    try:
        state, _, faults = build_state(
            store, home.services.checks, home.services.channels, "1", "test", home.services.clock.now()
        )
    finally:
        store.close()
    assert faults == []
    assert state.roster == home.engine.state.roster
    assert len(state.roster.overrides) == 1
    assert state.reminded == home.engine.state.reminded
    assert set(state.reminded) == {"home rota?"}
