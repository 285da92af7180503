"""Whose turn it is on one layer, by local wall time: a hand-off at nine is at nine before and after a change of DST."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from statusapp_agent.core import hours
from statusapp_agent.core.roster import Layer

SHORTEST_TURN_H = 4
"""Longer than any change of a clock, so that hand-offs keep their order across each (Troll's is the largest: 2 h)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's turn, whatever the hours of the layer are."""

    person: str
    began_at: datetime
    ends_at: datetime


def turn(layer: Layer, zone: tzinfo, at: datetime) -> Turn | None:
    """Return the turn at a moment, None before the first."""
    number = _number(layer, zone, at)
    if number < 0:
        return None
    person = layer.people[number % len(layer.people)]
    return Turn(person, _begins(layer, zone, number), _begins(layer, zone, number + 1))


def on_layer(layer: Layer, zone: tzinfo, at: datetime) -> str | None:
    """Return who is on call by a layer alone: whoever's turn it is, within the layer's hours."""
    found = turn(layer, zone, at)
    if found is None or (layer.hours and not hours.on(layer.hours, zone, at)):
        return None
    return found.person


def edges(layer: Layer, zone: tzinfo, start: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments between two others, in no order, at which somebody else may come on."""
    number = max(0, _number(layer, zone, start))
    alone = len(set(layer.people)) == 1
    while (begins := _begins(layer, zone, number)) < until and not (alone and number):
        if begins > start:
            yield begins
        number += 1
    for span in hours.spans(layer.hours, zone, start, until):
        yield from (edge for edge in span if start < edge < until)


def _begins(layer: Layer, zone: tzinfo, number: int) -> datetime:
    # Arithmetic within one zone is that of wall clocks; only then does the moment become one of UTC.
    return (_first(layer, zone) + number * timedelta(hours=layer.turn_h)).astimezone(UTC)


def _first(layer: Layer, zone: tzinfo) -> datetime:
    at = time(layer.handoff_minute // 60, layer.handoff_minute % 60)
    return datetime.combine(layer.starts, at, zone)


def _number(layer: Layer, zone: tzinfo, at: datetime) -> int:
    """Return the number of the turn at a moment: the wall clock's guess, put right around a change of DST."""
    number = (at.astimezone(zone) - _first(layer, zone)) // timedelta(hours=layer.turn_h)
    while _begins(layer, zone, number) > at:
        number -= 1
    while _begins(layer, zone, number + 1) <= at:
        number += 1
    return number
