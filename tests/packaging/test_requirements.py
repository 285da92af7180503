"""The pinned requirements: complete, by hash, free of addresses, and in agreement with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("build", "agent", "desktop", "dev")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {
    "build": PROJECT["build-system"]["requires"],
    "agent": PROJECT["project"]["dependencies"],
    "desktop": PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["desktop"],
    "dev": PROJECT["project"]["dependencies"]
    + PROJECT["project"]["optional-dependencies"]["desktop"]
    + PROJECT["dependency-groups"]["dev"],
}


def text(name):
    return (ROOT / "packaging" / f"requirements-{name}.txt").read_text("utf-8")


def entries(name):
    """The logical lines of a file: continuation lines joined, comments left out."""
    joined = text(name).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def pins(name):
    """Every pinned requirement by its canonical name."""
    found = (Requirement(entry.split(" --hash=")[0].strip()) for entry in entries(name))
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def version(requirement):
    (only,) = requirement.specifier
    assert only.operator == "=="
    return only.version


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_one_exact_version_with_hashes(name):
    pattern = re.compile(r"[a-z0-9._-]+==[^ ;]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert entries(name)
    assert [entry for entry in entries(name) if not pattern.fullmatch(entry)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_address_and_no_path_is_written_down(name):
    assert (
        re.findall(r"://|\bindex\b|find-links|file:|@ |\.(?:org|com|net|io)\b|/(?:home|root|tmp|opt)/", text(name))
        == []
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_the_project_asks_for_is_pinned_within_its_bounds(name):
    pinned = pins(name)
    for line in WANTED[name]:
        asked = Requirement(line)
        found = pinned.get(canonicalize_name(asked.name))
        assert found is not None, f"{line} is not pinned in requirements-{name}.txt: run packaging/develop.py pin"
        assert asked.specifier.contains(version(found)), f"{line} is pinned at {version(found)}"


@pytest.mark.parametrize(("narrow", "wide"), [("agent", "desktop"), ("desktop", "dev")])
def test_the_wider_file_contains_the_narrower_one(narrow, wide):
    wider = pins(wide)
    for key, requirement in pins(narrow).items():
        assert version(wider[key]) == version(requirement)
        # What only one system needs there may be needed on all of them here.
        assert wider[key].marker in (None, requirement.marker)


def test_a_headless_box_gets_neither_qt_nor_tools():
    assert set(pins("agent")) & {"pyside6-essentials", "shiboken6", "pytest", "ruff", "mypy"} == set()


def test_the_desktop_adds_qt_charts_and_notices_and_none_of_qt_s_add_ons():
    added = set(pins("desktop")) - set(pins("agent"))
    assert {"pyside6-essentials", "shiboken6", "pyqtgraph", "numpy", "desktop-notifier"} <= added
    assert added & {"pyside6", "pyside6-addons"} == set()
