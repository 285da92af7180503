"""Global options mean the same wherever they stand."""

import pytest

from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.options import lift
from tests.support import views
from tests.support.command_line import Cli
from tests.support.fake_agent import FakeAgent


@pytest.mark.parametrize(
    ("line", "lifted", "rest"),
    [
        ("status --json", "--json", "status"),
        ("--json status", "--json", "status"),
        ("monitors --socket /x show nas --debug", "--socket /x --debug", "monitors show nas"),
        ("status --socket=/x", "--socket=/x", "status"),
        ("note 1 -- --json", "", "note 1 -- --json"),
        ("", "", ""),
    ],
)
def test_lift(line: str, lifted: str, rest: str) -> None:
    assert lift(line.split()) == (lifted.split(), rest.split())


def test_a_socket_without_a_path_is_wrong_usage() -> None:
    with pytest.raises(Failure, match="PATH") as raised:
        lift(["status", "--socket"])
    assert raised.value.code == USAGE


@pytest.mark.parametrize(
    "order", [["--json", "agent", "status"], ["agent", "--json", "status"], ["agent", "status", "--json"]]
)
def test_json_before_within_or_after_the_command(agent: FakeAgent, cli: Cli, order: list[str]) -> None:
    agent.answers["GET /agent"] = views.agent()
    ended = cli(*order)
    assert ended.document["version"] == "0.1.0"
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("before", [True, False])
def test_socket_before_or_after_wins_over_the_environment(
    agent: FakeAgent, cli: Cli, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.setenv("STATUSAPP_SOCKET", "/nowhere/agent.sock")
    agent.answers["GET /agent"] = views.agent()
    named = ["--socket", str(agent.socket)]
    assert cli(*([*named, "agent", "status"] if before else ["agent", "status", *named])).code == 0


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate",
        "monitors frob",
        "monitors show",
        "status --frob",
        "analytics --by moon",
        "demo --seconds x",
        "status --socket",
    ],
)
def test_wrong_usage_is_one_line_and_two(cli: Cli, line: str) -> None:
    ended = cli(*line.split())
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("statusapp: ")
    assert ended.err.count("\n") == 1


def test_nothing_at_all_prints_the_help(cli: Cli) -> None:
    ended = cli()
    assert ended.code == 0
    assert "Usage: statusapp" in ended.out
    promised = (
        "agent analytics apply backup change channels demo desktop doctor drill export heartbeat incidents monitors",
        "mute oncall pagerduty report restore route status unmute",
    )
    for name in " ".join(promised).split():
        assert f"\n  {name} " in ended.out


def test_a_noun_alone_prints_its_verbs(cli: Cli) -> None:
    ended = cli("incidents")
    assert ended.code == 2
    assert "snooze" in ended.err


def test_version(cli: Cli) -> None:
    ended = cli("--version")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("statusapp ")
