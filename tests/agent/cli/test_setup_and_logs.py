"""What ``setup`` makes with its own hands, and where ``agent logs`` looks."""

import os
import stat
from pathlib import Path

import pytest

from statusapp_agent.cli.client import Client
from statusapp_agent.cli.failure import Failure
from statusapp_agent.cli.setup import make_key, patiently
from tests.support.command_line import Cli


def test_a_key_is_made_once(tmp_path: Path) -> None:
    key = tmp_path / "etc" / "vault.key"
    assert "was made" in make_key(key, tmp_path / "vault.json")
    content = key.read_bytes()
    assert len(content) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "was made" not in make_key(key, tmp_path / "vault.json")
    assert key.read_bytes() == content


def test_no_new_key_is_made_for_a_vault_that_it_would_not_open(tmp_path: Path) -> None:
    (tmp_path / "vault.json").write_text("{}")
    with pytest.raises(Failure, match="restore the key"):
        make_key(tmp_path / "vault.key", tmp_path / "vault.json")
    assert not (tmp_path / "vault.key").exists()


def test_a_link_in_the_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "vault.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failure, match="cannot be made"):
        make_key(tmp_path / "vault.key", tmp_path / "vault.json")
    assert not (tmp_path / "elsewhere").exists()


def test_it_waits_for_a_service_that_starts_and_not_for_ever() -> None:
    now = [0.0]
    tried = []

    def connect() -> Client:
        tried.append(now[0])
        raise Failure("nobody listens")

    def pause(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(Failure, match="nobody listens"):
        patiently(connect, lambda: now[0], pause)
    assert 29 < tried[-1] < 31


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do it")
def test_setup_needs_root(cli: Cli) -> None:
    ended = cli("setup")
    assert ended.code == 2
    assert "sudo statusapp setup" in ended.err


def test_logs_of_an_agent_that_is_gone_are_still_there(cli: Cli, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("STATUSAPP_DATA_DIR", str(tmp_path))
    (tmp_path / "agent.log").write_text("".join(f"line {number} \x1b[2J\n" for number in range(300)), "utf-8")
    ended = cli("agent", "logs", "-n", "2")
    assert ended.code == 0
    assert [line[:8] for line in ended.out.splitlines()] == ["line 298", "line 299"]
    assert "\x1b" not in ended.out
    assert cli("--json", "agent", "logs", "-n", "1").document["items"][0].startswith("line 299")
    refused = cli("agent", "logs", "--follow")
    assert refused.code == 2
    assert "tail -F" in refused.err
