"""What ``statusapp oncall`` shows: a sentence for each rotation, then levels, gaps and overrides as tables."""

from datetime import UTC, datetime

from rich.text import Text

from statusapp_agent.cli.show import APPLY, Column, Screen
from statusapp_agent.cli.words import DEGRADED, DOWN, FINE, clock, count, length
from statusapp_shared.oncall import GapView, OnCallView, RotationView

_MOST_GAPS = 5
_SOURCES = {"settings": "the settings of StatusApp"}


def draw(screen: Screen, view: OnCallView, *, asked: bool, days: int) -> None:
    """Draw who is on call; ``asked``: at a moment that somebody named."""
    if not view.rotations:
        screen.sentence("There is no rotation yet, so nobody is on call.")
        screen.next_step("Add [[people]] and [[rotations]] to the settings file, then", APPLY)
        return
    if asked:
        screen.sentence(f"On {_moment(view.at, screen.now)}:")
    for rotation in view.rotations:
        screen.sentence(_sentence(rotation, screen.now), screen.sign(FINE if rotation.on else DOWN))
    screen.blank()
    screen.table(
        [
            Column("rotation", 10),
            Column("level", right=True),
            Column("on call", 8),
            Column("until"),
            Column("then", 8),
            Column("by", 8),
            Column("known from", 8),
        ],
        [row for rotation in view.rotations for row in _rows(rotation, screen.now)],
    )
    _draw_gaps(screen, view, days)
    _draw_overrides(screen, view)


def _sentence(rotation: RotationView, now: datetime) -> str:
    """Say it in the local time of whoever reads this; the agent's own sentence is in the rotation's."""
    if not rotation.on:
        following = rotation.next
        then = (
            ""
            if following is None or following.on is None
            else f"; {following.on} is on from {_moment(following.at, now)}"
        )
        return f"Nobody is on call in {rotation.name}{then}."
    first = rotation.on[0]
    until = "" if first.until is None else f" until {_moment(first.until, now)}, then {first.then or 'nobody'}"
    return f"{first.person} is on call in {rotation.name}{until}."


def _rows(rotation: RotationView, now: datetime) -> list[list[str]]:
    source = _SOURCES.get(rotation.source, rotation.source)
    levels = sorted({shift.level for shift in rotation.shifts})
    on = {duty.level: duty for duty in rotation.on}
    rows = []
    for level in levels:
        duty = on.get(level)
        if duty is None:
            begins = next((s for s in rotation.shifts if s.level == level and s.person is not None), None)
            until, then = (_moment(begins.began_at, now), begins.person or "") if begins else ("-", "-")
            rows.append([rotation.name, str(level), "nobody", until, then, "hours", source])
            continue
        until = "-" if duty.until is None else _moment(duty.until, now)
        then = "-" if duty.until is None else duty.then or "nobody"
        rows.append([rotation.name, str(level), duty.person, until, then, duty.override or "turn", source])
    return rows


def _draw_gaps(screen: Screen, view: OnCallView, days: int) -> None:
    for rotation in view.rotations:
        if not rotation.gaps:
            continue
        screen.heading(f"Nobody is on call in {rotation.name}")
        shown = rotation.gaps[:_MOST_GAPS]
        screen.rows([(screen.sign(DEGRADED), Text(_gap(gap, screen.now))) for gap in shown])
        if more := len(rotation.gaps) - len(shown):
            screen.sentence(f"and {count(more, 'more gap')} within {count(days, 'day')}; --json lists them all.")


def _gap(gap: GapView, now: datetime) -> str:
    lasts = length((gap.ends_at - gap.began_at).total_seconds())
    return f"from {_moment(gap.began_at, now)} until {_moment(gap.ends_at, now)} ({lasts})"


def _draw_overrides(screen: Screen, view: OnCallView) -> None:
    if not view.overrides:
        return
    screen.heading("Overrides")
    screen.table(
        [
            Column("name"),
            Column("rotation", 8),
            Column("level", right=True),
            Column("person", 8),
            Column("from"),
            Column("until"),
        ],
        [
            [
                each.name,
                each.rotation,
                str(each.level),
                each.person,
                _moment(each.starts_at, screen.now),
                _moment(each.ends_at, screen.now),
            ]
            for each in view.overrides
        ],
    )


def _moment(at: datetime, now: datetime) -> str:
    """Return a moment that is ahead as people say it, in local time."""
    local, today = at.astimezone(), now.astimezone()
    days = (local.date() - today.date()).days
    return f"{local:%a %H:%M}" if 0 < days < 7 else clock(at.astimezone(UTC), now)
