"""Kinds are found by walking a package: one file each, no list to keep."""

import sys
from types import ModuleType

import pytest
from pydantic import ValidationError

from statusapp_agent import channels, checks
from statusapp_agent.kinds import ChannelKind, CheckKind, KindSettings, discover

KIND = """
from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.kinds import CheckKind, KindSettings


class {cls}(CheckKind[KindSettings]):
    {name}
    title = "Title"
    description = "Description"
    Settings = KindSettings

    async def run(self, settings, tools):
        return Result(CheckStatus.UP, tools.now())

    def target(self, settings):
        return "x"
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    def make(**files: str) -> ModuleType:
        name = f"kinds_of_a_test_{tmp_path.name}"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        for stem, text in files.items():
            (folder / f"{stem}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        for known in [known for known in sys.modules if known.startswith(name)]:
            del sys.modules[known]
        return __import__(name)

    return make


def kind(cls: str, name: str | None) -> str:
    return KIND.format(cls=cls, name=f'name = "{name}"' if name else "pass")


def test_each_file_with_a_kind_is_found_under_its_name(package):
    found = discover(package(one=kind("One", "first"), two=kind("Two", "second"), words="LIMIT = 3\n"), CheckKind)
    assert sorted(found) == ["first", "second"]
    assert all(isinstance(each, CheckKind) for each in found.values())
    assert found["first"].url(KindSettings()) is None
    assert found["first"].defaults == {}


def test_a_kind_that_is_only_imported_is_not_found_twice(package):
    borrowed = "from statusapp_agent.checks.heartbeat import HeartbeatCheck\n"
    assert list(discover(package(one=kind("One", "first") + borrowed), CheckKind)) == ["first"]


def test_a_base_without_a_name_is_no_kind(package):
    assert list(discover(package(one=kind("Base", None), two=kind("Two", "second")), CheckKind)) == ["second"]


def test_two_kinds_of_one_name_stop_the_start(package):
    with pytest.raises(RuntimeError, match="two kinds are called 'same'"):
        discover(package(one=kind("One", "same"), two=kind("Two", "same")), CheckKind)


def test_no_kind_at_all_stops_the_start(package):
    with pytest.raises(RuntimeError, match="no kind was found in kinds_of_a_test"):
        discover(package(words="LIMIT = 3\n"), CheckKind)
    with pytest.raises(RuntimeError, match="the installation is incomplete"):
        discover(checks, ChannelKind)


def test_the_kinds_of_the_surface_are_all_there():
    assert {"http", "tcp", "ping", "dns", "tls", "heartbeat"} <= set(discover(checks, CheckKind))
    assert channels.__path__


def test_settings_never_change_and_know_no_other_keys():
    class Sample(KindSettings):
        host: str

    sample = Sample(host="a")
    with pytest.raises(ValidationError):
        sample.host = "b"
    with pytest.raises(ValidationError, match="hots"):
        Sample.model_validate({"host": "a", "hots": "b"})
