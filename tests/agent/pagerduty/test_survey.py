"""The doctor's look at PagerDuty, over a real socket, at a stand-in whose account is out of order in one way each."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from statusapp_agent.core.model import Monitor, Severity
from statusapp_agent.core.paging_points import paging_points
from statusapp_agent.core.points import Point
from statusapp_agent.demo.faults import Always, Hang, Status
from statusapp_agent.demo.pagerduty_account import EMPTY_MEMBER, Level, MaintenanceWindow, Schedule
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.pagerduty.client import Credential
from statusapp_agent.pagerduty.survey import Survey
from tests.support.pagerduty_scene import START, TOKEN, TestClock, account_of, service
from tests.support.settings_text import KEY

MILD = Monitor("printer", "http", None, severity=Severity.WARNING)


@pytest.fixture
async def there() -> AsyncIterator[PagerDutyService]:
    async with service(TestClock()) as started:
        yield started


async def points(
    there: PagerDutyService, key: str = KEY, token: str = TOKEN, monitors: tuple[Monitor, ...] = (), **more: float
) -> dict[str, Point]:
    async with httpx.AsyncClient(trust_env=False) as http:
        clock = iter(range(10_000))
        looked = Survey(http, Credential(there.url, token), lambda: next(clock) / 1000, START, **more)
        facts = await looked.facts(key)
    return {point.point: point for point in paging_points("pd", facts, monitors, UTC)}


async def test_a_sound_account_passes_but_for_the_time_out_that_closes_what_is_broken(there: PagerDutyService) -> None:
    found = await points(there)
    assert {name for name, point in found.items() if point.verdict != "pass"} == {"Automatic resolve at PagerDuty"}
    assert "4 h" in found["Automatic resolve at PagerDuty"].text
    assert found["Escalation"].text == "Default: 0 min Home on call, 15 min Ben Ode."
    assert found["On call now"].text == "Ana Lindt, then Ben Ode."
    assert found["Reaching Ben Ode"].text == "Ben Ode is told by phone …00, at once."
    account_of(there).services["PSERVIC"].auto_resolve_timeout = None
    assert all(point.verdict == "pass" for point in (await points(there)).values())


async def test_it_asks_no_more_than_it_has_to(there: PagerDutyService) -> None:
    await points(there)
    assert there.rest is not None
    assert len(there.rest.journal) <= 13
    assert {each.method for each in there.rest.journal} == {"GET"}
    assert {each.status for each in there.rest.journal} == {200, 400}  # 400: an old schedule, asked for as a new one


async def test_dr01_a_gap_is_told_with_its_times_in_the_zone_of_its_schedule(there: PagerDutyService) -> None:
    schedule = account_of(there).schedules["PSCHED1"]
    schedule.time_zone = "Europe/Berlin"
    begins = datetime(2026, 3, 8, 2, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    schedule.gaps = [(begins, begins + timedelta(hours=2))]
    gap = (await points(there))["On call for the next 14 days"]
    assert gap.verdict == "fail"
    expected = "Level 1 has nobody from Sun 8 Mar 02:00 to 04:00 in Home on call (2 h, Europe/Berlin)."
    assert gap.text == f"{expected} Pages go to the other levels then."
    account_of(there).policies["PPOLICY"].levels[1:] = []
    assert "PagerDuty drops what is sent then." in (await points(there))["On call for the next 14 days"].text


async def test_ev61_nobody_on_call_now_fails(there: PagerDutyService) -> None:
    account_of(there).schedules["PSCHED1"].users = []
    assert "straight to level 2: Ben Ode" in (await points(there))["On call now"].text
    account_of(there).policies["PPOLICY"].levels[1:] = []
    found = await points(there)
    assert (found["On call now"].verdict, found["On call for the next 14 days"].verdict) == ("fail", "fail")
    assert "creates no incident" in found["On call now"].text


@pytest.mark.parametrize("ongoing", [True, False])
async def test_dr03_maintenance_is_told_with_its_end(there: PagerDutyService, ongoing: bool) -> None:
    starts = START - timedelta(hours=1) if ongoing else START + timedelta(days=2)
    window = MaintenanceWindow("PW", ["PSERVIC"], starts, starts + timedelta(hours=3))
    account_of(there).maintenance["PW"] = window
    found = (await points(there))["Maintenance at PagerDuty"]
    assert found.verdict == ("fail" if ongoing else "unknown")
    assert ("On until 10:00:00 UTC" if ongoing else "from 4 Mar 08:00 UTC to 4 Mar 11:00 UTC") in found.text


async def test_dr03_a_disabled_service_and_a_key_that_nothing_has(there: PagerDutyService) -> None:
    account_of(there).services["PSERVIC"].disabled = True
    found = (await points(there))["Service"]
    assert (found.verdict, "Home is disabled" in found.text) == ("fail", True)
    gone = (await points(there, key="0" * 32))["Service"]
    assert (gone.verdict, "provision pd" in str(gone.remedy)) == ("fail", True)
    assert (await points(there, key="R" + "0" * 31))["Service"].verdict == "unknown"


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ([Level(["PSCHED1"], 30)], "single level"),
        ([Level(["PSCHED1"], 5), Level(["PBEN001"], 60), Level(["PANA001"], 1)], "after 5 min and 60 min"),
    ],
)
async def test_dr04_the_policy_is_told_as_it_happens(there: PagerDutyService, levels: list[Level], told: str) -> None:
    account_of(there).policies["PPOLICY"].levels = levels
    found = (await points(there))["Escalation"]
    assert found.verdict == "unknown"
    assert told in found.text
    account_of(there).policies["PPOLICY"].levels = [
        Level(["PSCHED1"], 15),
        Level(["PBEN001"], 15),
        Level(["PANA001"], 30),
    ]
    sound = (await points(there))["Escalation"]
    assert sound.text == "Default: 0 min Home on call, 15 min Ben Ode, 30 min Ana Lindt."
    assert sound.verdict == "pass"


async def test_dr05_a_schedule_of_the_new_kind_with_an_empty_member(there: PagerDutyService) -> None:
    account = account_of(there)
    account.schedules["PSCHED1"] = Schedule("PSCHED1", "Shifts", ["PANA001", "PBEN001"], "Asia/Tokyo", shifts=True)
    found = await points(there)
    assert found["On call now"].text == "Ana Lindt and Ben Ode, then Ben Ode."
    assert found["On call for the next 14 days"].verdict == "pass"
    account.schedules["PSCHED1"].users = [EMPTY_MEMBER]
    found = await points(there)
    assert "Nobody at level 1" in found["On call now"].text
    assert "Asia/Tokyo" in found["On call for the next 14 days"].text


async def test_ev65_a_mild_monitor_on_a_service_by_severity_never_escalates(there: PagerDutyService) -> None:
    account_of(there).services["PSERVIC"].urgency = "severity_based"
    assert (await points(there))["Urgency"].verdict == "pass"
    found = (await points(there, monitors=(MILD,)))["Urgency"]
    assert (found.verdict, "never escalates" in found.text, "printer" in found.text) == ("unknown", True, True)


async def test_people_who_cannot_be_reached(there: PagerDutyService) -> None:
    ana, ben = account_of(there).users["PANA001"], account_of(there).users["PBEN001"]
    ana.notification_rules = [{"urgency": "low", "start_delay_in_minutes": 0, "method": 0}]
    ben.contact_methods[0]["blacklisted"] = True
    found = await points(there)
    assert "no notification rule for high urgency" in found["Reaching Ana Lindt"].text
    assert "only rules for what does not work" in found["Reaching Ben Ode"].text
    ben.contact_methods = []
    assert "no contact method" in (await points(there))["Reaching Ben Ode"].text
    ben.contact_methods = [{"type": "email_contact_method", "address": "ben@example.org", "enabled": False}]
    told = (await points(there))["Reaching Ben Ode"].text
    assert "e-mail b…@example.org is disabled" in told
    assert "ben@" not in told


@pytest.mark.parametrize(
    ("status", "told"), [(401, "does not know"), (402, "plan"), (403, "may not"), (500, "trouble")]
)
async def test_what_cannot_be_asked_is_unknown_in_words(there: PagerDutyService, status: int, told: str) -> None:
    assert there.rest is not None
    there.rest.plan = Always(Status(status, b'{"error":{"message":"no","code":2014}}'))
    found = await points(there)
    assert list(found) == ["Service"]
    assert found["Service"].verdict == "unknown"
    assert told in found["Service"].text
    assert TOKEN not in found["Service"].text


async def test_a_server_that_hangs_costs_the_deadline_and_no_more(
    there: PagerDutyService,
) -> None:
    assert there.rest is not None
    there.rest.plan = Always(Hang(taken=False))
    found = await points(there, deadline_s=0.3)
    assert (found["Service"].verdict, "did not answer" in found["Service"].text) == ("unknown", True)


async def test_s59_somebody_who_is_paged_and_not_in_the_team_is_named(there: PagerDutyService) -> None:
    account = account_of(there)
    assert "Team" not in await points(there)
    account.services["PSERVIC"].teams = ["Infra"]
    account.users["PANA001"].teams = ["Infra", "Web"]
    found = (await points(there))["Team"]
    assert (found.verdict, found.text) == ("unknown", "The service belongs to Infra, in which Ben Ode is not.")
    account.users["PBEN001"].teams = ["Infra"]
    assert (await points(there))["Team"].verdict == "pass"
