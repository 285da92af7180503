"""What each command says and asks: one sentence first, exit codes that scripts can hang on."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.responses import Response

from statusapp_shared import protocol as p
from statusapp_shared.audit import AuditView
from statusapp_shared.patterns import OutageView, PatternsView, PatternView, WhatIfView
from tests.support import views
from tests.support.command_line import Cli
from tests.support.fake_agent import FakeAgent

LONG = "a-monitor-with-quite-a-long-name-that-goes-on-and-on-for-ever"
WHY = p.WhyView(
    subject="#42 pi-hole",
    steps=[
        p.WhyStep(question="Did the check fail?", answer="Yes, three times.", ok=True),
        p.WhyStep(question="Was somebody paged?", answer="PagerDuty made no incident.", ok=False),
        p.WhyStep(question="Did they see it?", answer="Not known.", ok=None),
    ],
)
ROUTE = p.RouteView(
    monitor="nas-web",
    source="tier 1",
    sentence="PagerDuty is told at once.",
    steps=[p.RouteStepView(channel="pd", kind="pagerduty", when="always", after_s=0, text="pages whoever is on call")],
)
NO_MORE = {"subject": "", "detail": ""}
PATTERNS = PatternsView(
    since=views.ago(days=30),
    until=views.ago(),
    zone="UTC",
    items=[
        PatternView(
            kind="flapping",
            monitors=["tv"],
            sentence="tv came back 4 times.",
            suggestion="Raise recoveries.",
            incidents=list(range(1, 20)),
        )
    ],
)
OUTAGES = [
    OutageView(
        began_at=views.ago(hours=n), opened_at=views.ago(hours=n), ended_at=views.ago(hours=n - 0.1), cause="refused"
    )
    for n in (3, 2)
]
WHAT_IF = WhatIfView(
    monitor="nas-web",
    since=views.ago(days=30),
    until=views.ago(),
    changed={"failures": 5},
    checks=86_400,
    outages=OUTAGES,
    outages_then=[OUTAGES[1].model_copy(update={"opened_at": OUTAGES[1].opened_at + timedelta(seconds=20)})],
    gone=OUTAGES[:1],
    later_s=20,
    longest_gone_s=360,
    degraded=0,
    degraded_then=0,
    sentence="With failures = 5 instead of 3 you would have had 1 outage, not 2.",
)
DOCTOR = p.DoctorView(
    subject=None,
    sentence="1 of 2 points needs a hand.",
    findings=[
        p.DoctorFinding(group="Agent", point="running", verdict="pass", text="up for 2 days", remedy="never shown"),
        p.DoctorFinding(group="PagerDuty", point="key", verdict="fail", text="refused", remedy="Copy it again."),
    ],
)
CHECK = p.CheckNowView(result=views.result(), monitor=views.monitor())


@pytest.fixture
def agent(agent: FakeAgent) -> Iterator[FakeAgent]:
    """A stand-in that knows something of everything."""
    agent.answers |= {
        "GET /status": views.status(),
        "GET /agent": views.agent(),
        "GET /monitors": p.Items[p.MonitorView](
            items=[views.down(), views.monitor(LONG, state="paused", flapping=True)]
        ),
        "GET /monitors/nas-web": views.monitor(),
        "GET /monitors/pi-hole": views.down(),
        "GET /monitors/nas-web/results": p.Items[p.ResultView](items=[views.result()]),
        "POST /monitors/nas-web/check": CHECK,
        "POST /monitors/nas-web/pause": views.monitor(state="paused"),
        "POST /monitors/nas-web/resume": views.monitor(state="pending", reason=""),
        "GET /monitors/nas-web/route": ROUTE,
        "GET /monitors/nas-web/why": WHY,
        "DELETE /monitors/pi-hole": Response(status_code=204),
        "GET /channels": p.Items[p.ChannelView](items=[views.channel(), views.channel("slack", status="broken")]),
        "GET /channels/pagerduty-prod": views.channel(),
        "DELETE /channels/pagerduty-prod": Response(status_code=204),
        "GET /incidents": p.Items[p.IncidentView](
            items=[views.incident(), views.resolved(monitor=LONG, purpose="drill")]
        ),
        "GET /incidents/42": views.acknowledged(),
        "GET /incidents/42/why": WHY,
        "POST /incidents/42/acknowledge": views.acknowledged(),
        "POST /incidents/42/unacknowledge": views.incident(),
        "POST /incidents/42/resolve": views.resolved(),
        "POST /incidents/42/snooze": views.acknowledged(snoozed_until=views.ago(minutes=-30)),
        "POST /incidents/42/notes": views.incident(),
        "GET /analytics": views.analytics(),
        "GET /patterns": PATTERNS,
        "GET /monitors/nas-web/what-if": WHAT_IF,
        "GET /audit": p.Items[AuditView](items=[AuditView(id=1, at=views.ago(), by="ann", deed="settings", **NO_MORE)]),
        "GET /settings": p.SettingsView(text='[agent]\nregion = "home"\n'),
        "POST /heartbeats/backup": views.monitor("backup"),
        "POST /changes": p.Items[p.DeliveryView](items=[views.delivery(action="change", state="pending")]),
        "GET /doctor": DOCTOR,
    }
    return agent


EVERY = [
    (1, "status", "1 of 3 monitors is down"),
    (0, "agent status", "The agent is well"),
    (0, "monitors list", "2 monitors: 1 down, 1 paused."),
    (0, "monitors show nas-web", "nas-web is up, for 3 d 4 h: 200 OK."),
    (0, "monitors check nas-web", "is up in 123 ms: 200 OK."),
    (0, "monitors pause nas-web", "nas-web is paused"),
    (0, "monitors resume nas-web", "nas-web is watched again"),
    (0, "monitors why nas-web", "ends at step 2"),
    (0, "monitors delete pi-hole --yes", "pi-hole is deleted"),
    (0, "route nas-web", "PagerDuty is told at once."),
    (0, "channels list", "2 channels, 1 of them tested and working."),
    (0, "channels show pagerduty-prod", "pagerduty-prod (pagerduty) is ok"),
    (0, "channels delete pagerduty-prod -y", "pagerduty-prod is deleted"),
    (0, "incidents list", "2 incidents: 1 open, 1 resolved."),
    (0, "incidents show 42", "Ben (PagerDuty) took it 2 min ago"),
    (0, "incidents ack 42", "#42 pi-hole is acknowledged: Ben (PagerDuty) has it."),
    (0, "incidents unack 42", "#42 pi-hole is open again: nobody has it"),
    (0, "incidents resolve 42", "#42 pi-hole is resolved after 5 min 12 s."),
    (0, "incidents snooze 42 30m", "#42 pi-hole is snoozed until"),
    (0, "incidents note 42 hello", "The note stands in the timeline of #42"),
    (0, "incidents why 42", "ends at step 2"),
    (0, "analytics", "5 incidents from"),
    (0, "analytics --patterns", "tv came back 4 times."),
    (0, "analytics what-if nas-web --failures 5", "With failures = 5 instead of 3"),
    (0, "export", "[agent]"),
    (0, "heartbeat backup", "backup reported in."),
    (0, "change deployed", "Recorded, and on its way"),
    (1, "doctor", "1 of 2 points needs a hand."),
]


@pytest.mark.parametrize(("code", "line", "sentence"), EVERY)
def test_the_sentence_comes_first_and_80_columns_are_enough(
    agent: FakeAgent, cli: Cli, code: int, line: str, sentence: str
) -> None:
    ended = cli(*line.split())
    assert (ended.code, ended.err) == (code, "")
    first = " ".join(ended.out.split("\n\n")[0].split())
    assert sentence in first
    assert max(len(written) for written in ended.out.splitlines()) <= 80
    assert not any(written.endswith(" ") for written in ended.out.splitlines())
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(("code", "line", "_sentence"), EVERY)
def test_json_is_one_document_and_the_agents_own(
    agent: FakeAgent, cli: Cli, code: int, line: str, _sentence: str
) -> None:
    ended = cli("--json", *line.split())
    assert (ended.code, ended.err) == (code, "")
    assert isinstance(ended.document, dict)
    assert ended.out.isascii()


def test_json_of_a_list_is_items(agent: FakeAgent, cli: Cli) -> None:
    items = cli("monitors", "list", "--json").document["items"]
    assert [item["name"] for item in items] == ["pi-hole", LONG]
    assert items[0]["since"].endswith("Z")


def test_status_when_nothing_is_down(agent: FakeAgent, cli: Cli) -> None:
    fine = [views.monitor(f"m{number}") for number in range(20)]
    agent.answers["GET /status"] = views.status(sentence="All is well.", counts={"up": 20}, monitors=fine, incidents=[])
    ended = cli("status")
    assert ended.code == 0
    assert ended.out.startswith("✓  All is well.")
    assert "8 more monitors fine" in ended.out


def test_status_shows_who_has_it_by_shape(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /status"] = views.status(incidents=[views.acknowledged()])
    ended = cli("status")
    assert ended.code == 1
    assert ended.out.startswith("□")


def test_status_shows_the_agents_own_problems(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /status"] = views.status(agent=views.agent(healthy=False, problems=["The keyring is locked."]))
    assert "The keyring is locked." in cli("status").out


@pytest.mark.parametrize(
    ("answer", "line", "says"),
    [
        ({"GET /status": views.status(sentence="Nothing.", monitors=[], counts={}, incidents=[])}, "status", "apply"),
        ({"GET /monitors": p.Items[p.MonitorView](items=[])}, "monitors list", "Nothing is watched yet"),
        ({"GET /channels": p.Items[p.ChannelView](items=[])}, "channels list", "Nobody is told yet"),
        (
            {"GET /incidents": p.Items[p.IncidentView](items=[])},
            "incidents list --open --since 7d",
            "No open incident since 7d",
        ),
        ({"POST /changes": p.Items[p.DeliveryView](items=[])}, "change x", "No channel takes change events"),
        ({"GET /monitors/nas-web/route": ROUTE.model_copy(update={"steps": []})}, "route nas-web", "tier or channels"),
        (
            {"GET /analytics": views.analytics(incidents=0, mtta_s=None, mttr_s=None, groups=[])},
            "analytics",
            "No incident from",
        ),
    ],
)
def test_emptiness_says_what_to_do(agent: FakeAgent, cli: Cli, answer: dict[str, p.View], line: str, says: str) -> None:
    agent.answers |= answer
    ended = cli(*line.split())
    assert ended.code == 0
    assert says in ended.out


def test_an_agent_that_is_not_well(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /agent"] = views.agent(
        healthy=False, problems=["Nothing could be sent for 2 min."], deliveries_waiting=3, oldest_waiting_s=130.0
    )
    ended = cli("agent", "status")
    assert "Nothing could be sent for 2 min." in ended.out
    assert "3 deliveries waiting, the oldest for 2 min 10 s" in ended.out


def test_what_a_target_says_cannot_command_the_terminal(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /monitors/nas-web"] = views.monitor(reason="\x1b[2J\x1b]0;owned\x07 [bold]x[/bold] :smile:")
    said = cli("monitors", "show", "nas-web").out
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "[bold]x[/bold] :smile:" in said


def test_a_narrow_screen_leaves_whole_columns_out(agent: FakeAgent, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    said = cli("incidents", "list").out
    assert "cause" not in said
    assert "resolved" in said
    assert max(len(line) for line in said.splitlines()) <= 60


def test_incident_numbers_with_a_hash(agent: FakeAgent, cli: Cli) -> None:
    assert cli("incidents", "show", "#42").code == 0


def test_list_filters_reach_the_agent(agent: FakeAgent, cli: Cli) -> None:
    line = "incidents list --open --since 2026-01-31T08:00:00Z --monitor nas --purpose test --limit 5"
    assert cli(*line.split()).code == 0
    assert agent.asked[-1].query == {
        "open": "true",
        "since": "2026-01-31T08:00:00+00:00",
        "monitor": "nas",
        "purpose": "test",
        "limit": "5",
    }
    cli("incidents", "list")
    assert agent.asked[-1].query == {}


def test_actions_say_who_and_by_what_road(agent: FakeAgent, cli: Cli) -> None:
    cli("incidents", "ack", "42")
    cli("incidents", "snooze", "42", "1h30m", "--by", "Ana")
    cli("incidents", "note", "42", "fan replaced")
    assert agent.bodies("POST /incidents/42/acknowledge") == [{"by": None, "via": "cli"}]
    assert agent.bodies("POST /incidents/42/snooze") == [{"by": "Ana", "via": "cli", "seconds": 5400.0}]
    assert agent.bodies("POST /incidents/42/notes") == [{"by": None, "via": "cli", "text": "fan replaced"}]


@pytest.mark.parametrize(
    "argv",
    [
        ["incidents", "snooze", "42", "soon"],
        ["incidents", "snooze", "42", "8d"],
        ["incidents", "note", "42", ""],
        ["incidents", "list", "--since", "soon"],
        ["analytics", "--since", "soon"],
        ["analytics", "--csv", "--json"],
        ["change", ""],
        ["heartbeat", "backup", "--start", "--fail"],
    ],
)
def test_wrong_values_never_reach_the_agent(agent: FakeAgent, cli: Cli, argv: list[str]) -> None:
    ended = cli(*argv)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert agent.asked == []


@pytest.mark.parametrize(("options", "status"), [([], "ok"), (["--start"], "start"), (["--fail"], "fail")])
def test_heartbeat(agent: FakeAgent, cli: Cli, options: list[str], status: str) -> None:
    assert cli("heartbeat", "backup", *options, "--message", "x" * 1001 + "end").code == 0
    (body,) = agent.bodies("POST /heartbeats/backup")
    assert body["status"] == status
    assert len(body["message"]) == 1000
    assert body["message"].endswith("end")


def test_change(agent: FakeAgent, cli: Cli) -> None:
    cli("change", "new disk", "--monitor", "nas-web", "--link", "https://wiki.lan/1")
    assert agent.bodies("POST /changes") == [
        {"summary": "new disk", "monitor": "nas-web", "link": "https://wiki.lan/1"}
    ]


def test_check_shows_phases(agent: FakeAgent, cli: Cli) -> None:
    lines = cli("monitors", "check", "nas-web").out.splitlines()
    bars = {line.split("ms")[0].rsplit(None, 1)[0].strip(): line.count("█") for line in lines if "█" in line}
    assert bars["first byte"] > bars["tls"] > bars["connect"] > bars["dns"] >= 1


def test_doctor_names_a_subject_and_passes_when_nothing_fails(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /doctor"] = DOCTOR.model_copy(update={"findings": DOCTOR.findings[:1]})
    ended = cli("doctor", "nas-web")
    assert ended.code == 0
    assert agent.asked[-1].query == {"subject": "nas-web"}
    assert "never shown" not in ended.out


def test_doctor_shows_the_remedy(agent: FakeAgent, cli: Cli) -> None:
    said = cli("doctor").out
    assert "FAIL" in said
    assert "Copy it again." in said


def test_analytics_shows_definitions_and_what_cannot_be_counted(agent: FakeAgent, cli: Cli) -> None:
    said = cli("analytics", "--since", "7d", "--by", "monitor").out
    mttd = next(line for line in said.splitlines() if line.startswith("MTTD"))
    assert mttd.split() == ["MTTD", "n/a", "n/a", "n/a", "0"]
    assert "First explicit acknowledgement minus opened" in said
    assert "pi-hole" in said
    query = agent.asked[-1].query
    assert query["by"] == "monitor"
    assert query["since"].endswith("+00:00")
    assert "until" not in query


def test_analytics_as_csv(agent: FakeAgent, cli: Cli) -> None:
    ended = cli("analytics", "--by", "monitor", "--csv")
    head, total, *groups = ended.out.splitlines()
    row = dict(zip(head.split(","), total.split(","), strict=True))
    assert (row["key"], row["mtta_mean_s"], row["mttd_mean_s"], row["incidents"]) == ("all", "134.0", "", "5")
    assert len(groups) == 2


def test_deleting_says_what_goes_with_it(agent: FakeAgent, cli: Cli) -> None:
    assert "Its incident is resolved." in cli("monitors", "delete", "pi-hole", "--yes").out
    assert [f"{asked.method} {asked.path}" for asked in agent.asked][-1] == "DELETE /monitors/pi-hole"
    assert cli("channels", "delete", "pagerduty-prod", "--yes", "--json").document == {"deleted": "pagerduty-prod"}


def test_export_to_a_file(agent: FakeAgent, cli: Cli, tmp_path) -> None:
    file = tmp_path / "out.toml"
    assert cli("export", str(file)).code == 0
    assert file.read_text() == '[agent]\nregion = "home"\n'
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    ended = cli("export", str(tmp_path / "no" / "out.toml"))
    assert ended.code == 1
    assert "cannot be written" in ended.err


def test_export_as_json(agent: FakeAgent, cli: Cli) -> None:
    assert json.loads(cli("export", "--json").out) == {"text": '[agent]\nregion = "home"\n'}


def test_patterns_shows_the_latest_numbers_and_how_many_more(agent: FakeAgent, cli: Cli) -> None:
    said = cli("analytics", "--patterns").out
    assert "#8 #9" in said
    assert "#19 and 7 before" in said
    assert "Raise recoveries." in said


def test_what_if_says_the_fate_of_each_outage(agent: FakeAgent, cli: Cli) -> None:
    said = cli("analytics", "what-if", "nas-web", "--failures", "5", "--degraded-above", "500ms").out
    assert "not confirmed" in said
    assert "20 s later" in said
    assert agent.asked[-1].query["degraded_above_s"] == "0.5"
    nothing = cli("analytics", "what-if", "nas-web")
    assert nothing.code == 2
    assert "Say what to change" in nothing.err


def test_a_spreadsheet_runs_no_cell(agent: FakeAgent, cli: Cli) -> None:
    evil = views.incident(monitor='=HYPERLINK("http://evil")', cause="+1 and @2")
    agent.answers["GET /incidents"] = p.Items[p.IncidentView](items=[evil])
    head, row = csv.reader(io.StringIO(cli("incidents", "list", "--csv").out))
    cells = dict(zip(head, row, strict=True))
    assert cells["monitor"] == '\'=HYPERLINK("http://evil")'
    assert cells["cause"] == "'+1 and @2"
    assert cells["opened_at"].endswith("Z")


def test_the_audit_log_is_one_object_a_line(agent: FakeAgent, cli: Cli) -> None:
    (line,) = cli("audit", "export", "--since", "7d").out.splitlines()
    assert json.loads(line)["by"] == "ann"
    assert agent.asked[-1].query["after"] == "0"


def test_csv_and_json_are_either_or(agent: FakeAgent, cli: Cli) -> None:
    assert cli("incidents", "list", "--csv", "--json").code == 2
