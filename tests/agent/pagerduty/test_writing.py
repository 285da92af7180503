"""Errands against the stand-in: once, in order, and with PagerDuty's own words when it will not."""

import asyncio

import pytest

from statusapp_agent.clock import Clock
from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand, Verb
from statusapp_agent.core.events import ErrandEnded
from statusapp_agent.core.model import Action, Delivery
from statusapp_agent.core.state import Save, State
from statusapp_agent.demo.faults import ResetAfter, ResetBefore, Status
from statusapp_agent.demo.pagerduty_incidents import NOTES
from statusapp_agent.outbound import make_client
from statusapp_agent.pagerduty.account import Account
from statusapp_agent.pagerduty.client import Credential, RestClient
from statusapp_agent.pagerduty.writing import Writing
from tests.support.pagerduty_scene import START, TOKEN, TestClock, service, trigger

INSTALL = "11111111-2222-3333-4444-555555555555"


class Opened:
    """Stands for the looking task: one account for every channel."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.hurried = 0

    def account_of(self, _channel: str) -> Account:
        return self.account

    def fault_of(self, _channel: str) -> None:
        return None

    def hurry(self) -> None:
        self.hurried += 1


class Desk:
    """A state with one incident there, and errands that are tried one by one."""

    def __init__(self, there, writing: Writing, state: State, ended: list[ErrandEnded]) -> None:
        self.there, self.writing, self.state, self.ended = there, writing, state, ended

    @property
    def kept(self):
        return self.there.rest.incidents.by_id["Q000001"]

    async def do(self, verb: Verb, *, maybe_done: bool = False, number: int = 1, **details):
        """Try one errand; return how it ended."""
        errand = Errand(number, 1, "i", verb, "ann", START, details, maybe_done=maybe_done)
        self.state.absorb([Save(errand)])
        await self.writing._carry(errand)
        return self.ended[-1].outcome


@pytest.fixture
async def desk():
    clock = TestClock()
    http = make_client(proxies={})
    async with service(clock) as there:
        trigger(there, "k1", clock.now())
        there.rest.incidents.catch_up(clock.now())
        state, ended = State(INSTALL), []
        delivery = Delivery(1, "pd", Action.TRIGGER, {}, START, incident="i")
        state.absorb([Save(delivery), Save(Counterpart(1, "i", "pd", START, id="Q000001", status="triggered"))])
        client = RestClient(http, Credential(there.url, TOKEN, "ana@example.org"), timeout_s=1)
        account = Account(client, clock.passed_s)
        yield Desk(there, Writing(state, Opened(account), Clock(), ended.append), state, ended)
    await http.aclose()


async def test_rs18_a_lost_answer_makes_no_second_note(desk) -> None:
    desk.there.rest.faults_on_writes.add(ResetAfter())
    first = await desk.do(Verb.NOTE, text="the fan is dead")
    assert (first.result, first.maybe_done) == ("again", True)
    second = await desk.do(Verb.NOTE, maybe_done=True, text="the fan is dead")
    assert second.result == "done"
    assert len(desk.kept.notes) == 1


async def test_rs18_a_note_that_never_arrived_is_written_by_the_second_try(desk) -> None:
    desk.there.rest.faults_on_writes.add(ResetBefore())
    first = await desk.do(Verb.NOTE, text="the fan is dead")
    assert (await desk.do(Verb.NOTE, maybe_done=first.maybe_done, text="the fan is dead")).result == "done"
    assert len(desk.kept.notes) == 1


async def test_rs18_two_notes_of_the_same_words_are_two(desk) -> None:
    for number in (1, 2):
        await desk.do(Verb.NOTE, number=number, maybe_done=number == 2, text="the same")
    assert len(desk.kept.notes) == 2


@pytest.mark.parametrize("maybe_done", [False, True])
async def test_rs18_it_stops_at_the_limit_of_notes(desk, maybe_done: bool) -> None:
    for number in range(NOTES):
        desk.kept.notes.append({"id": f"P{number}", "content": "old", "at": START, "user": "PANA001"})
    ended = await desk.do(Verb.NOTE, maybe_done=maybe_done, text="one more")
    assert ended.result == "failed"
    assert "2000 notes" in ended.said
    assert len(desk.kept.notes) == NOTES


async def test_rs20_an_update_is_an_update_where_the_plan_has_them_and_never_twice(desk) -> None:
    desk.there.rest.account.abilities.add("status_updates")
    desk.there.rest.faults_on_writes.add(ResetAfter())
    first = await desk.do(Verb.UPDATE, text="news")
    second = await desk.do(Verb.UPDATE, maybe_done=first.maybe_done, text="news")
    assert (second.result, "not posted twice" in second.said) == ("done", True)
    kinds = [each.type for each in desk.kept.log]
    assert kinds.count("status_update_log_entry") == 1
    assert desk.kept.notes == []


async def test_what_is_resolved_there_already_is_no_failure(desk) -> None:
    desk.there.rest.by_hand("Q000001", "resolve", "PBEN001")
    ended = await desk.do(Verb.RESOLVE)
    assert (ended.result, ended.said) == ("done", "it was resolved in PagerDuty already")


async def test_trouble_that_passes_is_tried_again_and_a_refusal_is_not(desk) -> None:
    desk.there.rest.faults_on_writes.add(Status(503), Status(429, b"", {"ratelimit-reset": "17"}), Status(400, b"{}"))
    assert (await desk.do(Verb.ACKNOWLEDGE)).result == "again"
    held = await desk.do(Verb.ACKNOWLEDGE)
    assert (held.result, held.after_s) == ("again", 17.0)
    assert (await desk.do(Verb.ACKNOWLEDGE)).result == "failed"


async def test_nobody_of_that_name_is_said_so(desk) -> None:
    ended = await desk.do(Verb.REASSIGN, to="zoe@example.org")
    assert ended.result == "failed"
    assert "PagerDuty has nobody called 'zoe@example.org'" in ended.said


async def test_errands_of_one_incident_go_one_after_the_other(desk) -> None:
    for number in (1, 2):
        errand = Errand(number, 1, "i", Verb.NOTE, "ann", START, {"text": f"note {number}"})
        desk.state.absorb([Save(errand)])
    assert [each.id for each in desk.writing._due()] == [1]
    await asyncio.gather(*(desk.writing._carry(each) for each in desk.writing._due()))
    assert [each["content"].splitlines()[0] for each in desk.kept.notes] == ["note 1"]
