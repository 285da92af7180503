"""What comes again, and above all what does not: a pattern that is none must not be said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from statusapp_agent.core.measures import Page
from statusapp_agent.core.model import Incident, Monitor, Severity
from statusapp_agent.core.patterns import patterns
from statusapp_agent.core.state import Change
from statusapp_agent.core.tier_lint import tier_lint

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NUMBERS = iter(range(1, 100_000))


def incident(monitor, began, minutes=20, cause="refused", acked=True, via="recovery"):
    number = next(NUMBERS)
    opened = began + timedelta(seconds=20)
    return Incident(
        id=f"i{number}",
        number=number,
        monitor=monitor,
        severity=Severity.CRITICAL,
        cause=cause,
        began_at=began,
        opened_at=opened,
        acknowledged_at=opened + MINUTE if acked else None,
        resolved_at=began + minutes * MINUTE,
        resolved_via=via,
    )


def watched(*names, **settings):
    return {name: Monitor(name, "http", None, **settings) for name in names}


def kinds(found):
    return [each.kind for each in found]


def test_every_night_at_two_is_said_in_local_time_and_across_the_clock_change():
    # 02:00 in Berlin would not exist on 29 March: at 03:30 they are 02:30 UTC before and 01:30 UTC after it.
    nights = [datetime(2026, 3, day, 3, 30, tzinfo=BERLIN).astimezone(UTC) for day in range(26, 32)]
    found = patterns([incident("cloud", at, cause="no answer within 9.8 s") for at in nights], [], {}, BERLIN)
    assert kinds(found) == ["time of day"]
    assert found[0].sentence.startswith("cloud failed at about 03:30 on 6 days, every time")
    assert "maintenance window" in found[0].suggestion
    assert len(found[0].incidents) == 6


def test_two_nights_are_no_pattern_nor_is_one_bad_night():
    two = [incident("cloud", START + n * DAY) for n in range(2)]
    assert patterns(two, [], {}) == ()
    one_night = [incident("cloud", START + n * 13 * MINUTE, minutes=2) for n in range(4)]
    assert "time of day" not in kinds(patterns(one_night, [], {}))


def test_failures_all_over_the_day_are_no_pattern():
    spread = [incident("cloud", START + n * (DAY + 5 * 60 * MINUTE)) for n in range(12)]
    assert patterns(spread, [], {}) == ()


def test_after_changes():
    changes = [Change(START + n * 29 * 60 * MINUTE, f"deploy {n}", None, "web", "ann") for n in range(6)]
    broke = [incident("web", change.at + 9 * MINUTE) for change in changes[:4]]
    (found,) = patterns(broke, changes, {})
    assert found.kind == "after a change"
    assert "4 times; there were 6 changes, and 4 incidents in all" in found.sentence
    late = [incident("web", change.at + 31 * MINUTE) for change in changes[:4]]
    assert patterns(late, changes, {}) == ()
    assert patterns([incident("other", change.at + MINUTE) for change in changes[:4]], changes, {}) == ()


def test_what_goes_down_together_suggests_a_dependency_unless_there_is_one():
    times = [START + n * (2 * DAY + 300 * MINUTE) for n in range(4)]
    some = [incident("nas", at) for at in times] + [incident("photos", at + MINUTE) for at in times]
    (found,) = patterns(some, [], watched("nas", "photos"))
    assert (found.kind, found.monitors) == ("together", ("nas", "photos"))
    assert 'depends_on = ["nas"] for photos' in found.suggestion
    known = (
        watched("nas", "switch") | watched("photos", depends_on=("switch",)) | watched("switch", depends_on=("nas",))
    )
    assert patterns(some, [], known) == ()


def test_flapping_and_false_alarms():
    some = [incident("tv", START + n * 11 * MINUTE, minutes=2, acked=False) for n in range(5)]
    found = patterns(some, [], watched("tv", failures=2))
    assert set(kinds(found)) == {"flapping", "false alarms"}
    false = next(each for each in found if each.kind == "false alarms")
    assert "5 of 5 incidents of tv" in false.sentence
    assert "what-if tv --failures 5" in false.suggestion
    flapping = next(each for each in found if each.kind == "flapping")
    assert len(flapping.incidents) == 4


def test_pages_at_night_that_were_not_needed():
    nights = [START + n * DAY + 3 * 60 * MINUTE for n in range(4)]
    some = [incident("tv", at, minutes=2, acked=False) for at in nights]
    pages = [Page(each.id, "phone", each.opened_at) for each in some]
    (found,) = tier_lint(some, pages, watched("tv", tier="1"), {}, UTC)
    assert "woke somebody on 4 nights; 4 times" in found.sentence
    needed = [incident("tv", at) for at in nights]
    assert tier_lint(needed, [Page(e.id, "phone", e.opened_at) for e in needed], watched("tv"), {}, UTC) == ()


def test_a_long_outage_that_told_nobody():
    long = incident("printer", START, minutes=200, acked=False)
    (found,) = tier_lint([long], [], watched("printer"), {}, UTC)
    assert found.sentence == "printer was down for more than an hour once, and nobody was paged."
    assert tier_lint([long], [Page(long.id, "mail", long.opened_at)], watched("printer"), {}, UTC) == ()


def test_too_much_pages():
    some = [incident(name, START) for name in "abcdef"]
    pages = [Page(each.id, "phone", each.opened_at + timedelta(hours=12)) for each in some[:5]]
    (found,) = tier_lint(some, pages, watched(*"abcdef"), {}, UTC)
    assert found.sentence == "5 of the 6 monitors that failed paged somebody."
    assert tier_lint(some, pages[:3], watched(*"abcdef"), {}, UTC) == ()


def test_thresholds_too_tight_and_too_loose():
    def lint(above, p95):
        return tier_lint([], [], watched("web", degraded_above_s=above), {"web": (0.1, p95)}, UTC)

    assert "too tight" in lint(0.2, 0.3)[0].suggestion
    assert 'degraded_above = "450ms"' in lint(0.2, 0.3)[0].suggestion
    assert "five times as slow" in lint(2.0, 0.3)[0].suggestion
    assert lint(0.5, 0.3) == ()
    assert lint(None, 0.3) == ()
