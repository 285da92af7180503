"""What is built: the same wheel twice, a bill of materials that holds together, programs with every kind."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from configparser import RawConfigParser
from pathlib import Path

import pytest

from statusapp_shared.licences import as_text, dump, installed

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
if str(PACKAGING) not in sys.path:
    sys.path.append(str(PACKAGING))

import materials  # noqa: E402  # after its folder is on the path, as build.py has it
import native  # noqa: E402

EPOCH = 1_790_000_000


@pytest.mark.slow
def test_two_builds_of_the_wheel_are_the_same_bytes(tmp_path, monkeypatch):
    """Requirement S21; whatever rights the builder gives to new files."""
    import wheels

    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH))
    seals = []
    for name, umask in (("one", 0o022), ("two", 0o077)):
        (tmp_path / name).mkdir()
        before = os.umask(umask)
        try:
            wheel = wheels.build(ROOT, tmp_path / name)
        finally:
            os.umask(before)
        seals.append((wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    assert seals[0] == seals[1]
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)], capture_output=True, text=True, check=True
    ).stdout
    assert "statusapp_agent/auditor.py" in listed
    assert "statusapp_shared/protocol.py" in listed
    assert "__pycache__" not in listed


def test_the_bill_names_every_part_and_holds_together():
    parts = json.loads(dump(installed("statusapp", frozenset())))
    bill = materials.bill_of("agent", "0.1.0", "3.11.9", parts, EPOCH)
    assert bill == materials.bill_of("agent", "0.1.0", "3.11.9", parts, EPOCH)
    names = {each["name"] for each in bill["components"]}
    pins = (PACKAGING / "requirements-agent.txt").read_text("utf-8").splitlines()
    here = {line.split("==")[0] for line in pins if "==" in line and " ; " not in line}
    assert here <= names
    refs = {each["bom-ref"] for each in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    told = {each["ref"] for each in bill["dependencies"]} | {
        to for each in bill["dependencies"] for to in each["dependsOn"]
    }
    assert told <= refs
    reached, waiting = set(), [bill["metadata"]["component"]["bom-ref"]]
    edges = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += edges.get(one, [])
    assert reached == refs


def test_a_page_that_the_freezer_left_out_is_noticed(tmp_path):
    import frozen

    page = tmp_path / "desktop" / "statusapp_desktop" / "help" / "10-sms.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Texts")
    (page.parent.parent / "window.py").write_text("")
    folder = tmp_path / "frozen"
    assert frozen.files_left_out(tmp_path / "desktop", folder) == ["statusapp_desktop/help/10-sms.md"]
    shutil.copytree(page.parent, folder / "_internal" / "statusapp_desktop" / "help")
    assert frozen.files_left_out(tmp_path / "desktop", folder) == []


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs dpkg")
def test_libraries_of_the_building_system_are_in_the_bill(tmp_path):
    """OpenSSL and SQLite are frozen in from there, and it is for them that one searches a bill first."""
    there = {line.split()[0] for line in subprocess.check_output(["ldconfig", "-p"], text=True).splitlines()[1:]}
    (tmp_path / "_internal").mkdir()
    known = sorted(name for name in there if name.startswith(("libz.so.", "libc.so.")))
    for name in [*known, "libof-nobody.so.1"]:
        (tmp_path / "_internal" / name).write_bytes(b"")
    found = native.natives(tmp_path)
    assert sorted(file for each in found for file in each.files) == known
    bill = materials.bill_of("agent", "0.1.0", "3.11.9", [], EPOCH, found)
    for each in found:
        assert each.licence != "not stated"
        (component,) = [one for one in bill["components"] if one["bom-ref"] == each.purl]
        assert component["version"] == subprocess.check_output(
            ["dpkg-query", "-W", "-f=${Version}", each.name], text=True
        )
        assert each.purl in bill["dependencies"][0]["dependsOn"]


def test_every_part_states_its_licence():
    parts = installed("statusapp", frozenset())
    assert len(parts) > 20
    assert [part.name for part in parts if part.licence == "not stated"] == []
    copyleft = [part.name for part in parts if "GPL" in part.licence and "LGPL" not in part.licence]
    assert copyleft == []
    text = as_text(parts)
    assert all(part.name in text for part in parts)


def test_the_package_is_pinned_with_what_freezes_it():
    text = (PACKAGING / "requirements-package.txt").read_text("utf-8")
    assert "pyinstaller==" in text
    entries = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_the_desktop_files_are_what_a_desktop_reads():
    folder = PACKAGING / "linux" / "desktop"
    for name in ("statusapp.desktop", "statusapp.autostart.desktop"):
        entry = RawConfigParser(interpolation=None)
        entry.optionxform = str  # type: ignore[assignment,method-assign]
        entry.read(folder / name, "utf-8")
        assert entry["Desktop Entry"]["Type"] == "Application"
        assert entry["Desktop Entry"]["Exec"].startswith("/usr/bin/")  # never by a bare name
        assert entry["Desktop Entry"]["Icon"] == "statusapp"
    about = ET.parse(folder / "statusapp.metainfo.xml").getroot()
    assert about.findtext("launchable") == "statusapp.desktop"
    assert ET.parse(folder / "statusapp.svg").getroot().tag.endswith("svg")
    for plist in (PACKAGING / "macos").glob("*.plist"):
        import plistlib

        read = plistlib.loads(plist.read_bytes())
        assert read["ProgramArguments"][0].startswith("/")


@pytest.mark.parametrize("script", ["preinst", "postinst", "prerm", "postrm"])
def test_the_maintainer_scripts_are_shell(script):
    checked = subprocess.run(
        ["sh", "-n", str(PACKAGING / "linux" / "agent" / script)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
