"""Doctor, provisioning and drills with a real agent and the real command line, judged at the stand-in."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_process import AgentProcess, environment, eventually
from tests.support.pagerduty_play import play, rest_keys
from tests.support.pagerduty_scene import TOKEN
from tests.support.settings_text import KEY, channel


@dataclass
class Ran:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


async def statusapp(agent: AgentProcess, *argv: str) -> Ran:
    """Run a command line against an agent, as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "statusapp_agent.cli.entry",
        "--socket",
        str(agent.socket),
        *argv,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(COLUMNS="100"),
    )
    out, err = await process.communicate()
    assert TOKEN.encode() not in out + err
    assert KEY.encode() not in out + err
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def test_the_doctor_looks_at_pagerduty_and_its_exit_code_tells(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        service = now.account.services["PSERVIC"]
        bad = await statusapp(now.agent, "doctor", "pd", "--json")
        assert bad.code == 1
        found = {each["point"]: each for each in bad.document["findings"]}
        assert found["Automatic resolve at PagerDuty"]["verdict"] == "fail"
        assert found["On call now"]["text"] == "Ana Lindt, then Ben Ode."
        service.auto_resolve_timeout = None

        async def passes() -> Ran | None:
            ran = await statusapp(now.agent, "doctor", "pd")
            return ran if ran.code == 0 else None

        good = await eventually("the doctor has looked again", passes, 15)
        assert "0 min Home on call, 15 min Ben Ode" in good.out


@pytest.mark.slow
async def test_pv04_a_new_channel_is_provisioned_its_key_kept_in_the_vault_and_tested(tmp_path: Path) -> None:
    new = channel("{url}", "new", key="{ vault = true }") + rest_keys("{url}")
    async with play(tmp_path, extra=new) as now:
        dry = await statusapp(now.agent, "pagerduty", "provision", "new", "--dry-run", "--json")
        assert (dry.code, dry.document["done"]) == (0, False)
        assert not [each for each in now.rest.journal if each.method != "GET"]
        ran = await statusapp(
            now.agent, "pagerduty", "provision", "new", "--yes", "--time-zone", "Europe/Kyiv", "--json"
        )
        assert (ran.code, ran.document["done"], ran.document["test"]["passed"]) == (0, True, True)
        assert ran.document["time_zone"] == "Europe/Kiev"
        made = next(each for each in now.account.services.values() if each.name == "StatusApp new")
        assert made.integration_key not in ran.out + ran.err + now.agent.err
        assert any(each.service == made.id and each.status == "resolved" for each in now.kept())
        view = await now.agent.get("/channels/new")
        assert (view["test_ok"], view["secrets"]["integration_key"]["is_set"]) == (True, True)
        again = await statusapp(now.agent, "pagerduty", "provision", "new", "--dry-run")
        assert "0 to make" in again.out
        unknown = await statusapp(
            now.agent, "pagerduty", "provision", "new", "--dry-run", "--time-zone", "Mars/Olympus"
        )
        assert (unknown.code, "--time-zone" in unknown.err) == (2, True)


async def test_a_drill_is_followed_to_the_acknowledgement_and_leaves_nothing_open(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        running = asyncio.create_task(statusapp(now.agent, "drill", "web-0", "--yes", "--limit", "60"))
        there = await now.made()
        assert there.title.startswith("[DRILL]")
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        ran = await asyncio.wait_for(running, 30)
        assert ran.code == 0, ran.out + ran.err
        assert "Ana Lindt acknowledged after" in ran.out
        for step in ("trigger accepted", "PagerDuty made incident #1", "acknowledged by Ana Lindt"):
            assert step in ran.out
        await eventually("it is closed there", lambda: not there.is_open)
        view = await now.agent.get("/channels/pd")
        assert view["drill"]["ok"]
        assert "acknowledged by Ana Lindt via PagerDuty after" in view["drill"]["reason"]
        assert "last drill" in (await statusapp(now.agent, "channels", "show", "pd")).out
        figures = await now.agent.get("/analytics")
        assert figures["incidents"] == 0
        assert (await now.agent.get("/incidents"))["items"] == []


async def test_a_drill_that_nobody_acknowledges_ends_by_itself_with_exit_code_1(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        ran = await statusapp(now.agent, "drill", "pd", "--yes", "--limit", "5")
        assert (ran.code, "Nobody acknowledged" in ran.err) == (1, True)
        await eventually("it is closed there", lambda: not any(each.is_open for each in now.kept()))
        assert (await now.agent.get("/channels/pd"))["drill"]["ok"] is False


async def test_why_tells_what_lies_at_pagerduty_and_why_nobody_was_paged_then(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        before = datetime.now(UTC)
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "acknowledge", "PBEN001")
        await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged", 6)
        told = {each["question"]: each for each in (await now.agent.get("/incidents/1/why"))["steps"]}
        assert "Created as #1" in told["What did PagerDuty make of it?"]["answer"]
        assert "Ana Lindt" in told["Who was on call at PagerDuty?"]["answer"]
        assert "Ana Lindt notified by push" in told["How were they told?"]["answer"]
        assert "acknowledged by Ben Ode via PagerDuty (mobile)" in told["Who answered at PagerDuty?"]["answer"]
        early = await now.agent.get("/monitors/web-0/why", at=before.isoformat())
        steps = {each["question"]: each for each in early["steps"]}
        assert "#1 opened only at" in steps["Was an incident open?"]["answer"]
        late = await statusapp(now.agent, "monitors", "why", "web-0", "--at", "0s ago")
        assert late.code == 0
        assert "Was an incident open?" in late.out
        assert "#1, opened at" in " ".join(late.out.split())
        wrong = await statusapp(now.agent, "monitors", "why", "web-0", "--at", "soon")
        assert (wrong.code, "no moment" in wrong.err) == (2, True)
