"""The settings file on its way to the agent."""

from pathlib import Path

import pytest

from statusapp_agent.cli.settings import read, secrets_from
from statusapp_shared import protocol as p
from tests.support.command_line import Cli
from tests.support.fake_agent import FakeAgent, problem

TEXT = """
[[channels]]
name = "pd"
kind = "pagerduty"
integration_key = { env = "PD_KEY" }
api_key = { env = "NOT_SET" }
password = { file = "secret.txt" }

[[monitors]]
name = "nas"
bearer_token = { env = "NAS_TOKEN" }
"""
PLAN = p.PlanView(
    changes=[
        p.ChangeView(verb="create", noun="monitor", name="nas", details=["every 30s"]),
        p.ChangeView(verb="change", noun="channel", name="pd", details=["region: us -> eu"]),
        p.ChangeView(verb="delete", noun="tier", name="1", details=[]),
    ],
    warnings=["pd.password is a plain string"],
    applied=True,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file."""
    path = tmp_path / "s.toml"
    path.write_text(TEXT)
    return path


def test_secrets_of_this_environment_go_along(
    agent: FakeAgent, cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PD_KEY", "k" * 32)
    monkeypatch.setenv("NAS_TOKEN", "t")
    monkeypatch.chdir(file.parent)
    agent.answers["POST /settings"] = PLAN
    ended = cli("apply", "s.toml", "--dry-run", "--prune")
    assert ended.code == 0
    (body,) = agent.bodies("POST /settings")
    assert body == {
        "text": TEXT,
        "file": str(file),
        "prune": True,
        "dry_run": True,
        "secrets": {"channels/pd/integration_key": "k" * 32, "monitors/nas/bearer_token": "t"},
    }
    assert "k" * 32 not in ended.out + ended.err


@pytest.mark.parametrize(
    "text", ["not [ toml", "channels = 3", "[[channels]]\nx = 1", "channels = [1]", "[[channels]]\nname = 1", ""]
)
def test_what_is_no_settings_file_is_left_to_the_agent(text: str) -> None:
    assert secrets_from(text, {"X": "y"}) == {}


def test_the_plan_reads_as_a_difference(agent: FakeAgent, cli: Cli, file: Path) -> None:
    agent.answers["POST /settings"] = PLAN
    lines = cli("apply", str(file)).out.splitlines()
    assert "+ monitor nas" in lines
    assert "~ channel pd" in lines
    assert "     region: us -> eu" in lines
    assert "- tier 1" in lines
    flowing = " ".join(" ".join(lines).split())  # the width decides where a long line breaks
    assert "pd.password is a plain string" in flowing
    assert "1 created, 1 changed, 1 deleted" in flowing


def test_a_plan_is_not_sold_as_done(agent: FakeAgent, cli: Cli, file: Path) -> None:
    agent.answers["POST /settings"] = PLAN.model_copy(update={"applied": False})
    said = cli("apply", str(file), "--dry-run").out
    assert "only the plan" in said
    assert "1 to create" in said
    assert "created" not in said
    assert "--prune" in said  # the plan deletes, which it would not without


def test_twice_changes_nothing(agent: FakeAgent, cli: Cli, file: Path) -> None:
    agent.answers["POST /settings"] = p.PlanView(changes=[], warnings=[], applied=True)
    assert "Nothing to change" in cli("apply", str(file)).out


def test_faults_name_place_key_and_the_nearest_right_one(agent: FakeAgent, cli: Cli, file: Path) -> None:
    agent.answers["POST /settings"] = lambda asked: problem(
        422,
        "The settings were not applied: 2 faults.",
        "settings",
        [
            p.FaultView(file=asked.body["file"], line=12, key="intervall", message="unknown key", nearest="interval"),
            p.FaultView(message="a monitor needs a name"),
        ],
    )
    ended = cli("apply", str(file), "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        f'{file}:12: intervall: unknown key (did you mean "interval"?)',
        "settings: a monitor needs a name",
        "statusapp: The settings were not applied: 2 faults.",
    ]


def test_faults_name_the_file_as_it_was_typed(
    agent: FakeAgent, cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    agent.answers["POST /settings"] = lambda asked: problem(
        422, "1 fault.", "settings", [p.FaultView(file=asked.body["file"], line=3, message="no")]
    )
    assert cli("apply", "s.toml").err.startswith("s.toml:3: no\n")


def test_an_agent_that_cannot_is_no_fault_of_the_file(agent: FakeAgent, cli: Cli, file: Path) -> None:
    agent.answers["POST /settings"] = problem(503, "The keyring is locked.", "locked")
    assert cli("apply", str(file)).code == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"x" * (1_048_576 + 1), "larger than 1 MiB"),
        (b"a = 1\n\xff\xfe", ":2: this is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(
    agent: FakeAgent, cli: Cli, tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "bad.toml"
    if content is not None:
        file.write_bytes(content)
    ended = cli("apply", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert agent.asked == []


def test_a_folder_is_not_a_file(cli: Cli, tmp_path: Path) -> None:
    assert cli("apply", str(tmp_path)).code == 2


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read(file) == "a = 1\n"
