"""The Test button of the command line: every step as it happens, and an exit code that tells the truth."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.cli.channel_test import Watch, finished, passed
from statusapp_shared import protocol as p
from tests.support import views
from tests.support.command_line import Cli
from tests.support.fake_agent import Asked, FakeAgent, problem

T0 = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
QUEUED = views.delivery(id=1, state="pending", attempts=0, delivered_at=None, reason="")
TAKEN = views.delivery(id=1, delivered_at=T0 + timedelta(seconds=0.3), reason="")
CLOSED = views.delivery(id=2, action="resolve", delivered_at=T0 + timedelta(seconds=0.7), reason="")
REFUSED = views.delivery(id=1, state="refused", delivered_at=None, reason="400: invalid routing key.")
RETRIED = QUEUED.model_copy(
    update={"attempts": 1, "reason": "connection refused", "next_attempt_at": datetime(2026, 11, 24, tzinfo=UTC)}
)


def look(*deliveries: p.DeliveryView, status: str = "open") -> p.IncidentView:
    """Return the test's incident at one moment."""
    over = p.PagerDutyView(id="Q1", url=None, status="resolved", verified=True) if status == "resolved" else None
    return views.incident(
        purpose="test", opened_at=T0, deliveries=list(deliveries), timeline=[], status=status, pagerduty=over
    )


def looks(*views_in_turn: p.IncidentView) -> Callable[[Asked], p.IncidentView]:
    """Answer one look after the other, then the last for ever."""
    left = list(views_in_turn)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def agent(agent: FakeAgent) -> FakeAgent:
    """A stand-in whose test is under way."""
    agent.answers["GET /channels/pd"] = views.channel("pd")
    agent.answers["POST /channels/pd/test"] = p.TestStarted(incident_id="t", channel="pd", quiet=False)
    return agent


def test_each_step_with_its_time(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /incidents/t"] = looks(look(QUEUED), look(TAKEN), look(TAKEN, CLOSED, status="resolved"))
    ended = cli("channels", "test", "pd")
    said = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert said[0] == "Testing pd:"
    assert said[1].endswith("trigger queued")
    assert said[2] == "✓ 0.3 s trigger accepted by PagerDuty after 0.3 s"
    assert said[4] == "✓ 0.7 s resolve accepted by PagerDuty after 0.7 s"
    assert said[5] == "✓ nothing left open (seen at PagerDuty)" or said[5].startswith("▲ PagerDuty still shows")
    assert "pd works" in said[-1]
    assert agent.bodies("POST /channels/pd/test") == [{"quiet": False}]


def test_json_keeps_stdout_for_the_document(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /incidents/t"] = look(TAKEN, CLOSED, status="resolved")
    ended = cli("channels", "test", "pd", "--json")
    assert ended.code == 0
    assert ended.document["passed"] is True
    assert ended.document["incident"]["id"] == "inc-42"
    assert "trigger accepted" in ended.err


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (look(REFUSED), "trigger refused: 400: invalid routing key."),
        (look(REFUSED, status="resolved"), "trigger refused: 400: invalid routing key."),
        (look(QUEUED), "has not taken the trigger"),
        (look(RETRIED), "connection refused"),
        (look(TAKEN), "not resolved"),
        (look(), "nothing was queued"),
    ],
)
def test_anything_less_than_delivered_and_resolved_fails(
    agent: FakeAgent, cli: Cli, answer: p.IncidentView, says: str
) -> None:
    agent.answers["GET /incidents/t"] = answer
    ended = cli("channels", "test", "pd", "--timeout", "1")
    assert ended.code == 1
    assert says in ended.err
    assert ended.err.count("\n") == 1


def test_a_failed_test_in_json(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["GET /incidents/t"] = look(REFUSED)
    ended = cli("--json", "channels", "test", "pd")
    assert ended.code == 1
    assert ended.document["passed"] is False


@pytest.mark.parametrize("option", ["--quiet", "--quiet-test"])
def test_a_quiet_one_opens_nothing(agent: FakeAgent, cli: Cli, option: str) -> None:
    agent.answers["POST /channels/pd/test"] = p.TestStarted(incident_id="t", channel="pd", quiet=True)
    agent.answers["GET /incidents/t"] = look(TAKEN.model_copy(update={"action": "change"}))
    ended = cli("channels", "test", "pd", option)
    assert ended.code == 0
    assert "nothing left open" not in ended.out
    assert agent.bodies("POST /channels/pd/test") == [{"quiet": True}]


def test_an_unknown_channel(cli: Cli, agent: FakeAgent) -> None:
    agent.answers["POST /channels/pd/test"] = problem(404, "There is no channel pd.")
    assert cli("channels", "test", "pd").err == "statusapp: There is no channel pd.\n"


def test_every_try_is_told_once() -> None:
    watch = Watch("pd")
    again = RETRIED.model_copy(update={"attempts": 2})
    told = [text for view in (look(RETRIED), look(RETRIED), look(again)) for _, _, text in watch.steps(view, 1.0)]
    assert told == ["trigger queued", "trigger, try 1: connection refused", "trigger, try 2: connection refused"]


@pytest.mark.parametrize(
    ("deliveries", "status", "quiet", "over", "good"),
    [
        ((), "open", False, False, False),
        ((QUEUED,), "open", False, False, False),
        ((TAKEN,), "open", False, False, False),
        ((TAKEN, QUEUED), "resolved", False, False, False),
        ((TAKEN,), "resolved", False, True, True),
        ((TAKEN, CLOSED), "resolved", False, True, True),
        ((REFUSED,), "open", False, True, False),
        ((REFUSED,), "resolved", False, True, False),
        ((TAKEN,), "open", True, True, True),
        ((REFUSED,), "open", True, True, False),
    ],
)
def test_when_it_is_over_and_when_it_is_good(
    deliveries: Sequence[p.DeliveryView], status: str, quiet: bool, over: bool, good: bool
) -> None:
    view = look(*deliveries, status=status)
    assert finished(view, quiet=quiet) is over
    assert passed(view, quiet=quiet) is good


def test_what_pagerduty_shows_is_the_proof(agent: FakeAgent, cli: Cli) -> None:
    def line(kind: str, text: str, after_s: float) -> p.TimelineView:
        return p.TimelineView(at=T0 + timedelta(seconds=after_s), kind=kind, text=text, by=None, via=None)

    def there(status: str) -> p.PagerDutyView:
        return p.PagerDutyView(id="Q1", url=None, status=status, verified=True)

    seen = line("verified", "pd: PagerDuty made incident #7 of it (2.0 s)", 2)
    closed = line("closed", "pd: PagerDuty shows it resolved (1.5 s after it was told)", 4)
    resolved = look(TAKEN, CLOSED, status="resolved")
    agent.answers["GET /incidents/t"] = looks(
        look(TAKEN),
        look(TAKEN).model_copy(update={"timeline": [seen], "pagerduty": there("triggered")}),
        resolved.model_copy(update={"timeline": [seen], "pagerduty": there("triggered")}),
        resolved.model_copy(update={"timeline": [seen, closed], "pagerduty": there("resolved")}),
    )
    ended = cli("channels", "test", "pd")
    said = [" ".join(each.split()) for each in ended.out.splitlines()]
    assert ended.code == 0
    assert "✓ 2.0 s pd: PagerDuty made incident #7 of it (2.0 s)" in said
    assert "✓ 4.0 s pd: PagerDuty shows it resolved (1.5 s after it was told)" in said
    assert "✓ nothing left open (seen at PagerDuty)" in said


def test_a_test_that_paged_nobody_fails_and_says_why(agent: FakeAgent, cli: Cli) -> None:
    text = "pd: accepted, but nobody was paged: service disabled (Home)"
    nobody = p.TimelineView(at=T0 + timedelta(seconds=41), kind="nobody", text=text, by=None, via=None)
    agent.answers["GET /incidents/t"] = look(TAKEN, CLOSED, status="resolved").model_copy(
        update={"timeline": [nobody], "pagerduty": None}
    )
    ended = cli("channels", "test", "pd")
    assert ended.code == 1
    assert "pd pages nobody: accepted, but nobody was paged: service disabled (Home)." in ended.err
