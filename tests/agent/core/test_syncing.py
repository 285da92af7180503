"""What a look at PagerDuty means: fates, people, drift; time handed in, looks played by hand."""

from datetime import timedelta

import pytest

from statusapp_agent.core import events as ev
from statusapp_agent.core.counterpart import Fate, Happening, Report, Sighting
from statusapp_agent.core.model import Action, Delivered, DeliveryState, IncidentStatus, Step, Tier, When
from tests.support.world import World, channel, monitor

SMS = Tier(
    "x",
    (
        Step("pd"),
        Step("sms", when=When.UNACKNOWLEDGED, after_s=300),
        Step("slack", when=When.UNDELIVERED, after_s=5),
    ),
)


class Scene(World):
    """A world whose PagerDuty channel can look up what became of a page."""

    def __init__(self, *monitors, **more):
        super().__init__(*monitors, **more)
        self.answers = self.take_in

    def take_in(self, delivery, record):
        """Have it arrive; what PagerDuty accepted can be looked up."""
        verifies = {"verifies": True} if record.channel.kind == "pagerduty" else {}
        return self.arrive(delivery, record, outcome=Delivered(receipt=verifies))

    def look_there(self, status=None, *happenings, opening=None, number=7, **report):
        """Report a look: None for no incident there."""
        opening = opening or min(self.state.counterparts)
        seen = None
        if status is not None:
            more = {
                key: report.pop(key) for key in ("merged_from", "unacknowledges_at", "escalates_at") if key in report
            }
            seen = Sighting(report.pop("id", "Q1"), number, "https://pd/Q1", status, **more)
        return self.do(ev.Synced(Report(opening, seen, tuple(happenings), **report)))

    def happened(self, kind, by=None, *, ago=0.0, key=None, text=""):
        """Return a line of the log there."""
        return Happening(key or f"R-{kind}-{by}", self.now - timedelta(seconds=ago), kind, text or kind, by)

    @property
    def counterpart(self):
        return next(iter(self.state.counterparts.values()))


def down(**more) -> Scene:
    """Return a world with one incident whose page PagerDuty has accepted just now."""
    now = Scene(**more)
    now.fail()
    now.send()
    return now


def tiered(*, sms: bool = True) -> Scene:
    """Return such a world with Slack for what was not delivered, and an SMS for what nobody acknowledges."""
    channels = (channel("pd"), channel("slack", "slack"), *((channel("sms", "sms"),) if sms else ()))
    now = Scene(monitor("nas", tier="x"), channels=channels, tiers=(SMS,))
    now.fail()
    now.send()
    return now


def state_of(now: Scene, name: str) -> DeliveryState:
    return now.rows(name)[0].state


def test_a_page_that_made_an_incident_is_created_and_nothing_else_is_told():
    now = tiered()
    now.run(4)
    now.look_there("triggered")
    now.run(10)
    assert now.counterpart.fate is Fate.CREATED
    assert now.incident().context["pagerduty"]["words"] == "created as #7"
    assert state_of(now, "slack") is DeliveryState.CANCELLED
    assert state_of(now, "sms") is DeliveryState.PENDING


def test_rs13_nobody_says_not_created_before_a_minute():
    now = tiered()
    for second in range(1, 60):
        now.run(1)
        now.look_there(None)
        assert now.counterpart.fate is Fate.ACCEPTED, second
    now.look_there("triggered")
    assert now.counterpart.fate is Fate.CREATED
    assert "told instead" not in " ".join(now.told("fallback"))


def test_ev60_what_made_no_incident_within_a_minute_goes_to_the_fallback():
    now = tiered(sms=False)
    now.run(59)
    now.look_there(None)
    assert state_of(now, "slack") is DeliveryState.PENDING
    now.run(1)
    now.look_there(None)
    now.send()
    assert now.counterpart.fate is Fate.NOBODY
    assert state_of(now, "slack") is DeliveryState.DELIVERED
    assert any("nobody was paged: PagerDuty made no incident" in text for text in now.told("nobody"))


@pytest.mark.parametrize("why", ["service disabled (Home)", "nobody on call in Default"])
def test_ev60_ev61_with_a_reason_the_fallback_leaves_within_the_minute(why):
    now = tiered(sms=False)
    now.run(30)
    now.look_there(None, nobody=why, asked_why=True)
    assert now.counterpart.fate is Fate.ACCEPTED
    now.run(11)
    now.look_there(None, nobody=why, asked_why=True)
    now.send()
    assert now.incident().context["pagerduty"]["words"] == f"accepted, but nobody was paged: {why}"
    assert state_of(now, "slack") is DeliveryState.DELIVERED


def test_whoever_waits_for_an_acknowledgement_need_not_when_nobody_was_paged():
    now = tiered()
    now.run(60)
    now.look_there(None)
    now.send()
    assert state_of(now, "sms") is DeliveryState.DELIVERED or state_of(now, "slack") is DeliveryState.DELIVERED
    assert not now.pending()


def test_a_page_that_was_grouped_away_goes_to_the_fallback():
    now = tiered(sms=False)
    now.run(3)
    now.look_there("acknowledged", grouped="grouped into the incident #3, which was open before")
    now.send()
    assert now.counterpart.fate is Fate.NOBODY
    assert state_of(now, "slack") is DeliveryState.DELIVERED


def test_a_look_that_cannot_be_had_leaves_it_at_accepted():
    now = tiered()
    now.run(10)
    now.look_there(None, failed="PagerDuty does not know this REST API key (401)", lasting=True)
    now.run(10)
    assert now.counterpart.words == "sent (unverified): PagerDuty does not know this REST API key (401)"
    assert state_of(now, "slack") is DeliveryState.CANCELLED


def test_without_any_look_nobody_waits_longer_than_a_minute_and_a_half():
    now = tiered()
    now.run(95)
    assert now.counterpart.fate is Fate.UNKNOWN
    assert state_of(now, "slack") is DeliveryState.CANCELLED


def test_what_could_page_nobody_pages_again_once_it_can():
    now = down()
    now.run(45)
    now.look_there(None, nobody="service disabled (Home)", asked_why=True)
    now.run(60)
    now.look_there(None, nobody="", asked_why=True)
    now.send()
    assert [action for action, _ in now.lane()] == [Action.TRIGGER, Action.TRIGGER]
    assert now.counterpart.fate is Fate.ACCEPTED


def test_rs01_an_acknowledgement_there_has_its_time_and_stops_our_own_steps():
    now = tiered()
    now.run(40)
    now.look_there("acknowledged", now.happened("acknowledged", "Ana", ago=7))
    incident = now.incident()
    assert incident.status is IncidentStatus.ACKNOWLEDGED
    assert (incident.acknowledged_by, incident.acknowledged_via) == ("Ana", "PagerDuty")
    assert incident.acknowledged_at == now.now - timedelta(seconds=7)
    assert state_of(now, "sms") is DeliveryState.CANCELLED
    assert Action.ACKNOWLEDGE not in [action for action, _ in now.lane("pd")]


def test_each_line_of_the_log_is_taken_once_and_after_a_restart_as_well():
    now = down()
    line = now.happened("note", "Ana", text="looking at it")
    now.look_there("triggered", line)
    now.restart()
    now.look_there("triggered", line)
    assert now.told("note") == ["looking at it"]


def test_rs02_what_happened_while_we_were_away_has_its_own_times():
    now = down()
    now.look_there("triggered")
    now.later(7200)
    now.restart()
    now.recover(every=10)
    now.send()
    incident_id = now.opened()[0].id
    acked, ended = now.happened("acknowledged", "Ana", ago=7000), now.happened("resolved", "Ben", ago=6000)
    now.look_there("resolved", acked, ended)
    incident = now.ever[incident_id]
    assert (incident.acknowledged_by, incident.acknowledged_at) == ("Ana", acked.at)
    assert (incident.resolved_by, incident.resolved_via, incident.resolved_at) == ("Ben", "PagerDuty", ended.at)
    assert now.state.incidents == {}


def test_rs02_an_end_there_does_not_count_if_it_failed_after_it():
    now = down()
    now.look_there("resolved", now.happened("resolved", "Ben"))
    now.fail(times=2)
    now.look_there("resolved")
    now.recover()
    now.send()
    recovered = now.now
    now.look_there("resolved")
    assert now.opened()[0].resolved_at == recovered
    assert now.opened()[0].resolved_via == "recovery"


def test_rs02_it_does_not_count_either_when_only_a_look_in_between_saw_it_fail():
    now = down()
    now.look_there("resolved", now.happened("resolved", "Ben"))
    now.check(down="refused", after=10)
    now.look_there("resolved")
    now.recover(times=8)
    now.send()
    now.look_there("resolved")
    assert now.opened()[0].resolved_via == "recovery"


def test_rs02_it_does_not_count_either_when_nobody_looked_in_between():
    now = down()
    ended = now.happened("resolved", "Ben")
    now.check(down="refused", after=10)
    now.recover()
    now.send()
    now.look_there("resolved", ended)
    assert now.opened()[0].resolved_via == "recovery"


def test_rs03_resolved_there_while_it_fails_pages_again_after_ten_minutes_once():
    now = tiered()
    now.run(3)
    now.look_there("triggered")
    now.look_there("resolved", now.happened("resolved", "Ana"))
    assert now.incident().is_open
    assert "resolved by Ana in PagerDuty, and it still fails" in now.told("still_failing")[0]
    now.run(599)
    assert [a for a, _ in now.lane()] == [Action.TRIGGER]
    assert state_of(now, "sms") is DeliveryState.PENDING
    now.run(2)
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.TRIGGER]
    now.look_there("triggered", id="Q2", number=8)
    now.look_there("resolved", now.happened("resolved", "Ana", key="R-2"), id="Q2", number=8)
    now.run(1200)
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.TRIGGER]
    assert now.counterpart.remedy == "kept quiet until it recovers"
    now.recover()
    now.send()


def test_rs03_it_does_not_page_again_if_it_recovers_within_the_ten_minutes():
    now = down()
    now.look_there("triggered")
    now.look_there("resolved", now.happened("resolved", "Ana"))
    now.recover()
    now.run(700)
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.RESOLVE]


def test_pagerdutys_own_time_out_decides_nothing_and_it_pages_again_at_once():
    now = down()
    now.look_there("triggered")
    now.later(4 * 3600)
    now.look_there("resolved", now.happened("timed_out"))
    now.send()
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.TRIGGER]
    assert now.counterpart.fate is Fate.ACCEPTED
    now.look_there("triggered", id="Q2")
    assert now.counterpart.difference == ""


def test_rs05_a_merged_incident_goes_on_in_its_target_and_is_not_over():
    now = down()
    now.look_there("triggered")
    now.look_there("acknowledged", now.happened("acknowledged", "Ana"), id="Q9", number=9, merged_from="Q1")
    assert now.incident().is_open
    assert now.incident().acknowledged_by == "Ana"
    assert now.told("merged") == ["pd: merged into #9 at PagerDuty, which goes on for it"]
    now.recover()
    now.send()
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.RESOLVE]


def test_rs07_each_step_is_told_and_the_first_acknowledgement_counts():
    now = down()
    first = now.happened("acknowledged", "Ana")
    now.look_there("acknowledged", first)
    now.run(1800)
    due = now.now + timedelta(minutes=15)
    lines = (now.happened("unacknowledged"), now.happened("escalated", text="escalated to Ben"))
    now.look_there("triggered", *lines, escalates_at=due)
    assert now.incident().status is IncidentStatus.OPEN
    assert now.incident().context["pagerduty"]["escalates_at"] == due.isoformat()
    now.run(60)
    now.look_there("acknowledged", now.happened("acknowledged", "Ben"))
    assert now.incident().status is IncidentStatus.ACKNOWLEDGED
    assert (now.incident().acknowledged_by, now.incident().acknowledged_at) == ("Ana", first.at)
    assert now.told("escalated") == ["escalated to Ben"]


def test_rs08_when_nobody_answers_there_what_is_left_is_used_at_once():
    now = tiered()
    now.run(20)
    now.look_there("triggered", now.happened("exhausted", text="nobody acknowledged"))
    now.send()
    assert state_of(now, "sms") is DeliveryState.DELIVERED


def test_rs09_a_snooze_there_is_one_here():
    now = down()
    until = now.now + timedelta(hours=2)
    now.look_there("acknowledged", now.happened("snoozed", "Ana"), unacknowledges_at=until)
    assert now.incident().snoozed_until == until
    assert now.incident().acknowledged_by == "Ana"


def test_rs22_both_acknowledge_and_nothing_is_sent_to_and_fro():
    now = down()
    now.run(30)
    now.look_there("triggered")
    now.do(ev.Acknowledge(now.incident().id, "lead", "tray"))
    now.send()
    now.run(5)
    now.look_there(
        "acknowledged", now.happened("acknowledged", "Ana", ago=20), now.happened("acknowledged", key="ours")
    )
    assert now.incident().acknowledged_by == "Ana"
    now.run(300)
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.ACKNOWLEDGE]


def test_an_acknowledgement_that_pagerduty_lost_is_sent_again_once():
    now = down()
    now.look_there("triggered")
    now.do(ev.Acknowledge(now.incident().id, "lead", "tray"))
    now.send()
    for _ in range(5):
        now.run(60)
        now.look_there("triggered")
        now.send()
    assert [a for a, _ in now.lane()] == [Action.TRIGGER, Action.ACKNOWLEDGE, Action.ACKNOWLEDGE]
    assert now.counterpart.difference == "acknowledged here, triggered at PagerDuty"


def test_a_resolve_that_pagerduty_lost_is_sent_again_until_it_agrees():
    now = down()
    now.look_there("triggered")
    now.recover()
    now.send()
    for _ in range(40):
        now.run(15)
        now.look_there("triggered")
        now.send()
    assert now.counterpart.difference == "over here, still open at PagerDuty"
    resolves = [a for a, _ in now.lane() if a is Action.RESOLVE]
    assert 3 <= len(resolves) <= 6
    now.look_there("resolved")
    assert now.state.incidents == {}
    assert now.state.counterparts == {}


def test_what_is_to_stay_open_there_is_no_difference():
    now = down(channels=(channel("pd", auto_resolve=False),))
    now.look_there("triggered")
    now.recover()
    now.run(300)
    now.look_there("triggered")
    assert now.counterpart.difference == ""
    assert [a for a, _ in now.lane()] == [Action.TRIGGER]


def test_what_is_over_before_it_was_seen_there_is_looked_for_until_it_is_sure():
    now = down()
    now.recover()
    now.send()
    now.look_there(None)
    assert now.state.counterparts
    now.run(61)
    now.look_there(None)
    assert now.state.counterparts == {}


def test_a_test_ends_only_when_its_incident_was_seen():
    now = Scene()
    now.do(ev.TestChannel("pd", "f" * 32, False, "ann"))
    now.send()
    assert now.state.channels["pd"].test_ok is None
    now.run(3)
    now.look_there("triggered")
    now.send()
    assert now.state.channels["pd"].test_ok is True
    assert now.state.channels["pd"].test_reason == "created as #7 after 3.0 s"
    now.look_there("resolved")
    assert now.state.incidents == {}
    assert [a for a, _ in now.lane()] == [Action.TEST, Action.RESOLVE]


def test_a_test_that_paged_nobody_has_failed_and_leaves_nothing():
    now = Scene()
    now.do(ev.TestChannel("pd", "f" * 32, False, "ann"))
    now.send()
    now.run(41)
    now.look_there(None, nobody="service disabled (Home)")
    now.send()
    assert now.state.channels["pd"].test_ok is False
    assert "service disabled" in now.state.channels["pd"].test_reason
    assert not now.pending()


def test_what_is_open_there_alone_is_closed():
    now = Scene()
    now.do(ev.StraysSeen("pd", (f"statusapp/{now.state.install}/{'a' * 32}",)))
    now.send()
    assert [(a, s) for a, s in now.lane()] == [(Action.RESOLVE, DeliveryState.DELIVERED)]


def test_a_stray_that_is_ours_after_all_is_left_alone():
    now = down()
    key = f"statusapp/{now.state.install}/{now.incident().id}"
    now.do(ev.StraysSeen("pd", (key,)))
    assert [a for a, _ in now.lane()] == [Action.TRIGGER]
