"""The stand-in as a server: it answers like PagerDuty, and misbehaves exactly as it is told to."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from statusapp_agent.demo.faults import (
    Always,
    Chance,
    Drip,
    Garbage,
    Hang,
    Late,
    ResetAfter,
    ResetBefore,
    Script,
    Status,
)
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService

KEY = "e93facc04764012d7bfb002500d5d1a6"
ROOT = Path(__file__).parents[3]


def event(action="trigger", dedup_key="a"):
    made = {"routing_key": KEY, "event_action": action, "dedup_key": dedup_key}
    if action == "trigger":
        made["payload"] = {"summary": "[DOWN] nas", "source": "nas.lan", "severity": "critical"}
    return made


async def post(service, **named):
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        return await http.post(f"{service.url}/v2/enqueue", json=event(**named))


async def test_a_well_served_life_of_an_incident():
    async with PagerDutyService() as service:
        for action in ("trigger", "acknowledge", "resolve"):
            answer = await post(service, action=action)
            assert (answer.status_code, answer.json()["status"]) == (202, "success")
        assert [received.action for received in service.journal] == ["trigger", "acknowledge", "resolve"]
        assert [received.status for received in service.journal] == [202, 202, 202]
        [alert] = service.incidents()
        assert alert.status == "resolved"
        assert service.incidents(open_only=True) == []
        async with httpx.AsyncClient(trust_env=False) as http:
            shown = (await http.get(f"{service.url}/stand-in/incidents")).json()["items"]
        assert [(item["dedup_key"], item["status"]) for item in shown] == [("a", "resolved")]


async def test_a_body_that_is_not_json_is_answered_and_written_down():
    async with PagerDutyService() as service, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{service.url}/v2/enqueue", content=b"\xff{nonsense")
        assert (answer.status_code, answer.json()["errors"]) == (400, ["JSON parse error"])
        assert service.journal[0].body == "\ufffd{nonsense"
        assert service.journal[0].action is None


async def test_a_reset_before_loses_the_event_and_a_reset_after_only_the_answer():
    async with PagerDutyService(plan=Script(ResetBefore(), ResetAfter())) as service:
        with pytest.raises(httpx.TransportError):
            await post(service)
        assert service.incidents() == []
        with pytest.raises(httpx.TransportError):
            await post(service)
        assert len(service.incidents()) == 1
        assert (await post(service)).status_code == 202
        assert len(service.incidents()) == 1
        assert [received.fault for received in service.journal] == ["ResetBefore", "ResetAfter", None]
        assert [received.status for received in service.journal] == [None, None, 202]


async def test_a_status_with_headers_and_body_of_choice():
    plan = Script(Status(429, b"slow down", {"Retry-After": "45"}), None)
    async with PagerDutyService(plan=plan) as service:
        answer = await post(service)
        assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (429, "slow down", "45")
        assert service.incidents() == []
        assert (await post(service)).status_code == 202


async def test_garbage_looks_accepted_and_may_or_may_not_have_been():
    async with PagerDutyService(plan=Script(Garbage(taken=False), Garbage(taken=True))) as service:
        for expected in (0, 1):
            answer = await post(service)
            assert answer.status_code == 202
            assert answer.headers["content-type"].startswith("text/html")
            assert len(service.incidents()) == expected


async def test_a_drip_answers_its_status_at_once_and_its_body_hardly_ever():
    async with (
        PagerDutyService(plan=Always(Drip(every_s=60))) as service,
        httpx.AsyncClient(trust_env=False) as http,
        http.stream("POST", f"{service.url}/v2/enqueue", json=event()) as answer,
    ):
        assert answer.status_code == 202
        assert len(service.incidents()) == 1


@pytest.mark.parametrize("taken", [False, True])
async def test_a_hang_holds_the_connection_until_the_service_stops(taken):
    async with PagerDutyService(plan=Script(Hang(taken=taken))) as service:
        asking = asyncio.create_task(post(service))
        await service.until(lambda: bool(service.journal))
        assert len(service.incidents()) == taken
        assert not asking.done()
    with pytest.raises(httpx.TransportError):
        await asking


async def test_a_late_event_arrives_behind_those_that_came_after_it():
    async with PagerDutyService(plan=Script(Late(2))) as service:
        with pytest.raises(httpx.TransportError):
            await post(service)
        await post(service)
        assert [alert.status for alert in service.incidents()] == ["triggered"]
        await post(service, action="resolve")
        assert [alert.status for alert in service.incidents()] == ["resolved", "triggered"], "a zombie, as planned"


async def test_until_gives_up_in_words_of_time():
    async with PagerDutyService() as service:
        with pytest.raises(TimeoutError):
            await service.until(lambda: bool(service.journal), timeout_s=0.05)


async def test_two_services_at_once_and_a_second_stop():
    async with PagerDutyService() as one, PagerDutyService() as other:
        assert one.url != other.url
        await post(one)
        assert (len(one.incidents()), len(other.incidents())) == (1, 0)
        await other.stop()


async def test_a_model_with_its_own_keys_and_rate():
    async with PagerDutyService(PagerDutyModel(frozenset())) as service:
        assert (await post(service)).json()["errors"] == ["Invalid routing key"]
    async with PagerDutyService(PagerDutyModel(limit=1)) as service:
        assert [(await post(service)).status_code for _ in range(2)] == [202, 429]


def test_chance_tells_the_same_story_for_the_same_seed():
    def story(probability, seed):
        plan = Chance(probability, seed)
        return [plan.next() for _ in range(1_000)]

    assert story(0.4, 1) == story(0.4, 1)
    assert story(0.4, 1) != story(0.4, 2)
    assert 300 < sum(fault is not None for fault in story(0.4, 1)) < 500
    assert set(story(0, 1)) == {None}
    assert None not in story(1, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Chance(1.5, 1)


async def test_as_a_process_of_its_own_with_a_journal(tmp_path):
    journal = tmp_path / "journal.jsonl"
    arguments = ["-m", "statusapp_agent.demo.pagerduty_service", "--port", "0", "--journal", str(journal)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "agent"), str(ROOT / "shared")])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, env=environment
    )
    try:
        async with asyncio.timeout(30):
            said = (await process.stdout.readline()).decode()
        assert said.startswith("ready url=http://127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False) as http:
            url = said.removeprefix("ready url=").strip()
            answers = [await http.post(f"{url}/v2/enqueue", json=event(dedup_key=key)) for key in "ab"]
        assert [answer.status_code for answer in answers] == [202, 202]
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        assert [(line["body"]["dedup_key"], line["status"]) for line in lines] == [("a", 202), ("b", 202)]
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
