"""Who is on call, against a second computation that is slow and obvious, over every change of DST until 2036."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statusapp_agent.core.hours import Hours
from statusapp_agent.core.model import Person
from statusapp_agent.core.oncall import gaps, handoffs, next_handoff, person_on, reach, shifts, who
from statusapp_agent.core.roster import Layer, Override, Roster, Rotation, reference

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Atlantic/Azores",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "Asia/Jerusalem",
    "Asia/Beirut",
    "Asia/Gaza",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Norfolk",
    "Pacific/Easter",
    "Antarctica/Troll",
    "Europe/Chisinau",
)
MINUTE = timedelta(minutes=1)
PEOPLE = ("Ana", "Ben", "Cleo")


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return the moments from 2026 to 2036 at which the zone's offset changes, found by looking."""
    found, at, end = [], datetime(2026, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
    step = timedelta(hours=6)
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + step).astimezone(zone).utcoffset():
            low, high = at, at + step
            while high - low > MINUTE:
                middle = low + (high - low) // 2
                middle = middle.replace(second=0, microsecond=0)
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += step
    return found


CHANGES = {name: changes(ZoneInfo(name)) for name in ZONES}


def slowly(layer: Layer, zone: ZoneInfo, at: datetime) -> str | None:
    """Return whose turn it is, by walking from the first hand-off on, one after the other."""
    wall = datetime.combine(layer.starts, time(layer.handoff_minute // 60, layer.handoff_minute % 60))
    turn = -1
    while wall.replace(tzinfo=zone).timestamp() <= at.timestamp():
        turn += 1
        wall += timedelta(hours=layer.turn_h)
    return None if turn < 0 else layer.people[turn % len(layer.people)]


def rotation(*layers: Layer, zone="Europe/Berlin", name="home") -> Rotation:
    return Rotation(name, zone, layers)


def roster(*rotations: Rotation, overrides=()) -> Roster:
    return Roster({name: Person(name) for name in PEOPLE}, {each.name: each for each in rotations}, tuple(overrides))


def weekly(*people: str, **changed) -> Layer:
    return Layer(**{"people": people, "turn_h": 168, "starts": date(2026, 1, 5), "handoff_minute": 540, **changed})


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin"))


def test_the_zones_change_often_enough_to_prove_anything():
    assert sum(map(len, CHANGES.values())) > 400
    assert sum(bool(found) for found in CHANGES.values()) >= 20


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
@given(
    turn_h=st.sampled_from((4, 6, 8, 12, 24, 48, 168)),
    # The hand-off is within two hours of the change's own local time: there the wall clock misleads.
    off=st.integers(-120, 120),
    back_days=st.integers(0, 20),
    size=st.integers(1, 3),
)
@example(turn_h=24, off=-15, back_days=3, size=2)
@example(turn_h=24, off=30, back_days=3, size=2)
@example(turn_h=24, off=0, back_days=3, size=2)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_at_every_minute_around_every_change_exactly_the_right_one_is_on(zone, turn_h, off, back_days, size):
    where = ZoneInfo(zone)
    for change in CHANGES[zone]:
        local = (change - MINUTE).astimezone(where)
        starts = (local - timedelta(days=back_days + 1)).date()
        layer = Layer(PEOPLE[:size], turn_h, starts, (local.hour * 60 + local.minute + 1 + off) % 1440)
        home = rotation(layer, zone=zone)
        start, until = change - timedelta(hours=26), change + timedelta(hours=26)
        tiles = shifts(roster(home), home, 1, start, until)
        assert tiles[0].began_at == start
        assert tiles[-1].ends_at == until
        assert all(a.ends_at == b.began_at for a, b in zip(tiles, tiles[1:], strict=False))
        _compare(home, tiles, change)


def _compare(home, tiles, change):
    [layer], zone, known = home.layers, ZoneInfo(home.timezone), roster(home)
    # Every minute of the three hours on both sides; farther away every quarter of an hour, off the full one.
    near = [change + n * MINUTE for n in range(-180, 181)]
    far = [change + timedelta(minutes=15 * n + 7) for n in range(-100, 101)]
    walls = [
        datetime.combine(layer.starts, time(layer.handoff_minute // 60, layer.handoff_minute % 60))
        + n * timedelta(hours=layer.turn_h)
        for n in range((24 * 24) // layer.turn_h + 2)
    ]
    begins = [wall.replace(tzinfo=zone).timestamp() for wall in walls]
    for at in (*near, *far):
        turn = sum(begin <= at.timestamp() for begin in begins) - 1
        expected = None if turn < 0 else layer.people[turn % len(layer.people)]
        on = [tile for tile in tiles if tile.began_at <= at < tile.ends_at]
        assert [tile.person for tile in on] == [expected], at
        assert person_on(known, home, 1, at)[0] == expected, at


@given(zone=st.sampled_from(ZONES), minutes=st.integers(0, 5_700_000), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_moment_agrees_with_walking_there(zone, minutes, data):
    layer = Layer(PEOPLE, data.draw(st.sampled_from((24, 36, 168))), date(2026, 1, 5), data.draw(st.integers(0, 1439)))
    home = rotation(layer, zone=zone)
    moment = datetime(2026, 1, 20, tzinfo=UTC) + minutes * MINUTE
    assert person_on(roster(home), home, 1, moment)[0] == slowly(layer, ZoneInfo(zone), moment)


@pytest.mark.parametrize("zone", ZONES)
def test_restricted_hours_and_gaps_are_exact_over_every_change(zone):
    where = ZoneInfo(zone)
    layer = weekly("Ana", "Ben", hours=(Hours(start_minute=120, end_minute=1320),))
    home = rotation(layer, zone=zone)
    for change in CHANGES[zone]:
        start, until = change - timedelta(days=2), change + timedelta(days=2)
        found = gaps(roster(home), home, start, until)
        covered = [s for s in shifts(roster(home), home, 1, start, until) if s.person]
        assert sum((b - a for a, b in found), timedelta()) + sum(
            (s.ends_at - s.began_at for s in covered), timedelta()
        ) == (until - start)
        for n in range(-1400, 1401, 3):
            at = change + n * MINUTE
            local = at.astimezone(where)
            begin = datetime.combine(local.date(), time(2), where).timestamp()
            end = datetime.combine(local.date(), time(22), where).timestamp()
            assert any(a <= at < b for a, b in found) == (not begin <= at.timestamp() < end)


def test_a_hand_off_stays_at_nine_across_a_change():
    home = rotation(weekly("Ana", "Ben"))
    found = handoffs(roster(home), home, berlin(2026, 3, 20), berlin(2026, 4, 8))
    assert [f"{each.at.astimezone(ZoneInfo('Europe/Berlin')):%d %b %H:%M} {each.off}>{each.on}" for each in found] == [
        "23 Mar 09:00 Ana>Ben",
        "30 Mar 09:00 Ben>Ana",
        "06 Apr 09:00 Ana>Ben",
    ]
    assert found[1].at - found[0].at == timedelta(days=7, hours=-1)


def test_who_is_on_until_when_and_who_follows():
    home = rotation(weekly("Ana", "Ben"), weekly("Cleo"))
    first, second = who(roster(home), home, berlin(2026, 1, 6))
    assert (first.person, first.level, first.until, first.then) == ("Ana", 1, berlin(2026, 1, 12, 9), "Ben")
    assert (second.person, second.until, second.then) == ("Cleo", None, None)
    following = next_handoff(roster(home), home, berlin(2026, 1, 6))
    assert (following.at, following.off, following.on) == (berlin(2026, 1, 12, 9), "Ana", "Ben")
    alone = rotation(weekly("Cleo"))
    assert next_handoff(roster(alone), alone, berlin(2026, 1, 6)) is None


def test_before_the_first_turn_nobody_is_on():
    home = rotation(weekly("Ana", "Ben"))
    assert who(roster(home), home, berlin(2026, 1, 5, 8, 59)) == ()
    assert gaps(roster(home), home, berlin(2026, 1, 5), berlin(2026, 1, 6)) == [
        (berlin(2026, 1, 5), berlin(2026, 1, 5, 9))
    ]


def test_an_override_takes_a_level_over_and_gives_it_back():
    swap = Override("swap", "home", "Cleo", berlin(2026, 1, 7, 18), berlin(2026, 1, 8, 6))
    home = rotation(weekly("Ana", "Ben"))
    known = roster(home, overrides=[swap])
    tiles = shifts(known, home, 1, berlin(2026, 1, 7), berlin(2026, 1, 9))
    assert [(tile.person, tile.override) for tile in tiles] == [("Ana", None), ("Cleo", "swap"), ("Ana", None)]
    assert (tiles[1].began_at, tiles[1].ends_at) == (swap.starts_at, swap.ends_at)
    assert person_on(known, home, 1, swap.ends_at - timedelta(microseconds=1))[0] == "Cleo"
    assert person_on(known, home, 1, swap.ends_at)[0] == "Ana"


def test_of_overrides_that_overlap_the_last_one_written_is_in_force():
    one = Override("one", "home", "Ben", berlin(2026, 1, 7), berlin(2026, 1, 9))
    other = Override("other", "home", "Cleo", berlin(2026, 1, 8), berlin(2026, 1, 10))
    home = rotation(weekly("Ana"))
    tiles = shifts(roster(home, overrides=[one, other]), home, 1, berlin(2026, 1, 6), berlin(2026, 1, 11))
    assert [tile.person for tile in tiles] == ["Ana", "Ben", "Cleo", "Ana"]


def test_an_override_fills_a_gap():
    home = rotation(weekly("Ana", hours=(Hours(start_minute=480, end_minute=1200),)))
    night = Override("night", "home", "Ben", berlin(2026, 1, 7, 20), berlin(2026, 1, 8, 8))
    span = berlin(2026, 1, 7, 12), berlin(2026, 1, 8, 12)
    assert gaps(roster(home), home, *span) == [(night.starts_at, night.ends_at)]
    assert gaps(roster(home, overrides=[night]), home, *span) == []


def test_who_is_reached():
    day = weekly("Ana", hours=(Hours(start_minute=480, end_minute=1200),))
    home = rotation(day, weekly("Ben", "Cleo"))
    known = roster(home)

    def names(text: str, *at: int) -> list[str]:
        return [person.name for person in reach(known, text, berlin(2026, 1, 6, *at))]

    assert names("home", 12) == ["Ana"]
    assert names("home", 3) == ["Ben"], "nobody is on the first level at night: the next one is reached"
    assert names("home/1", 3) == []
    assert names("home/2", 12) == ["Ben"]
    assert names("home/all", 12) == ["Ana", "Ben"]
    assert names("home/3", 12) == []
    assert names("hme", 12) == []
    assert names("home/first", 12) == []


@pytest.mark.parametrize("wrong", ["home/", "home/0", "home/x", "home/1/2", "home/²"])
def test_a_level_is_a_number(wrong):
    with pytest.raises(ValueError, match="stands a level"):
        reference(wrong)
