"""What pages cost, availability and trends: by hand where it is tricky, and against slow second computations."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusapp_agent.core.availability import availability
from statusapp_agent.core.figures import Darkness, cause_of, opened_in
from statusapp_agent.core.measures import Page, Record, measure
from statusapp_agent.core.model import Incident, Purpose, Scope, Severity
from statusapp_agent.core.periods import last_complete, slices, trailing
from statusapp_agent.core.state import BlindTime

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def at(minutes):
    return START + minutes * MINUTE


def incident(number, opened, over=None, acked=None, monitor="nas", via="recovery", detected=1, **changes):
    """Times are minutes after the start; ``acked`` and ``over`` after the opening."""
    given_ = {
        "id": f"i{number}",
        "number": number,
        "monitor": monitor,
        "severity": Severity.CRITICAL,
        "cause": "refused",
        "began_at": at(opened - detected),
        "opened_at": at(opened),
        "acknowledged_at": None if acked is None else at(opened + acked),
        "acknowledged_by": None if acked is None else "ann",
        "resolved_at": None if over is None else at(opened + over),
        "resolved_via": None if over is None else via,
    }
    return Incident(**{**given_, **changes})


def of(*incidents, since=0, until=10_000, now=20_000, by=None, zone=UTC, **parts):
    record = Record(incidents=incidents, **parts)
    return measure(record, trailing(at(since), at(until)), at(now), by, zone)


def test_a_false_alarm_ends_by_itself_soon_and_untouched():
    found = of(
        incident(1, 0, over=10),
        incident(2, 100, over=11),
        incident(3, 200, over=5, acked=1),
        incident(4, 300, over=5, via="cli"),
        incident(5, 400),
    )
    assert found.counts.false_alarms == 1


def test_coming_back_within_half_an_hour_counts_and_drills_do_not():
    found = of(
        incident(1, 0, over=10),
        incident(2, 40, over=10),  # 30 min after
        incident(3, 81, over=5),  # 31 min after
        incident(4, 90, over=1, monitor="router"),
        incident(5, 100, over=1, purpose=Purpose.DRILL),
    )
    assert found.counts.reopened == 1


def test_an_incident_that_ended_before_the_range_still_makes_the_next_a_return():
    assert of(incident(1, -20, over=10), incident(2, 5)).counts.reopened == 1


def test_pages_at_night_are_those_of_the_zone():
    night = Page("i1", "phone", datetime(2026, 3, 28, 21, 30, tzinfo=UTC))  # 22:30 in Berlin, a Saturday
    day = Page("i2", "phone", datetime(2026, 3, 30, 6, 0, tzinfo=UTC))  # 08:00 there: summer time began the day before
    days = [incident(1, 0, opened_at=night.accepted_at - MINUTE), incident(2, 0, opened_at=day.accepted_at - MINUTE)]
    there = of(*days, until=60_000, now=70_000, pages=[night, day], zone=BERLIN).counts
    assert (there.paged, there.asleep, there.after_hours) == (2, 1, 1)
    here = of(*days, until=60_000, now=70_000, pages=[night, day]).counts
    assert (here.asleep, here.after_hours) == (1, 2)  # 21:30 is no night in UTC, 06:00 still is


def test_page_latency_is_that_of_the_first_accepted_and_by_channel_of_its_own():
    pages = [Page("i1", "sms", at(9), escalation=True), Page("i1", "pagerduty", at(1))]
    found = of(incident(1, 0), incident(2, 5), pages=pages, channels={"i1": ("pagerduty", "sms")}, by="channel")
    assert (found.counts.page_s.mean, found.counts.page_s.count) == (60, 1)
    assert {key: counts.page_s.mean for key, counts in found.groups.items()} == {"pagerduty": 60, "sms": 540}
    assert (found.counts.escalated, found.groups["pagerduty"].escalated) == (1, 0)


def test_the_delay_of_a_step_is_no_latency():
    late = of(incident(1, 0), pages=[Page("i1", "mail", at(61), due_at=at(60))])
    assert late.counts.page_s.mean == 60


def test_nothing_is_none_and_never_zero():
    found = of()
    assert (found.figures.mtta_s, found.counts.page_s, found.availability) == (None, None, ())
    assert found.figures.mttr_s is None
    assert all(each.mtta_s is None for each in found.trend)


def test_tags_weekdays_and_causes():
    some = [incident(1, 0, cause="no answer within 10.0 s"), incident(2, 1440, cause="no answer within 3.2 s")]
    by_tag = of(*some, by="tag", tags={"nas": ("storage", "home")})
    assert [(group.key, group.incidents) for group in by_tag.figures.groups] == [("home", 2), ("storage", 2)]
    assert [group.key for group in of(*some, by="weekday").figures.groups] == ["Mon", "Tue"]
    assert [group.incidents for group in of(*some, by="cause").figures.groups] == [2]
    assert cause_of(incident(1, 0, cause="HTTP status 503")) != cause_of(incident(1, 0, cause="HTTP status 404"))


def test_availability_of_an_outage_that_spans_the_range_and_blind_time():
    found = of(
        incident(1, -100, over=160),  # until minute 60
        incident(2, 30, over=60, merged_into="i9"),  # it was down all the same, until 90
        since=0,
        until=200,
        blind=[BlindTime(Scope.HOST, "asleep", at(80), at(100))],
        watched_since={"nas": at(-500), "router": at(100), "later": at(300)},
    )
    nas, router = found.availability
    assert (nas.seen_s, nas.down_s, nas.blind_s, nas.outages) == (180 * 60, 80 * 60, 20 * 60, 1)
    assert nas.share == pytest.approx(100 / 180)
    assert (router.seen_s, router.share) == (100 * 60, 1.0)


def test_a_range_without_sight_has_no_availability():
    dark = [BlindTime(Scope.HOST, "stopped", at(-10), None)]
    (only,) = of(blind=dark, watched_since={"nas": at(-500)}, until=60).availability
    assert only.share is None


# The second computation, minute by minute.

times = st.integers(-60, 240)


@st.composite
def lives(draw):
    return [
        incident(
            number,
            draw(times),
            over=draw(st.none() | st.integers(0, 90)),
            acked=draw(st.none() | st.integers(0, 30)),
            monitor=draw(st.sampled_from(["nas", "router"])),
            via=draw(st.sampled_from(["recovery", "cli"])),
            detected=draw(st.integers(0, 5)),
            purpose=draw(st.sampled_from([Purpose.REAL, Purpose.REAL, Purpose.DRILL])),
            merged_into=draw(st.sampled_from([None, None, None, "i99"])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


blind_times = st.lists(st.builds(lambda b, n: BlindTime(Scope.HOST, "x", at(b), at(b + n)), times, st.integers(0, 50)))


@settings(max_examples=80, deadline=None)
@given(lives(), blind_times, st.integers(0, 60), st.integers(1, 150))
def test_availability_agrees_with_looking_at_each_minute(incidents, blind, first, long):
    since, until, now = at(first), at(first + long), at(400)
    watched = {"nas": at(-1000)}
    found = availability(incidents, Darkness(blind, now), watched, since, until, now)
    nas = next(each for each in found if each.monitor == "nas")

    def is_dark(minute):
        return any(each.began_at <= minute < each.ended_at for each in blind)

    def is_down(minute):
        return any(
            each.began_at <= minute < (each.resolved_at or now)
            for each in incidents
            if each.monitor == "nas" and each.purpose is Purpose.REAL
        )

    minutes = [since + n * MINUTE for n in range(long)]
    lit = [minute for minute in minutes if not is_dark(minute)]
    assert nas.seen_s == 60 * len(lit)
    assert nas.down_s == 60 * sum(is_down(minute) for minute in lit)
    assert nas.blind_s == 60 * (long - len(lit))
    assert nas.share == (pytest.approx(sum(not is_down(m) for m in lit) / len(lit)) if lit else None)


page_lists = st.lists(
    st.builds(
        lambda i, c, t, e: Page(f"i{i}", c, at(t), escalation=e),
        st.integers(0, 5),
        st.sampled_from(["sms", "mail"]),
        st.integers(0, 2880),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(lives(), page_lists, st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kathmandu")]))
def test_counts_agree_with_a_plain_reading_of_their_definitions(incidents, pages, zone):
    found = of(*incidents, pages=pages, until=200, now=400, zone=zone).counts
    counted = [
        each
        for each in incidents
        if each.purpose is Purpose.REAL and each.merged_into is None and at(0) <= each.opened_at < at(200)
    ]
    mine = {each.id: [page for page in pages if page.incident == each.id] for each in counted}

    def wall(page):
        return page.accepted_at.astimezone(zone)

    assert found.paged == sum(bool(some) for some in mine.values())
    assert found.escalated == sum(any(page.escalation for page in some) for some in mine.values())
    assert found.asleep == sum(
        any(f"{wall(page):%H:%M}" >= "22:00" or f"{wall(page):%H:%M}" < "07:00" for page in some)
        for some in mine.values()
    )
    assert found.after_hours == sum(
        any(f"{wall(page):%a}" in ("Sat", "Sun") or not "08:00" <= f"{wall(page):%H:%M}" < "18:00" for page in some)
        for some in mine.values()
    )
    assert found.false_alarms == sum(
        each.resolved_at is not None
        and each.resolved_via == "recovery"
        and each.acknowledged_at is None
        and each.resolved_at - each.opened_at <= timedelta(minutes=10)
        for each in counted
    )
    firsts = [
        max(0, min((page.accepted_at - each.opened_at).total_seconds() for page in mine[each.id]))
        for each in counted
        if mine[each.id]
    ]
    assert (found.page_s.mean if found.page_s else None) == (
        pytest.approx(sum(firsts) / len(firsts)) if firsts else None
    )


@settings(max_examples=60, deadline=None)
@given(lives())
def test_returns_agree_with_asking_each_incident_for_the_ends_before_it(incidents):
    real = opened_in(incidents, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    def is_return(each):
        # the latest end among those of the same monitor that opened before it
        ends = [
            other.resolved_at
            for other in real
            if other.monitor == each.monitor
            and other.resolved_at is not None
            and (other.opened_at, real.index(other)) < (each.opened_at, real.index(each))
        ]
        return bool(ends) and timedelta(0) <= each.opened_at - max(ends) <= timedelta(minutes=30)

    expected = sum(is_return(each) for each in real if at(0) <= each.opened_at < at(10_000))
    assert of(*incidents).counts.reopened == expected


@pytest.mark.parametrize(
    ("rhythm", "now", "title", "since", "until"),
    [
        ("weekly", "2026-04-01T12:00+02:00", "Week 13 of 2026", "2026-03-23T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("monthly", "2026-04-01T00:30+02:00", "March 2026", "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00"),
        ("monthly", "2027-01-15T00:00+01:00", "December 2026", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        (
            "quarterly",
            "2026-02-03T00:00+01:00",
            "Quarter 4 of 2025",
            "2025-10-01T00:00+02:00",
            "2026-01-01T00:00+01:00",
        ),
    ],
)
def test_reviews_are_about_whole_local_periods(rhythm, now, title, since, until):
    found = last_complete(rhythm, datetime.fromisoformat(now), BERLIN)
    assert (found.title, found.since, found.until) == (
        title,
        datetime.fromisoformat(since),
        datetime.fromisoformat(until),
    )
    assert found.before < found.since


def test_a_month_with_a_clock_change_has_a_day_of_23_hours_and_no_gap():
    march = last_complete("monthly", datetime(2026, 4, 2, tzinfo=UTC), BERLIN)
    days = slices(march.since, march.until, BERLIN, "day")
    assert [(end - begin).total_seconds() / 3600 for begin, end in days] == [24] * 28 + [23] + [24] * 2
    assert all(before[1] == after[0] for before, after in zip(days, days[1:], strict=False))
    assert (days[0][0], days[-1][1]) == (march.since, march.until)


@settings(max_examples=60, deadline=None)
@given(lives(), st.sampled_from(["day", "week", "month"]))
def test_the_slices_of_a_trend_add_up_to_the_whole(incidents, grain):
    ranges = slices(at(-50), at(180), BERLIN, grain)
    found = sum(len(opened_in(incidents, since, until)) for since, until in ranges)
    assert found == len(opened_in(incidents, at(-50), at(180)))
