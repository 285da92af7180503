"""Faults D2 and D14: the disk is full, and pages leave all the same."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.settings_text import ENV, channel, monitor, settings
from tests.support.targets import targets

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a small disk")]


@contextlib.contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Put a file system of few bytes or few files at a folder while inside."""
    folder.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"{options},mode=0700", "statusapp-test", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no byte free."""
    with contextlib.suppress(OSError), (folder / "somebody-elses").open("wb", buffering=0) as file:
        for size in (65_536, 4096, 512, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def fill_with_files(folder: Path) -> None:
    """Leave no name free."""
    with contextlib.suppress(OSError):
        for number in range(100_000):
            (folder / f"somebody-elses-{number}").touch()


@pytest.mark.parametrize(("options", "use_up"), [("size=14m", fill), ("size=64m,nr_inodes=64", fill_with_files)])
async def test_a_page_leaves_and_nothing_is_lost_once_there_is_room(tmp_path: Path, options: str, use_up) -> None:
    async with targets(http=2) as world, PagerDutyService() as pagerduty:
        where = [world.by_name[f"web-{number}"].settings() for number in range(2)]
        text = settings(channel(pagerduty.url), monitor("web-0", where[0]), monitor("web-1", where[1]))
        agent = AgentProcess(tmp_path, text, ENV)
        with small_disk(agent.data_dir, options) as disk:
            async with agent:
                await agent.until("web-0", "up")
                await eventually("the reserve is there", (disk / "reserve").exists)
                use_up(disk)
                await world.put("web-0", up=False)
                await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1, 30)
                # The reserve has made room once; when that is used up too, memory carries on.
                use_up(disk)
                await world.put("web-1", up=False)
                await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 2, 30)
                if use_up is fill:  # without a free name the files that are there go on growing
                    await eventually("it says so", lambda: "cannot be written" in agent.err, within_s=30)
                for path in disk.glob("somebody-elses*"):
                    path.unlink()

                async def well() -> bool:
                    return bool((await agent.get("/agent"))["healthy"])

                await eventually("it is well again", well, within_s=60)
                await agent.kill()
                await agent.restart()
                for name in ("web-0", "web-1"):
                    await world.put(name, up=True)
                await pagerduty.until(lambda: pagerduty.incidents(open_only=True) == [], 30)
                assert len(pagerduty.incidents()) == 2
                assert "Traceback" not in agent.err
