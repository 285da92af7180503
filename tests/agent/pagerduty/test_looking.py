"""One look for many incidents: few requests, the right incident for each page, and reasons where there is none."""

from datetime import timedelta

import pytest

from statusapp_agent.core.counterpart import Fate
from statusapp_agent.demo.faults import Script, Status
from statusapp_agent.outbound import make_client
from statusapp_agent.pagerduty.account import LASTING_HOLD_S, Account
from statusapp_agent.pagerduty.client import Credential, RestClient, RestError, Trouble
from statusapp_agent.pagerduty.looking import AT_ONCE, STORIES, Memory, Wanted, look, open_incidents
from statusapp_agent.pagerduty.reading import happenings
from tests.support.pagerduty_scene import START, TOKEN, TestClock, account_of, service, trigger
from tests.support.settings_text import KEY


class Scene:
    """A stand-in, an account that is looked at, and what looks remember."""

    def __init__(self, there, clock: TestClock, account: Account) -> None:
        self.there, self.clock, self.account = there, clock, account
        self.memory = Memory()
        self.waited_s = 0.0

    def page(self, key: str, opening: int = 1, **known) -> Wanted:
        """Trigger, and return what is to be looked for."""
        trigger(self.there, key, self.clock.now())
        return Wanted(opening, key, KEY, self.clock.now(), **known)

    async def look(self, *wanted: Wanted):
        listed = await open_incidents(self.account)
        return await look(self.account, wanted, self.memory, self.clock.now(), listed)

    def asked(self) -> list[str]:
        """Return the paths that were asked for, and forget them."""
        paths = [each.path for each in self.there.rest.journal]
        self.there.rest.journal.clear()
        return paths


@pytest.fixture
async def scene():
    clock = TestClock()
    http = make_client(proxies={})
    async with service(clock) as there:
        client = RestClient(http, Credential(there.url, TOKEN, "ana@example.org"))
        yield Scene(there, clock, Account(client, clock.passed_s))
    await http.aclose()


async def test_many_incidents_cost_one_list_and_a_few_stories(scene) -> None:
    wanted = [scene.page(f"k{number}", number) for number in range(30)]
    reports = await scene.look(*wanted)
    assert all(each.sighting is not None and each.happenings for each in reports)
    assert scene.asked().count("/incidents") == 1
    again = await scene.look(*wanted)
    paths = scene.asked()
    assert len(paths) == 1 + STORIES
    assert all(each.sighting is not None for each in again)
    read = {path for _ in range(6) for _ in [await scene.look(*wanted)] for path in scene.asked() if "log" in path}
    assert len(read | {path for path in paths if "log" in path}) == 30


async def test_only_so_many_are_asked_for_one_by_one(scene) -> None:
    wanted = [Wanted(number, f"k{number}", KEY, scene.clock.now()) for number in range(50)]
    assert len(await scene.look(*wanted)) == AT_ONCE
    assert scene.asked().count("/incidents") == 1 + AT_ONCE


async def test_a_page_that_went_into_another_incident_is_grouped(scene) -> None:
    account_of(scene.there).services["PSERVIC"].grouped = True
    scene.page("first", 1)
    scene.clock.on(600)
    second = scene.page("second", 2)
    scene.clock.on(2)
    (report,) = await scene.look(second)
    assert report.grouped == "grouped into the incident #1, which was open before"
    assert report.sighting.id == "Q000001"
    assert all(each.at >= second.accepted_at - timedelta(minutes=2) for each in report.happenings)


async def test_the_incident_of_an_earlier_page_is_not_taken_for_a_later_ones(scene) -> None:
    scene.page("k")
    trigger(scene.there, "k", scene.clock.on(60), "resolve")
    scene.clock.on(600)
    later = Wanted(1, "k", KEY, scene.clock.now(), past=("Q000001",))
    scene.clock.on(5)
    (report,) = await scene.look(later)
    assert report.sighting is None
    trigger(scene.there, "k", scene.clock.now())
    (report,) = await scene.look(later)
    assert report.sighting.id == "Q000002"


async def test_rs05_what_happened_to_the_target_before_the_merge_is_not_ours(scene) -> None:
    scene.page("target", 1)
    scene.there.rest.incidents.catch_up(scene.clock.now())
    scene.there.rest.by_hand("Q000001", "acknowledge", "PBEN001")
    scene.clock.on(3600)
    ours = scene.page("ours", 2, id="Q000002")
    scene.there.rest.incidents.catch_up(scene.clock.now())
    scene.there.rest.incidents.account.services["PSERVIC"].acknowledgement_timeout = None
    scene.there.rest.by_hand("Q000001", "acknowledge", "PBEN001")
    scene.clock.on(60)
    scene.there.rest.by_hand("Q000002", "merge", "PANA001", into="Q000001")
    (report,) = await scene.look(ours)
    assert (report.sighting.id, report.sighting.merged_from) == ("Q000001", "Q000002")
    acks = [each for each in report.happenings if each.kind == "acknowledged"]
    assert [(each.by, each.at) for each in acks] == [("Ben Ode", scene.clock.now())]


async def test_why_nobody_was_paged_is_asked_seldom(scene) -> None:
    account_of(scene.there).services["PSERVIC"].disabled = True
    wanted = scene.page("k")
    scene.clock.on(10)
    assert (await scene.look(wanted))[0].asked_why is False
    scene.clock.on(15)
    report = (await scene.look(wanted))[0]
    assert (report.nobody, report.asked_why) == ("service disabled (Home)", True)
    scene.asked()
    scene.clock.on(1)
    assert (await scene.look(wanted))[0].asked_why is False
    assert set(scene.asked()) == {"/incidents"}


async def test_ev61_a_gap_in_the_schedule_is_named(scene) -> None:
    account = account_of(scene.there)
    account.policies["PPOLICY"].levels.pop()
    account.schedules["PSCHED1"].gaps.append((START - timedelta(hours=1), START + timedelta(hours=1)))
    found = await scene.account.why_nobody(KEY)
    assert found.why == "nobody on call in Default (gap in the schedule Home on call)"


@pytest.mark.parametrize("path", ["/services", "/maintenance_windows", "/oncalls", "/log_entries", "/active"])
async def test_rs16_a_question_that_may_not_be_asked_spoils_no_other(scene, path: str) -> None:
    refused = Status(403, b'{"error":{"message":"Access Denied","code":2010}}')
    real = scene.account.client.get

    async def get(asked: str, query=()):
        scene.there.rest.plan = Script(refused) if asked.endswith(path) else Script()
        return await real(asked, query)

    scene.account.client.get = get
    account_of(scene.there).services["PSERVIC"].disabled = True
    lost = scene.page("lost", 1)
    account_of(scene.there).services["PSERVIC"].disabled = False
    kept = scene.page("kept", 2)
    account_of(scene.there).services["PSERVIC"].disabled = True
    scene.clock.on(25)
    reports = {each.opening: each for each in await scene.look(lost, kept)}
    assert reports[2].sighting is not None
    scene.there.rest.by_hand("Q000001", "acknowledge", "PBEN001")
    assert [each.by for each in (await scene.look(kept))[0].happenings if each.by] == ["Ben Ode"]
    assert reports[1].sighting is None
    assert reports[1].nobody == ("" if path == "/services" else "service disabled (Home)")


async def test_rs16_a_refused_key_is_left_alone_for_minutes_and_others_for_seconds(scene) -> None:
    scene.account.failed(RestError(Trouble.TOKEN, "401"))
    scene.clock.on(LASTING_HOLD_S - 1)
    assert scene.account.held
    scene.clock.on(2)
    assert not scene.account.held
    waits = []
    for _ in range(8):
        scene.account.failed(RestError(Trouble.UNREACHABLE, "down"))
        waits.append(scene.account.held_until_s - scene.clock.passed_s())
    assert waits == sorted(waits)
    assert waits[-1] == 120.0
    scene.account.failed(RestError(Trouble.SLOW_DOWN, "429", after_s=200.0))
    assert scene.account.held_until_s - scene.clock.passed_s() == 200.0


async def test_a_created_page_is_never_asked_why(scene) -> None:
    gone = Wanted(1, "k", KEY, scene.clock.now() - timedelta(hours=1), Fate.CREATED, "Q000009")
    (report,) = await scene.look(gone)
    assert (report.sighting, report.asked_why) == (None, False)


def entry(kind: str, **more):
    return {"id": f"R-{kind}", "type": f"{kind}_log_entry", "created_at": "2026-03-02T08:00:00Z", **more}


def test_rs09_kinds_that_nobody_knows_are_kept_as_they_came() -> None:
    (found,) = happenings([entry("quantum_shift", weight=7)])
    assert found.kind == "other"
    assert "'quantum shift'" in found.text
    assert '"weight": 7' in found.text


ANA = {"id": "PANA", "type": "user_reference", "summary": "Ana Lindt"}
SERVICE = {"id": "PS", "type": "service_reference", "summary": "Home"}


@pytest.mark.parametrize(
    ("raw", "kind", "text", "by"),
    [
        (entry("acknowledge", agent=ANA, channel={"type": "mobile"}), "acknowledged",
         "acknowledged by Ana Lindt via PagerDuty (mobile)", "Ana Lindt"),
        (entry("acknowledgement", agent=ANA), "acknowledged", "acknowledged by Ana Lindt via PagerDuty", "Ana Lindt"),
        (entry("acknowledge", agent=SERVICE), "acknowledged", "acknowledged at PagerDuty by an event", None),
        (entry("resolve", agent=SERVICE, channel={"type": "timeout"}), "timed_out",
         "PagerDuty resolved it by its auto-resolve time-out", None),
        (entry("resolve", agent=ANA), "resolved", "resolved by Ana Lindt via PagerDuty", "Ana Lindt"),
        (entry("notify", user=ANA, channel={"notification": {"type": "sms"}}), "notified",
         "Ana Lindt notified by sms", None),
        (entry("escalate", assignees=[ANA], channel={"type": "timeout"}), "escalated",
         "escalated to Ana Lindt, because nobody acknowledged in time", None),
        (entry("priority_change", agent=None, channel=None), "changed", "its priority changed at PagerDuty", None),
        (entry("exhaust_escalation_path"), "exhausted",
         "nobody acknowledged: PagerDuty's escalation path is exhausted", None),
    ],
)  # fmt: skip
def test_each_kind_is_told_in_words(raw, kind, text, by) -> None:
    (found,) = happenings([raw])
    assert (found.kind, found.text, found.by) == (kind, text, by)


def test_what_has_neither_id_nor_time_is_left_out_and_the_rest_is_in_order() -> None:
    late = {**entry("annotate", channel={"summary": "b"}), "id": "R2", "created_at": "2026-03-02T10:00:00+02:00"}
    first = {**entry("annotate", channel={"summary": "a"}), "id": "R1", "created_at": "2026-03-02T07:59:59Z"}
    found = happenings([late, first, {"id": "x"}, None, {"created_at": "2026-03-02T08:00:00Z"}])
    assert [each.text for each in found] == ["a", "b"]
