"""``statusapp mute`` and ``unmute``: always with an end, and never silently."""

import pytest

from statusapp_shared.quiet import MutesView, MuteView
from tests.support import views
from tests.support.command_line import Cli
from tests.support.fake_agent import FakeAgent, problem

SAID = "Everything is muted until 14:30:00 UTC by ann."


def muted(monitor: str | None = None, told: tuple[str, ...] = ("mail", "pd")) -> MutesView:
    item = MuteView(
        monitor=monitor,
        until=views.ago(minutes=-59, seconds=-30),
        since=views.ago(seconds=30),
        by="ann",
        reason="new switch",
        waiting=2,
    )
    return MutesView(items=[item], sentence=SAID, told=list(told))


@pytest.mark.parametrize(
    ("words", "seconds", "monitor"),
    [
        (["mute"], 3600, None),
        (["mute", "30m"], 1800, None),
        (["mute", "1h30m", "--monitor", "nas"], 5400, "nas"),
        (["mute", "7d"], 7 * 86_400, None),
    ],
)
def test_what_is_asked_for(agent: FakeAgent, cli: Cli, words: list[str], seconds: float, monitor: str | None) -> None:
    agent.answers["POST /mutes"] = muted(monitor)
    ended = cli(*words, "--reason", "new switch")
    assert (ended.code, ended.err) == (0, "")
    assert agent.bodies("POST /mutes") == [{"seconds": seconds, "monitor": monitor, "reason": "new switch"}]
    assert SAID in ended.out
    assert "Told on mail, pd, without paging anybody." in ended.out
    assert "2 pages" in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 80


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("8d", "A mute lasts from 1s to 7d: silence always has an end."),
        ("0s", "A mute lasts from 1s to 7d: silence always has an end."),
        ("30", 'Write a duration as text with its unit, such as "500ms", "30s", "5m", "2h" or "7d", not \'30\'.'),
        ("for ever", "Write a duration as text with its unit"),
    ],
)
def test_what_has_no_end_is_refused_before_anybody_is_asked(agent: FakeAgent, cli: Cli, length: str, said: str) -> None:
    ended = cli("mute", length)
    assert ended.code == 2
    assert said in ended.err
    assert not agent.asked


def test_where_nobody_can_be_told_it_says_so(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["POST /mutes"] = muted(told=())
    assert "No channel can tell of it without paging" in " ".join(cli("mute").out.split())


def test_unmute(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["DELETE /mutes"] = MutesView(items=[], sentence="Nothing is muted.", told=["pd"])
    ended = cli("unmute", "--monitor", "nas")
    assert ended.code == 0
    assert ended.out.splitlines()[0].endswith("Nothing is muted.")
    assert agent.asked[-1].query == {"monitor": "nas"}
    assert cli("unmute", "--json").document["items"] == []
    assert agent.asked[-1].query == {}


def test_unmute_when_nothing_is(agent: FakeAgent, cli: Cli) -> None:
    agent.answers["DELETE /mutes"] = problem(409, "Nothing is muted.", "not_allowed")
    ended = cli("unmute")
    assert (ended.code, ended.err) == (1, "statusapp: Nothing is muted.\n")


def test_status_says_when_the_agent_cannot_page(agent: FakeAgent, cli: Cli) -> None:
    fine = views.status(counts={"up": 1}, monitors=[views.monitor()], incidents=[])
    ill = views.agent(healthy=False, problems=["pd cannot send: wrong key."])
    agent.answers["GET /status"] = fine.model_copy(update={"agent": ill})
    agent.answers["GET /agent"] = ill
    assert cli("status").code == 1
    ended = cli("agent", "status")
    assert ended.code == 1
    assert "pd cannot send: wrong key." in ended.out
    quiet = views.agent(healthy=True, problems=[SAID])
    agent.answers["GET /status"] = fine.model_copy(update={"agent": quiet})
    ended = cli("status")
    assert ended.code == 0
    assert SAID in ended.out
