"""`statusapp demo --history`: a real agent over a quarter of sample data, asked as people and scripts would."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.agent_process import environment

PROGRAM = (sys.executable, "-m", "statusapp_agent.cli.entry")
ZONE = ("--zone", "Europe/Berlin")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The socket of an agent with 60 days of sample data."""
    folder = tmp_path_factory.mktemp("sample")
    command = [*PROGRAM, "demo", "--history", "60d", "--keep", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C ends it"):
                break
        assert any("None of it happened" in line for line in said)
        try:
            yield folder / "agent.sock"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def asked(sample: Path, *line: str) -> str:
    env = environment(STATUSAPP_SOCKET=str(sample), COLUMNS="120")
    done = subprocess.run([*PROGRAM, *line], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_figures_are_the_same_wherever_they_are_asked_for(sample):
    review = json.loads(asked(sample, "report", "monthly", "--last", *ZONE, "--json"))
    span = ("--since", review["since"], "--until", review["until"])
    figures = json.loads(asked(sample, "analytics", *span, *ZONE, "--json"))
    shown = {row["name"]: row["value"] for row in review["figures"]}
    assert figures["incidents"] == shown["Incidents"] == len(review["incidents"]) > 5
    for name, key in (("MTTA", "mtta_s"), ("MTTR", "mttr_s"), ("MTTD", "mttd_s")):
        assert figures[key]["mean"] == shown[name]
    assert figures["measures"]["page_latency_s"]["mean"] == shown["Page latency"]
    assert figures["measures"]["sleep_hours"] == shown["Pages at night"]
    line = asked(sample, "analytics", *span, *ZONE, "--csv").splitlines()[1].split(",")
    assert float(line[4]) == figures["mtta_s"]["mean"]


@pytest.mark.parametrize("by", ["monitor", "channel", "responder", "tier", "tag", "hour", "weekday", "cause"])
def test_groups_add_up(sample, by):
    figures = json.loads(asked(sample, "analytics", "--since", "60d", "--by", by, "--json"))
    counted = sum(group["incidents"] for group in figures["groups"])
    if by in {"monitor", "tier", "hour", "weekday", "cause"}:
        assert counted == figures["incidents"]
    elif by == "responder":
        assert counted == figures["acknowledged"]
    else:
        assert counted > 0


def test_a_page_for_the_browser_needs_nothing_but_itself(sample, tmp_path):
    page = tmp_path / "review.html"
    asked(sample, "report", "quarterly", "--format", "html", "--out", str(page))
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "src=" not in text
    assert "https://" not in text
    assert text.count("<svg") == 2
    assert "nas-backup failed around 02:00" in text


def test_what_is_kept_is_used_again(sample):
    again = [*PROGRAM, "demo", "--history", "60d", "--keep", str(sample.parent)]
    done = subprocess.run(again, capture_output=True, text=True, env=environment(), timeout=60, check=False)
    assert done.returncode == 1  # another agent has this folder
    assert "Traceback" not in done.stderr
    assert (sample.parent / "data" / "state.db").exists()
