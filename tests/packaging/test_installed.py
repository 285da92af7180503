"""The packages on a real Debian machine under a real systemd: installed, used, killed, upgraded, removed, purged."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.agent_process import eventually
from tests.support.machine import Machine, machine, missing
from tests.support.settings_text import KEY, channel, monitor, settings
from tests.support.targets import targets

ROOT = Path(__file__).resolve().parents[2]
UNIT = "statusapp-agent.service"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The agent's package: the one that STATUSAPP_DEB names, else one built now."""
    named = os.environ.get("STATUSAPP_DEB")
    if named:
        return Path(named)
    subprocess.run(["python3", "packaging/build.py", "deb", "--no-desktop"], cwd=ROOT, check=True)
    return next((ROOT / "build" / "out").glob("statusapp-agent_*.deb"))


def repacked(package: Path, version: str, folder: Path) -> Path:
    """Return the same package under another version."""
    tree = folder / f"tree-{version}"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    old = re.search(r"^Version: (.+)$", control.read_text("utf-8"), re.MULTILINE)
    assert old is not None
    for name in ("control", "preinst"):
        file = tree / "DEBIAN" / name
        file.write_text(file.read_text("utf-8").replace(old.group(1), version), "utf-8")
    target = folder / f"statusapp-agent_{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", str(tree), str(target)], check=True)
    shutil.rmtree(tree)
    return target


def property_of(there: Machine, name: str) -> str:
    return there.must("systemctl", "show", UNIT, f"--property={name}", "--value").strip()


def asked(there: Machine, *words: str) -> Any:
    return json.loads(there.must("statusapp", "--json", *words))


async def soon(what: str, look: Callable[[], Any], within_s: float = 40.0) -> Any:
    return await eventually(what, lambda: asyncio.to_thread(look), within_s)


def healthy(there: Machine) -> bool:
    ended = there.run("statusapp", "--json", "agent", "status")
    return ended.code == 0 and json.loads(ended.out)["healthy"]


@pytest.mark.slow
@pytest.mark.skipif(missing() is not None, reason=missing() or "")
async def test_from_install_to_purge(tmp_path: Path, package: Path) -> None:
    with machine(tmp_path) as there:
        for name in ("alice", "bob"):
            there.must("useradd", "--create-home", name)
        shutil.copyfile(package, there.root / "root" / "agent.deb")
        there.must("dpkg", "-i", "/root/agent.deb")
        await soon("the service is healthy", lambda: healthy(there))
        assert property_of(there, "ActiveState") == "active"
        assert there.must("systemctl", "is-enabled", UNIT).strip() == "enabled"
        await _rights(there)
        async with targets(http=1) as world, PagerDutyService() as pagerduty:
            text = settings(channel(pagerduty.url), monitor("web-0", world.by_name["web-0"].settings()))
            (there.root / "root" / "settings.toml").write_text(text, "utf-8")
            there.must("env", f"PD_KEY={KEY}", "statusapp", "apply", "/root/settings.toml")
            await _pages(there, world, pagerduty)
            await _killed(there, pagerduty)
            await _upgraded(there, package, tmp_path, pagerduty)
            # All through a kill, a hang and an upgrade: one incident there, and it is closed.
            await world.put("web-0", up=True)
            await pagerduty.until(lambda: pagerduty.incidents(open_only=True) == [], 60)
            assert len(pagerduty.incidents()) == 1
            assert KEY.encode() not in b"".join(
                path.read_bytes() for path in (there.root / "var/lib/statusapp").rglob("*") if path.is_file()
            )
            assert KEY not in there.must("journalctl", "--no-pager")
        _removed(there)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_zones_need_nothing_of_the_machine(tmp_path: Path, package: Path) -> None:
    """Rotas and quiet hours live by time zones, and a small Debian 13 has none of its own."""
    subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path / "tree")], check=True)
    program, socket = tmp_path / "tree/usr/lib/statusapp/statusapp", tmp_path / "agent.sock"
    env = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONTZPATH": "", "STATUSAPP_SOCKET": str(socket)}
    running = [str(program), "agent", "run", "--data-dir", str(tmp_path / "data"), "--socket", str(socket)]
    with subprocess.Popen(running, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as agent:
        try:
            assert agent.stdout is not None
            assert agent.stdout.readline().startswith("ready ")
            asked = [str(program), "report", "weekly", "--zone", "Asia/Tokyo"]
            said = subprocess.run(asked, env=env, capture_output=True, text=True, timeout=60, check=False)
            assert said.returncode == 0, said.stderr
            assert "time zone Asia/Tokyo" in said.stdout
        finally:
            agent.terminate()


async def _rights(there: Machine) -> None:
    assert there.must("stat", "-c", "%a %U %G", "/run/statusapp").split() == ["750", "statusapp", "statusapp"]
    assert there.must("stat", "-c", "%a %U %G", "/run/statusapp/agent.sock").split() == [
        "660",
        "statusapp",
        "statusapp",
    ]
    assert there.must("stat", "-c", "%a %U", "/etc/statusapp/vault.key").split() == ["600", "root"]
    assert there.must("stat", "-c", "%a %U", "/var/lib/statusapp").split() == ["700", "statusapp"]
    outsider = there.run("statusapp", "status", user="bob")
    assert outsider.code == 3
    assert "Join its group (statusapp)" in outsider.out
    there.must("statusapp", "setup", "--user", "alice")
    member = there.run("statusapp", "status", user="alice")
    assert "Join its group" not in member.out
    assert member.code == 0, member.out
    assert there.run("statusapp", "setup", user="bob").code == 2


async def _pages(there: Machine, world: Any, pagerduty: PagerDutyService) -> None:
    await soon("it is up", lambda: asked(there, "monitors", "show", "web-0")["state"] == "up")
    await world.put("web-0", up=False)
    await pagerduty.until(lambda: len(pagerduty.incidents(open_only=True)) == 1, 30)


async def _killed(there: Machine, pagerduty: PagerDutyService) -> None:
    """A dead agent is there again within seconds, and one that hangs within the watchdog's limit."""
    for signal, within_s in (("KILL", 20.0), ("STOP", 60.0)):
        before = property_of(there, "MainPID")
        there.must("systemctl", "kill", f"--signal={signal}", "--kill-who=main", UNIT)
        await soon(f"it lives again after SIG{signal}", lambda before=before: _another(there, before), within_s)
        await soon("it is healthy again", lambda: healthy(there))
        assert len(asked(there, "incidents", "list", "--open")["items"]) == 1
    assert "watchdog" in there.must("journalctl", "-u", UNIT, "--no-pager").lower()


def _another(there: Machine, before: str) -> bool:
    now = property_of(there, "MainPID")
    return now not in ("0", before) and property_of(there, "ActiveState") == "active"


async def _upgraded(there: Machine, package: Path, folder: Path, pagerduty: PagerDutyService) -> None:
    newer = repacked(package, "99.0", folder)
    shutil.move(newer, there.root / "root" / "newer.deb")
    there.must("dpkg", "-i", "/root/newer.deb")
    await soon("it is healthy after the upgrade", lambda: healthy(there))
    assert len(asked(there, "incidents", "list", "--open")["items"]) == 1
    refused = there.run("dpkg", "-i", "/root/agent.deb")
    assert refused.code != 0
    assert "Nothing was changed" in refused.out
    await soon("the refusal left it running", lambda: healthy(there))
    assert "99.0" in there.must("dpkg-query", "-W", "statusapp-agent")


def _removed(there: Machine) -> None:
    there.must("dpkg", "--remove", "statusapp-agent")
    assert there.run("systemctl", "is-active", UNIT).code != 0
    assert (there.root / "var/lib/statusapp/state.db").exists()
    assert (there.root / "etc/statusapp/vault.key").exists()
    assert not (there.root / "usr/lib/statusapp").exists()
    there.must("dpkg", "--purge", "statusapp-agent")
    left = there.must("find", "/etc", "/usr", "/var/lib", "/run", "-xdev", "-name", "*statusapp*").split()
    assert [path for path in left if "/dpkg/" not in path and not path.startswith("/run/systemd")] == []
    assert there.run("getent", "passwd", "statusapp").code != 0
    assert there.run("getent", "group", "statusapp").code != 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_service_is_hardened() -> None:
    """Requirement S20."""
    unit = ROOT / "packaging" / "linux" / "agent" / UNIT
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    score = re.search(r"exposure level for .*: ([\d.]+)", said.stdout)
    assert score is not None
    assert float(score.group(1)) <= 2.0
    assert not re.search(r"^PrivateUsers=(yes|true|1)", unit.read_text("utf-8"), re.MULTILINE)
