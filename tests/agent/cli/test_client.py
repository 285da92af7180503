"""The road to the agent: what can go wrong on it, each as one sentence with the right exit code."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from statusapp_agent.cli.client import Client, path_of, trusted_owners
from statusapp_agent.cli.failure import Failure
from statusapp_shared.protocol import AgentView
from tests.support import views
from tests.support.command_line import Cli
from tests.support.fake_agent import FakeAgent, problem


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that takes connections."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "a.sock"))
        listening.listen()
        yield listening


@pytest.fixture
def silent(listener: socket.socket) -> Path:
    """The path of a socket that takes connections and never says a word."""
    return Path(listener.getsockname())


def test_no_socket_names_it_and_says_how_to_start(cli: Cli, tmp_path: Path) -> None:
    ended = cli("status")
    assert (ended.code, ended.out) == (3, "")
    assert str(tmp_path / "a.sock") in ended.err
    assert "statusapp agent run" in ended.err
    assert ended.err.count("\n") == 1


def test_a_socket_that_nobody_serves(cli: Cli, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "a.sock"))
    ended = cli("status", "--json")
    assert (ended.code, ended.out) == (3, "")
    assert "nobody listens" in ended.err


def test_a_socket_path_that_is_too_long(cli: Cli) -> None:
    ended = cli("status", "--socket", "/tmp/" + "x" * 120)
    assert ended.code == 3
    assert "too long" in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every socket")
def test_a_socket_of_others(cli: Cli, silent: Path) -> None:
    silent.chmod(0)
    ended = cli("status")
    assert ended.code == 3
    assert "group" in ended.err


def test_an_agent_that_does_not_answer(silent: Path) -> None:
    client = Client(silent)
    with pytest.raises(Failure, match="did not answer within 50 ms") as raised:
        client.get(path_of("agent"), AgentView, read_s=0.05)
    client.close()
    assert raised.value.code == 3


def test_an_agent_that_hangs_up(cli: Cli, silent: Path, listener: socket.socket) -> None:
    def hang_up() -> None:
        listener.accept()[0].close()  # the look at who listens
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    ended = cli("agent", "status")
    thread.join(10)
    assert ended.code == 3
    assert str(silent) in ended.err
    assert ended.err.count("\n") == 1


def test_a_newer_api_is_a_sentence(cli: Cli, agent: FakeAgent) -> None:
    agent.answers["GET /agent"] = views.agent()
    agent.headers["StatusApp-API"] = "2"
    ended = cli("agent", "status")
    assert ended.code == 1
    assert "version 2" in ended.err
    assert agent.asked[0].headers["statusapp-api"] == "1"


def test_fields_of_a_newer_agent_reach_json_and_disturb_nobody(cli: Cli, agent: FakeAgent) -> None:
    newer = type("Newer", (AgentView,), {"__annotations__": {"mood": str}})
    agent.answers["GET /agent"] = newer(**views.agent().model_dump(), mood="calm")
    assert cli("agent", "status").code == 0
    assert cli("agent", "status", "--json").document["mood"] == "calm"


@pytest.mark.parametrize("body", ["no JSON", '{"version": 1}', "[]"])
def test_an_answer_that_cannot_be_read(cli: Cli, agent: FakeAgent, body: str) -> None:
    agent.answers["GET /agent"] = PlainTextResponse(body)
    ended = cli("agent", "status")
    assert ended.code == 1
    assert "cannot be read" in ended.err
    assert ended.err.count("\n") == 1


def test_a_refusal_without_a_reason(cli: Cli, agent: FakeAgent) -> None:
    agent.answers["GET /agent"] = PlainTextResponse("oops", 500)
    ended = cli("agent", "status")
    assert (ended.code, ended.out) == (1, "")
    assert "answered 500" in ended.err


@pytest.mark.parametrize(("status", "code"), [(404, 1), (409, 1), (503, 1), (400, 2), (422, 2)])
def test_the_agents_own_sentence_is_what_people_read(cli: Cli, agent: FakeAgent, status: int, code: int) -> None:
    agent.answers["GET /monitors/nas"] = problem(status, "There is no monitor \x1b[31mnas.")
    ended = cli("monitors", "show", "nas", "--json")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err == "statusapp: There is no monitor \ufffd[31mnas.\n"


def test_debug_shows_the_traceback(cli: Cli) -> None:
    assert "Traceback" not in cli("status").err
    ended = cli("status", "--debug")
    assert "Traceback" in ended.err
    assert ended.code == 3


def test_a_proxy_is_not_asked(cli: Cli, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    agent.answers["GET /agent"] = views.agent()
    assert cli("agent", "status").code == 0


def test_names_may_hold_anything(cli: Cli, agent: FakeAgent) -> None:
    cli("monitors", "show", "a b/c?d#ü")
    assert agent.asked[0].path == "/monitors/a%20b%2Fc%3Fd%23%C3%BC"


def test_we_and_root_may_be_told_secrets(tmp_path: Path) -> None:
    assert {0, os.geteuid()} <= trusted_owners(tmp_path / "a.sock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can stage another user")
def test_a_folder_of_another_user_below_one_that_all_may_write_proves_nothing(tmp_path: Path) -> None:
    open_to_all, theirs = tmp_path / "tmp", tmp_path / "tmp" / "statusapp-0"
    theirs.mkdir(parents=True)
    os.chown(theirs, 1234, -1)
    open_to_all.chmod(0o1777)
    assert 1234 not in trusted_owners(theirs / "a.sock")


def test_the_owner_of_a_folder_that_only_root_can_make_is_trusted() -> None:
    folders = (Path("/run"), Path("/usr"), Path("/etc"), Path("/var/lib"))
    assert any(folder.stat().st_uid in trusted_owners(folder / "agent.sock") for folder in folders)


_IMPOSTOR = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.setuid(1234)
listener.listen()
print("ready", flush=True)
heard = 0
while connection := listener.accept()[0]:
    heard += len(connection.recv(65536))
    print(heard, flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_impostor_hears_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    impostor = subprocess.Popen([sys.executable, "-c", _IMPOSTOR, str(path)], stdout=subprocess.PIPE, text=True)
    assert impostor.stdout is not None
    try:
        assert impostor.stdout.readline() == "ready\n"
        client = Client(path)
        with pytest.raises(Failure, match="user 1234"):
            client.trust()
        client.close()
        assert impostor.stdout.readline() == "0\n"
    finally:
        impostor.kill()
        impostor.wait()
        impostor.stdout.close()
