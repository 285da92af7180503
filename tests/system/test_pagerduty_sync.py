"""A real agent and PagerDuty's REST side, case by case, each judged at the stand-in; names follow the catalogue."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.demo.faults import Always, ResetAfter, Status
from statusapp_agent.demo.pagerduty_account import MaintenanceWindow
from tests.support.agent_process import eventually
from tests.support.pagerduty_play import play
from tests.support.pagerduty_scene import trigger
from tests.support.settings_text import OTHER_KEY, channel


async def test_rs01_an_acknowledgement_on_the_phone_is_ours_within_a_look(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        created = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        assert created["pagerduty"]["id"] == there.id
        assert created["pagerduty"]["url"].endswith(there.id)
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        acked_at = there.acknowledged[0][0]
        ours = await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged", 4)
        assert (ours["acknowledged_by"], ours["acknowledged_via"]) == ("Ana Lindt", "PagerDuty")
        assert ours["acknowledged_at"][:23] == acked_at.isoformat()[:23]
        line = await now.seen("acknowledged")
        assert line["source"] == "pagerduty"
        # What came from there is not sent back.
        assert [each.action for each in now.there.journal] == ["trigger"]
        await now.recovers()
        await now.seen("closed")
        assert there.status == "resolved"


FALLBACK = """
[[tiers]]
name = "x"
notify = [
  { channel = "pd" },
  { channel = "fallback", when = "undelivered", after = "5s" },
]
"""


def fallback(url: str = "{url}") -> str:
    """Return a second channel, which has no REST key, for what was not delivered."""
    return channel(url, "fallback", key='{ env = "OTHER_PD_KEY" }') + FALLBACK


@pytest.mark.slow
@pytest.mark.parametrize("why", ["service disabled", "nobody on call", "service in maintenance", "suppressed"])
async def test_ev60_ev61_what_paged_nobody_is_called_so_and_the_fallback_leaves_within_a_minute(
    tmp_path: Path, why: str
) -> None:
    async with play(tmp_path, extra=fallback(), tier="x") as now:
        service = now.account.services["PSERVIC"]
        if why == "nobody on call":
            now.account.schedules["PSCHED1"].users, now.account.policies["PPOLICY"].levels[1:] = [], []
        elif why == "service in maintenance":
            at = now.rest.now()
            now.account.maintenance["PW"] = MaintenanceWindow("PW", ["PSERVIC"], at, at + timedelta(hours=1))
        else:
            service.disabled, service.suppressed = why == "service disabled", why == "suppressed"
        await now.breaks()
        await now.there.until(lambda: any(each.action == "trigger" for each in now.there.journal))
        accepted = now.there.journal[0].at
        await now.there.until(lambda: any(other_key(each) for each in now.there.journal), 65)
        told = next(each for each in now.there.journal if other_key(each))
        assert timedelta(seconds=35) < told.at - accepted <= timedelta(seconds=60)
        ours = await now.incident()
        assert ours["pagerduty"]["verified"] is False
        assert f"nobody was paged: {why}" in ours["pagerduty"]["words"]
        if why == "nobody on call":
            assert "Home on call" in ours["pagerduty"]["words"]


def other_key(received: Any) -> bool:
    return isinstance(received.body, dict) and received.body.get("routing_key") == OTHER_KEY


@pytest.mark.slow
async def test_rs13_an_incident_that_shows_late_is_never_called_missing(tmp_path: Path) -> None:
    async with play(tmp_path, lag_s=25.0, extra=fallback(), tier="x") as now:
        await now.breaks()
        await now.until("it is seen", lambda each: each["pagerduty"] and each["pagerduty"]["verified"], 45)
        ours = await now.incident()
        assert ours["pagerduty"]["words"] == "created as #1"
        assert not [each for each in now.there.journal if other_key(each)]
        assert not [each for each in ours["timeline"] if each["kind"] == "nobody"]
        looks = [each for each in now.rest.journal if each.path == "/incidents"]
        assert len(looks) < 70


async def test_rs02_what_happened_while_the_agent_was_off_is_caught_up_with_its_own_times(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        await now.agent.kill()
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        now.rest.by_hand(there.id, "note", "PANA001", text="the disk is full")
        now.rest.by_hand(there.id, "resolve", "PBEN001")
        await now.recovers()
        await now.agent.restart()
        ours = await now.until("it is over", lambda each: each["resolved_via"] == "PagerDuty", 20)
        log = {each.type: each.at for each in there.log}
        assert ours["acknowledged_at"][:23] == log["acknowledge_log_entry"].isoformat()[:23]
        assert ours["resolved_at"][:23] == log["resolve_log_entry"].isoformat()[:23]
        assert (ours["acknowledged_by"], ours["resolved_by"]) == ("Ana Lindt", "Ben Ode")
        assert [each["text"] for each in ours["timeline"] if each["kind"] == "note"] == ["the disk is full"]


async def test_rs03_resolved_there_while_it_fails_is_shown_and_its_recovery_disturbs_nobody(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "resolve", "PBEN001")
        line = await now.seen("still_failing")
        assert "resolved by Ben Ode in PagerDuty, and it still fails: it pages again at" in line["text"]
        assert (await now.incident())["status"] == "open"
        view = await now.agent.get("/channels/pd")
        assert view["sync"]["drift"] == 1
        assert "resolved by Ben Ode" in view["sync"]["differences"][0]
        await now.recovers()
        await now.seen("closed")
        assert len(now.kept()) == 1
        assert (await now.agent.get("/agent"))["drift"] == 0


async def test_rs05_a_merged_incident_follows_its_target_and_leaves_it_on_recovery(tmp_path: Path) -> None:
    async with play(tmp_path, http=2) as now:
        await now.breaks("web-0")
        first = await now.made(1)
        await now.breaks("web-1")
        target = await now.made(2)
        await now.until("both are seen", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(first.id, "merge", "PANA001", into=target.id)
        await now.seen("merged", number=0)
        now.rest.by_hand(target.id, "acknowledge", "PBEN001")
        ours = await now.until("it follows", lambda each: each["status"] == "acknowledged", number=0)
        assert ours["acknowledged_by"] == "Ben Ode"
        assert ours["pagerduty"]["id"] == target.id
        await now.recovers("web-0")
        await now.until("it is over here", lambda each: each["status"] == "resolved", number=0)
        await eventually("the target has lost that alert", lambda: now.kept()[1].closed_alerts == {1})
        assert target.is_open
        await now.recovers("web-1")
        await eventually("the target is over", lambda: not now.kept()[1].is_open)


async def test_rs16_a_refused_key_is_told_and_not_hammered_and_pages_go_on(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        now.account.tokens.clear()
        await now.agent.kill()
        await now.agent.restart()
        await now.breaks()
        await now.there.until(lambda: any(each.action == "trigger" for each in now.there.journal))
        ours = await now.until("it is told", lambda each: "401" in ((each["pagerduty"] or {}).get("words") or ""))
        assert 'region = "eu"' in ours["pagerduty"]["words"]
        assert ours["pagerduty"]["words"].startswith("sent (unverified)")
        asked = len(now.rest.journal)
        await now.recovers()
        await now.until("it is over", lambda each: each["status"] == "resolved")
        assert len(now.rest.journal) == asked
        view = (await now.agent.get("/channels/pd"))["sync"]
        assert view["state"] == "failing"
        assert (await now.agent.get("/agent"))["drift"] is None


async def test_rs18_a_note_whose_answer_was_lost_stands_there_once(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        ours = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.faults_on_writes.add(ResetAfter())
        await now.agent.post(f"/incidents/{ours['number']}/notes", text="the fan is dead")
        await now.seen("done_there")
        assert len(there.notes) == 1
        assert there.notes[0]["content"].startswith("the fan is dead")
        assert now.asked("POST", "/notes")[0].sender == "ana@example.org"
        found = await now.incident()
        assert [each["text"] for each in found["timeline"] if each["kind"] == "note"] == ["the fan is dead"]


async def test_rs19_an_address_that_pagerduty_does_not_know_is_said_so(tmp_path: Path) -> None:
    async with play(tmp_path, sender="who@example.org") as now:
        await now.breaks()
        there = await now.made()
        ours = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        await now.agent.post(f"/incidents/{ours['number']}/acknowledge")
        line = await now.seen("not_done_there")
        assert "unknown user e-mail: PagerDuty has no user who@example.org" in line["text"]
        # The Events API needs nobody's name: PagerDuty knows all the same.
        await eventually("it is acknowledged there", lambda: now.kept()[0].status == "acknowledged")
        assert there.acknowledged


async def test_rs20_an_update_is_a_note_where_the_plan_has_none(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        ours = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        for text in ("spare part is on its way", "it is here"):
            await now.agent.post(f"/incidents/{ours['number']}/updates", text=text)
        assert [each["content"].splitlines()[0] for each in there.notes] == ["spare part is on its way", "it is here"]
        assert len(now.asked("POST", "/status_updates")) == 1
        now.account.abilities.add("status_updates")


async def test_rs22_both_acknowledge_and_both_are_recorded(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        ours = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "acknowledge", "PBEN001")
        await now.agent.post(f"/incidents/{ours['number']}/acknowledge", by="lead", via="tray")
        lines = await now.until(
            "both are told",
            lambda each: (
                {"lead", "Ben Ode"} <= {line["by"] for line in each["timeline"] if line["kind"] == "acknowledged"}
            ),
        )
        assert lines["status"] == "acknowledged"
        assert lines["acknowledged_by"] == "Ben Ode"
        assert [each.action for each in now.there.journal].count("acknowledge") == 1


async def test_work_from_here_snooze_merge_and_reassign_are_done_there(tmp_path: Path) -> None:
    async with play(tmp_path, http=2) as now:
        await now.breaks("web-0")
        first = await now.made(1)
        await now.breaks("web-1")
        second = await now.made(2)
        for number in (0, 1):
            await now.until("seen", lambda each: each["pagerduty"] and each["pagerduty"]["verified"], number=number)
        await now.agent.post("/incidents/1/snooze", seconds=3600)
        await eventually("it is snoozed there", lambda: now.kept()[0].snoozed_until)
        await now.agent.post("/incidents/1/reassign", to="ben@example.org")
        assert first.assigned == ["PBEN001"]
        await now.agent.post("/incidents/1/merge", into="2")
        assert first.merged_into == second.id
        await now.agent.post("/incidents/2/resolve", by="lead")
        await eventually("it is resolved there", lambda: not now.kept()[1].is_open)


async def test_ev63_without_a_rest_key_a_page_is_sent_and_not_verified(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        bare = now.agent.settings.replace('api_key = { env = "PD_API_KEY" }\n', "").replace(
            'from_email = "ana@example.org"\n', ""
        )
        await now.agent.apply(bare)
        await now.breaks()
        await now.made()
        ours = await now.until("it is sent", lambda each: each["pagerduty"])
        assert (ours["pagerduty"]["words"], ours["pagerduty"]["verified"]) == ("sent (unverified)", False)
        assert (await now.agent.get("/channels/pd"))["sync"]["state"] == "off"


async def test_ev74_an_acknowledgement_without_a_rest_key_goes_by_the_events_api(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        bare = now.agent.settings.replace('api_key = { env = "PD_API_KEY" }\n', "")
        await now.agent.apply(bare)
        await now.breaks()
        await now.made()
        ours = await now.incident()
        await now.agent.post(f"/incidents/{ours['number']}/acknowledge", by="lead", via="tray")
        await now.there.until(lambda: [each.action for each in now.there.journal] == ["trigger", "acknowledge"])
        assert now.there.journal[0].body["dedup_key"] == now.there.journal[1].body["dedup_key"]
        assert now.kept()[0].status == "acknowledged"


async def test_a_test_of_the_channel_is_proven_and_leaves_nothing(tmp_path: Path) -> None:
    async with play(tmp_path, lag_s=1.0) as now:
        started = await now.agent.post("/channels/pd/test")
        there = await now.made()

        async def over() -> Any:
            found = await now.agent.get(f"/incidents/{started['incident_id']}")
            return found if found["pagerduty"] and found["pagerduty"]["status"] == "resolved" else None

        found = await eventually("it has appeared and closed", over, 20)
        kinds = [each["kind"] for each in found["timeline"]]
        assert kinds.index("verified") < kinds.index("closed")
        assert not there.is_open
        view = await now.agent.get("/channels/pd")
        assert view["test_ok"] is True
        assert view["test_reason"].startswith("created as #1 after")
        assert (await now.agent.get("/agent"))["drift"] == 0


@pytest.mark.slow
async def test_a_resolve_that_maintenance_swallowed_is_made_up_for(tmp_path: Path) -> None:
    async with play(tmp_path, sender=None) as now:
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        at = now.rest.now()
        now.account.maintenance["PW"] = MaintenanceWindow("PW", ["PSERVIC"], at, at + timedelta(hours=1))
        await now.recovers()
        await now.until("it is over here", lambda each: each["status"] == "resolved")
        await now.there.until(lambda: [each.action for each in now.there.journal].count("resolve") == 1)
        now.account.maintenance.clear()
        assert there.is_open
        await now.there.until(lambda: [each.action for each in now.there.journal].count("resolve") == 2, 60)
        await eventually("it is over there", lambda: not now.kept()[0].is_open)
        await now.seen("closed")
        view = (await now.agent.get("/channels/pd"))["sync"]
        assert (view["drift"], view["open"]) == (0, 0)


@pytest.mark.slow
async def test_what_is_open_there_under_our_name_alone_is_closed(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        await now.made()
        key = (await now.incident())["dedup_key"]
        await now.recovers()
        await now.seen("closed")
        # A late copy of the trigger, as out of a slow queue: PagerDuty makes a new incident of it.
        trigger(now.there, key, now.rest.now())
        zombie = await now.made(2)
        await now.agent.kill()
        await now.agent.restart()
        await eventually("it is closed", lambda: not now.kept()[1].is_open, 60)
        assert zombie.key == key


async def test_ev73_the_start_and_new_settings_are_change_events_where_that_is_wanted(tmp_path: Path) -> None:
    async with play(tmp_path, more="change_events = true\n") as now:

        def changes() -> list[str]:
            return [str(each.payload["summary"]) for each in now.there.model.changes]

        await eventually("new settings are told", lambda: any("settings changed" in each for each in changes()))
        await now.agent.kill()
        await now.agent.restart()
        await eventually("the start is told", lambda: any("started" in each for each in changes()))
        await now.agent.post("/changes", summary="docker upgraded", monitor="web-0")
        await now.breaks()
        await now.seen("change")
        told = [each["text"] for each in (await now.incident())["timeline"] if each["kind"] == "change"]
        assert any("after: docker upgraded" in each for each in told)


async def test_rs23_with_pagerduty_down_the_last_known_state_is_shown_and_called_old(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged")
        await now.agent.kill()
        now.rest.plan = Always(Status(503))
        await now.agent.restart()
        sync = await eventually("it is tried", lambda: failing(now))
        assert sync["answered_at"] is None
        ours = await now.incident()
        assert (ours["status"], ours["acknowledged_by"]) == ("acknowledged", "Ana Lindt")
        assert ours["pagerduty"]["status"] == "acknowledged"
        assert (await now.agent.get("/agent"))["drift"] is None


async def failing(now: Any) -> Any:
    found = (await now.agent.get("/channels/pd"))["sync"]
    return found if found["state"] == "failing" else None


async def test_rs07_rs08_rs11_a_night_in_which_nobody_answers(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        policy = now.account.policies["PPOLICY"]
        for level in policy.levels:
            level.delay_min = 0.03
        now.account.services["PSERVIC"].acknowledgement_timeout = 3
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        acked = await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged")
        await now.until("it is open again", lambda each: each["status"] == "open")
        ours = await now.seen("exhausted")
        assert "nobody acknowledged" in ours["text"]
        found = await now.incident()
        kinds = [each["kind"] for each in found["timeline"] if each["source"] == "pagerduty"]
        assert kinds.index("acknowledged") < kinds.index("unacknowledged") < kinds.index("exhausted")
        assert "escalated" in kinds
        assert "notified" in kinds
        assert found["acknowledged_at"] == acked["acknowledged_at"]
        listed = [dict(each.query) for each in now.rest.journal if each.path == "/incidents"]
        assert listed
        assert all(each["date_range"] == "all" for each in listed)
        stories = [each.query for each in now.rest.journal if each.path.endswith("/log_entries")]
        assert all(("include[]", "channels") in each for each in stories)
