"""News of an incident goes to the channels that keep a thread of it, and pages nobody."""

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.model import Action, Again, DeliveryState, Step, Tier, When
from tests.support.world import World, channel, monitor

T, A, R, U = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.UPDATE
PENDING, DELIVERED, REFUSED, CANCELLED = DeliveryState
ALL = [channel("pd"), channel("chat", "slack"), channel("mail", "email"), channel("text", "sms")]


def down(*steps):
    tier = Tier("x", steps or tuple(Step(channel=each.name) for each in ALL))
    world = World(monitor("nas", tier="x"), channels=ALL, tiers=[tier])
    world.fail()
    return world


def note(world, text="it is the cable"):
    world.do(ev.Note(world.incident().id, text, "ann", "cli"))


def rows(world):
    return [row for each in ALL for row in world.rows(each.name)]


def told(world, action=U):
    return [(row.channel, row.state) for row in rows(world) if row.action is action]


def test_a_note_is_told_to_chat_and_mail_but_not_where_it_would_page_or_cannot_be_told():
    world = down()
    world.send()
    note(world)
    assert told(world) == [("chat", PENDING), ("mail", PENDING)]
    world.send()
    assert told(world) == [("chat", DELIVERED), ("mail", DELIVERED)]
    news = next(row for row in rows(world) if row.action is U).notice
    assert news["reason"] == "note by ann: it is the cable"
    assert [each["text"] for each in news["story"]][-1] != news["reason"]  # it is the news, not the past


def test_a_note_waits_behind_its_page_in_the_lane():
    world = down()
    note(world)
    world.send()
    lane = [row.action for row in rows(world) if row.channel == "chat"]
    assert lane == [T, U]
    assert told(world) == [("chat", DELIVERED), ("mail", DELIVERED)]


def test_a_note_is_not_told_where_nobody_was_told_yet_and_perhaps_nobody_will_be():
    later = Step(channel="mail", when=When.UNACKNOWLEDGED, after_s=300)
    world = down(Step(channel="chat"), later)
    world.send()
    note(world)
    assert told(world) == [("chat", PENDING)]
    world.do(ev.Acknowledge(world.incident().id, "ann", "cli"))
    world.later(400)
    world.send()
    assert [row.state for row in rows(world) if row.channel == "mail"] == [CANCELLED]


@pytest.mark.parametrize("over", [True, False])
def test_an_end_closes_it_everywhere_whatever_became_of_the_note(over):
    world = down()
    world.send()
    note(world)
    if over:
        world.recover()
        assert told(world) == [("chat", CANCELLED), ("mail", CANCELLED)]
    else:
        world.answers = lambda *_: Again("no road")
        world.send()
        world.recover()
        world.answers = world.arrive
        world.later(60)
    world.send()
    assert told(world, R) == [("pd", DELIVERED), ("chat", DELIVERED), ("mail", DELIVERED)]


def test_a_note_after_the_end_is_written_down_and_told_to_nobody():
    world = down()
    world.send()
    incident = world.incident().id
    world.recover()
    world.do(ev.Note(incident, "it was the cable", "ann", "cli"))
    world.send()
    world.do(ev.Note(incident, "really", "ann", "cli"))
    assert told(world) == []
    assert world.told("note") == ["it was the cable", "really"]
