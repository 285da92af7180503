"""``statusapp demo --history``: a real process that fills a folder, serves it, and goes on with it the next time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
_PATIENCE_S = 120


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "statusapp_agent.cli.entry", *words]


def ask(socket: Path, *words: str) -> str:
    line = command("--socket", str(socket), *words)
    done = subprocess.run(line, capture_output=True, timeout=_PATIENCE_S, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def serve_and_ask(folder: Path, *questions: list[str]) -> list[str]:
    process = subprocess.Popen(
        command("demo", "--history", "4d", "--keep", str(folder)), stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("ready ")), None)
        assert line == f"ready socket={folder}/agent.sock\n"
        return [ask(folder / "agent.sock", *question) for question in questions]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE_S) == 0
        process.stdout.close()


def test_it_is_served_kept_and_taken_up_again(tmp_path):
    folder = tmp_path / "sample"
    (first, report) = serve_and_ask(
        folder, ["analytics", "--since", "5d", "--json"], ["report", "weekly", "--format", "html"]
    )
    figures = json.loads(first)
    assert figures["incidents"] > 0
    assert figures["open"] == 1
    assert "Sample data: nothing of this ever happened." in report
    (again,) = serve_and_ask(folder, ["analytics", "--since", "5d", "--json"])
    assert json.loads(again)["incidents"] == figures["incidents"]
    export = subprocess.run(
        command("demo", "--history", "1h"), capture_output=True, timeout=_PATIENCE_S, text=True, check=False
    )
    assert export.returncode == 2
    assert "2 to 800 days" in export.stderr
