"""Where the desktop's program is: beside a frozen command line, as the packages place both."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from statusapp_agent.cli.desktop import frozen_program


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


@pytest.mark.parametrize("place", ["statusapp/statusapp-desktop", "statusapp-desktop/statusapp-desktop"])
def test_it_is_found_in_our_folder_or_in_its_own(tmp_path: Path, place: str) -> None:
    ours = program(tmp_path / "statusapp" / "statusapp")
    assert frozen_program(ours) is None
    theirs = program(tmp_path / place)
    assert frozen_program(ours) == theirs


def test_on_windows_it_has_its_ending(tmp_path: Path) -> None:
    ours = program(tmp_path / "statusapp.exe")
    assert frozen_program(ours) is None
    assert frozen_program(ours) != program(tmp_path / "statusapp-desktop")
    theirs = program(tmp_path / "statusapp-desktop.exe")
    assert frozen_program(ours) == theirs


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
@pytest.mark.skipif("STATUSAPP_DEB" not in os.environ, reason="needs a package: name one in STATUSAPP_DEB")
def test_the_packaged_command_line_starts_the_packaged_desktop(tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", os.environ["STATUSAPP_DEB"], str(tmp_path)], check=True)
    ours = tmp_path / "usr/lib/statusapp/statusapp"
    env = {"PATH": os.defpath, "HOME": str(tmp_path), "DISPLAY": ":9"}

    def run() -> subprocess.CompletedProcess[str]:
        asked = [str(ours), "desktop", "--hidden"]
        return subprocess.run(asked, env=env, capture_output=True, text=True, timeout=60, check=False)

    said = run()
    assert said.returncode == 1
    assert "package statusapp-desktop" in said.stderr
    desktop = program(tmp_path / "usr/lib/statusapp-desktop/statusapp-desktop")
    desktop.write_text('#!/bin/sh\necho "asked: $*"\n')
    desktop.chmod(0o755)
    said = run()
    assert (said.returncode, said.stdout) == (0, "asked: --hidden\n")
