"""Taking over and swapping: what a wish comes to, and why it is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import Person
from statusapp_agent.core.oncall import shifts
from statusapp_agent.core.roster import Layer, Override, Roster, Rotation
from statusapp_agent.core.swapping import taken_over

HOME = Rotation("home", "UTC", (Layer(("Ana", "Ben", "Cleo"), 168, date(2026, 1, 5), 540),))
ROSTER = Roster({name: Person(name) for name in ("Ana", "Ben", "Cleo", "Dan")}, {"home": HOME})
NOW = datetime(2026, 1, 6, tzinfo=UTC)
TUESDAY, WEDNESDAY = datetime(2026, 1, 6, 12, tzinfo=UTC), datetime(2026, 1, 7, 12, tzinfo=UTC)


def wish(person="Ben", starts=TUESDAY, ends=WEDNESDAY, **changed) -> Override:
    return Override(
        **{"name": "", "rotation": "home", "person": person, "starts_at": starts, "ends_at": ends, **changed}
    )


def test_an_override_is_what_was_wished():
    assert taken_over(ROSTER, wish(), NOW, swap=False) == [wish()]


def test_a_swap_gives_as_much_of_the_next_own_shift_in_exchange():
    taken, given = taken_over(ROSTER, wish(), NOW, swap=True)
    own = datetime(2026, 1, 12, 9, tzinfo=UTC)
    assert taken == wish()
    assert given == Override("", "home", "Ana", own, own + timedelta(days=1))
    after = Roster(ROSTER.people, ROSTER.rotations, (taken, given))
    hours = {"Ana": timedelta(), "Ben": timedelta(), "Cleo": timedelta()}
    for shift in shifts(after, HOME, 1, datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 26, 9, tzinfo=UTC)):
        hours[shift.person] += shift.ends_at - shift.began_at
    assert set(hours.values()) == {timedelta(days=7)}, "everybody has as much as before"


def test_no_more_is_given_than_the_shift_has():
    _, given = taken_over(
        ROSTER, wish("Ana", TUESDAY + timedelta(days=7), TUESDAY + timedelta(days=10)), NOW, swap=True
    )
    assert (given.person, given.ends_at - given.starts_at) == ("Ben", timedelta(days=3))


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (wish(rotation="hoem"), "There is no rotation 'hoem'; the nearest name is 'home'."),
        (wish("Bne"), "There is no person 'Bne'; the nearest name is 'Ben'."),
        (wish(level=2), "home has 1 level, and no 2."),
        (wish(ends=TUESDAY), "That ends before it begins"),
        (wish(starts=NOW - timedelta(days=2), ends=NOW), "That is over already"),
        (wish(ends=NOW + timedelta(days=500)), "longer than 400 days"),
        (wish(starts=NOW + timedelta(days=500), ends=NOW + timedelta(days=501)), "more than 400 days from now"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(wanted, sentence):
    with pytest.raises(NotAllowedError) as refused:
        taken_over(ROSTER, wanted, NOW, swap=False)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (wish("Ana"), "Ana is on call in all of that time anyway."),
        (wish("Dan"), "Dan has no shift of their own to give"),
        (wish(ends=TUESDAY + timedelta(days=7)), "More than one person, or nobody, is on call in that time"),
    ],
)
def test_what_cannot_be_exchanged_is_refused_with_a_sentence(wanted, sentence):
    with pytest.raises(NotAllowedError) as refused:
        taken_over(ROSTER, wanted, NOW, swap=True)
    assert sentence in str(refused.value)
