"""A command line in this process, and a stand-in agent for it to talk to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from statusapp_agent.cli.entry import main
from tests.support.command_line import Cli, Ended
from tests.support.fake_agent import FakeAgent, fake_agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[FakeAgent]:
    """A stand-in that knows nothing yet."""
    with fake_agent(tmp_path / "a.sock") as served:
        yield served


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run a command line at 80 columns against the stand-in's socket."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("STATUSAPP_SOCKET", str(tmp_path / "a.sock"))

    def run(*argv: str) -> Ended:
        capsys.readouterr()
        code = main(argv)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run
