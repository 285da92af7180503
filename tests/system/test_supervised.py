"""The agent under a service manager that the test plays: ready, alive, silent when stopped, stopping."""

import signal
import time
from pathlib import Path

from tests.support.agent_process import AgentProcess, eventually
from tests.support.fake_systemd import fake_systemd


async def test_it_says_when_it_serves_lives_and_ends(tmp_path: Path) -> None:
    with fake_systemd(tmp_path) as listening:
        env = {"NOTIFY_SOCKET": str(listening.path), "WATCHDOG_USEC": "900000", "JOURNAL_STREAM": "8:1"}
        async with AgentProcess(tmp_path, env=env) as agent:
            assert any(text == "READY=1\nSTATUS=watching 0 monitors" for _, text in listening.said)
            # Three signs within the limit, whatever the auditor's own pace is.
            await eventually("it is alive", lambda: len(listening.signs()) > 5)
            gaps = [after - before for before, after in zip(listening.signs(), listening.signs()[1:], strict=False)]
            assert sorted(gaps)[len(gaps) // 2] < 0.6
            # Fault P6: a stopped agent is silent, so the service manager ends it and starts another.
            agent.signal(signal.SIGSTOP)
            await eventually("it fell silent", lambda: _silent_for(listening.signs()) > 1.5, within_s=20)
            await agent.kill()
            known = len(listening.said)
            await agent.restart()
            await eventually("it is ready again", lambda: any("READY=1" in t for _, t in listening.said[known:]))
            assert await agent.stop() == 0
            assert "STOPPING=1" in [text for _, text in listening.said]
            # Journald keeps the log, with its levels; no second one lies in the data folder.
            assert not (agent.data_dir / "agent.log").exists()


def _silent_for(signs: list[float]) -> float:
    return time.monotonic() - signs[-1]


async def test_by_hand_the_log_is_a_file_of_its_own(tmp_path: Path) -> None:
    async with AgentProcess(tmp_path, log_level="info") as agent:
        await agent.api.post("/v1/changes", json={"summary": "something"})
        log = agent.data_dir / "agent.log"
        await eventually("the log has it", lambda: "POST /v1/changes" in log.read_text("utf-8"))
        assert log.stat().st_mode & 0o777 == 0o600
