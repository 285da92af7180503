"""The command line as a real process: its terminal, its signals, its pipes, its secrets."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from statusapp_shared import protocol as p
from tests.support import views
from tests.support.fake_agent import FakeAgent

PROGRAM = [sys.executable, "-m", "statusapp_agent.cli.entry"]
SECRET = "k3y" * 10


def environment(agent: FakeAgent, **more: str) -> dict[str, str]:
    """Return the environment of a user at 80 columns."""
    return (
        os.environ
        | {"COLUMNS": "80", "STATUSAPP_SOCKET": str(agent.socket), "PYTHONPATH": os.pathsep.join(sys.path)}
        | more
    )


def run(agent: FakeAgent, *argv: str, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command line to its end."""
    return subprocess.run(
        [*PROGRAM, *argv],
        env=environment(agent, **more),
        input=said,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


def at_terminal(agent: FakeAgent, argv: list[str], prompt: bytes, reply: bytes) -> tuple[int, bytes]:
    """Run a command line at a terminal, answer its question, return its exit code and all that the screen showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *argv], env=environment(agent), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    screen = b""
    answered = False
    while True:
        assert select.select([ours], [], [], 60)[0], f"nothing more came after {screen!r}"
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux: the last one at the other end has left
            break
        if not chunk:
            break
        screen += chunk
        if not answered and prompt in screen:
            os.write(ours, reply)
            answered = True
    os.close(ours)
    return process.wait(60), screen


@pytest.fixture
def agent(agent: FakeAgent) -> FakeAgent:
    """A stand-in with one monitor that is down and one channel."""
    agent.answers |= {
        "GET /status": views.status(),
        "GET /monitors": p.Items[p.MonitorView](items=[views.down(), views.monitor("küche")]),
        "GET /monitors/pi-hole": views.down(),
        "DELETE /monitors/pi-hole": p.Items[str](items=[]),
        "PUT /channels/pd/secrets/integration_key": views.channel("pd"),
        "GET /incidents": p.Items[p.IncidentView](items=[views.incident()]),
    }
    return agent


def test_exit_code_of_the_process(agent: FakeAgent) -> None:
    ended = run(agent, "status")
    assert ended.returncode == 1
    assert ended.stdout.startswith("■  1 of 3 monitors is down")
    assert ended.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_poor_encoding_gets_ascii_signs(agent: FakeAgent, encoding: str) -> None:
    ended = run(agent, "monitors", "list", PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\nX  pi-hole" in ended.stdout


def test_colour_is_for_terminals_that_want_it(agent: FakeAgent) -> None:
    assert "\x1b[" not in run(agent, "status").stdout
    assert "\x1b[" in run(agent, "status", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[3" not in run(agent, "status", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout


def test_a_secret_comes_from_stdin_and_shows_nowhere(agent: FakeAgent) -> None:
    ended = run(agent, "channels", "set-secret", "pd", "integration_key", said=f"  {SECRET}\n\n")
    assert ended.returncode == 0
    assert agent.bodies("PUT /channels/pd/secrets/integration_key") == [{"value": SECRET}]
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize("said", ["", "  \n", "x" * 65_537])
def test_what_cannot_be_a_secret(agent: FakeAgent, said: str) -> None:
    ended = run(agent, "channels", "set-secret", "pd", "integration_key", said=said)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert agent.asked == []


def test_a_secret_in_the_arguments_is_not_taken(agent: FakeAgent) -> None:
    ended = run(agent, "channels", "set-secret", "pd", "integration_key", SECRET)
    assert ended.returncode == 2
    assert agent.asked == []


def test_at_a_terminal_a_secret_is_asked_for_unseen(agent: FakeAgent) -> None:
    line = ["channels", "set-secret", "pd", "integration_key"]
    code, screen = at_terminal(agent, line, b"integration_key of pd: ", SECRET.encode() + b"\n")
    assert code == 0
    assert agent.bodies("PUT /channels/pd/secrets/integration_key") == [{"value": SECRET}]
    assert SECRET.encode() not in screen


@pytest.mark.parametrize(("reply", "code", "deleted"), [(b"y\n", 0, True), (b"n\n", 1, False), (b"\n", 1, False)])
def test_at_a_terminal_deleting_is_confirmed(agent: FakeAgent, reply: bytes, code: int, deleted: bool) -> None:
    ended, screen = at_terminal(agent, ["monitors", "delete", "pi-hole"], b"[y/N]", reply)
    assert ended == code
    assert b"Incident #42 is open and will be resolved." in screen
    assert any(asked.method == "DELETE" for asked in agent.asked) is deleted


def test_interrupted_quietly(agent: FakeAgent) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "channels", "set-secret", "pd", "integration_key"],
        env=environment(agent) | {"PYTHONPROFILEIMPORTTIME": "1"},  # tells on stderr how far it has come
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "statusapp_agent.cli.tree" in line:  # the last import: from here on only stdin is waited for
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert [line for line in err.splitlines() if not line.startswith("import time:")] == []


def test_a_reader_that_leaves_is_no_fault(agent: FakeAgent) -> None:
    many = [views.monitor(f"m{number}") for number in range(3000)]
    agent.answers["GET /monitors"] = p.Items[p.MonitorView](items=many)
    process = subprocess.Popen(
        [*PROGRAM, "monitors", "list", "--json"],
        env=environment(agent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.wait(60)
    process.stderr.close()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("statusapp monitors show ", {"pi-hole", "küche"}),
        ("statusapp monitors show pi", {"pi-hole"}),
        ("statusapp incidents ack ", {"42"}),
        ("statusapp moni", {"monitors"}),
    ],
)
def test_completion(agent: FakeAgent, typed: str, offered: set[str]) -> None:
    words = typed.split(" ")
    ended = run(
        agent, _STATUSAPP_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1), PYTHONUTF8="1"
    )
    assert {line.split(",")[-1] for line in ended.stdout.split("\n") if line} == offered
    assert ended.stderr == ""


def test_completion_without_an_agent_is_silent(agent: FakeAgent, tmp_path: Path) -> None:
    ended = run(
        agent,
        _STATUSAPP_COMPLETE="complete_bash",
        COMP_WORDS="statusapp monitors show ",
        COMP_CWORD="3",
        STATUSAPP_SOCKET=str(tmp_path / "none.sock"),
    )
    assert (ended.stdout.strip(), ended.stderr) == ("", "")


_STAND_IN = """
import json, sys, types
import statusapp_agent
app = types.ModuleType("statusapp_agent.app")
def run(**asked):
    if asked["log_level"] == "error":
        raise RuntimeError("disk full\\nsecond line")
    loaded = [name for name in ("rich", "httpx") if name in sys.modules]
    print(json.dumps({name: value and str(value) for name, value in asked.items()} | {"loaded": loaded}))
    return 7
app.run = run
sys.modules["statusapp_agent.app"] = statusapp_agent.app = app
from statusapp_agent.cli.entry import main
sys.exit(main(sys.argv[1:]))
"""


def serve(agent: FakeAgent, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run ``agent run`` with a composition root that only tells what it was asked."""
    return subprocess.run(
        [sys.executable, "-c", _STAND_IN, *argv],
        env=environment(agent),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_agent_run_hands_everything_on_and_loads_nothing_that_draws(agent: FakeAgent, tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    settings.touch()
    ended = serve(
        agent,
        "agent",
        "run",
        "--data-dir",
        "/d",
        "--socket",
        "/s.sock",
        "--settings",
        str(settings),
        "--log-level",
        "debug",
    )
    assert (ended.returncode, ended.stderr) == (7, "")
    assert json.loads(ended.stdout) == {
        "data_dir": "/d",
        "socket": "/s.sock",
        "settings": str(settings),
        "log_level": "debug",
        "loaded": [],
    }


@pytest.mark.parametrize(
    ("options", "data_dir", "socket"),
    [
        ([], None, None),
        (["--mode", "system"], "/var/lib/statusapp", "/run/statusapp/agent.sock"),
        (["--mode", "system", "--data-dir", "/d", "--socket", "/s"], "/d", "/s"),
    ],
)
def test_agent_run_modes(agent: FakeAgent, options: list[str], data_dir: str | None, socket: str | None) -> None:
    said = json.loads(serve(agent, "agent", "run", *options).stdout)
    assert (said["data_dir"], said["socket"]) == (data_dir, socket)


def test_agent_run_fails_in_one_line(agent: FakeAgent) -> None:
    ended = serve(agent, "agent", "run", "--log-level", "error")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert "disk full" in ended.stderr


def test_agent_run_with_settings_that_are_not_there(agent: FakeAgent) -> None:
    ended = serve(agent, "agent", "run", "--settings", "/nowhere.toml")
    assert ended.returncode == 2
    assert "/nowhere.toml" in ended.stderr
