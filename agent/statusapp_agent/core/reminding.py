"""Hand-offs are told ahead of them and when they happen, once each: who goes off, who comes on, and what is open.

How far that has been told is written down for each rotation, together with the message, so that a restart neither
repeats nor loses one. What was missed while the agent was stopped is still told if it is not hours old.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.health import is_flapping, recent_outages
from statusapp_agent.core.maintenance import begins_within, ends_at
from statusapp_agent.core.model import Action, Delivery, Incident, IncidentStatus, Maintenance, Purpose, Severity
from statusapp_agent.core.notice import change_notice
from statusapp_agent.core.oncall import Handoff, handoffs
from statusapp_agent.core.oncall_words import moment
from statusapp_agent.core.phrases import count, listed
from statusapp_agent.core.roster import Roster, Rotation
from statusapp_agent.core.state import Reminded, Wake

LATEST = timedelta(hours=4)
"""A hand-off that is longer ago is no news to anybody."""
_LOOK = timedelta(days=1)
_NOISY = 2
_MOST_LINES = 20


def roster_changed(draft: Draft, new: Roster) -> None:
    """Forget the hand-offs of the past where a rotation is another one now: they were not those that happened."""
    old = draft.state.roster
    for name, rotation in new.rotations.items():
        same = old.rotations.get(name) == rotation and _overrides(old, name) == _overrides(new, name)
        if not same:
            draft.save(Reminded(name, draft.now))
    if draft.state.reminder_due is not None:
        draft.settle(reminder_due=None)


def _overrides(roster: Roster, rotation: str) -> list[object]:
    return [each for each in roster.overrides if each.rotation == rotation]


def tick(draft: Draft) -> None:
    """Tell the hand-offs whose time has come: cheap until then, because it runs every second."""
    roster: Roster = draft.settled("roster")
    due: datetime | None = draft.settled("reminder_due")
    if due is not None and draft.now < due <= draft.now + 2 * _LOOK:
        return
    telling = [rotation for rotation in roster.rotations.values() if rotation.remind is not None]
    if not telling:
        return
    for rotation in telling:
        _tell_due(draft, roster, rotation)
    ahead = [at for rotation in telling for at in _moments(roster, rotation, draft.now)]
    draft.settle(reminder_due=min([*ahead, draft.now + _LOOK]))


def _moments(roster: Roster, rotation: Rotation, now: datetime) -> Iterable[datetime]:
    before = timedelta(seconds=rotation.remind_before_s)
    for handoff in handoffs(roster, rotation, now, now + before + _LOOK):
        yield from (at for at in (handoff.at - before, handoff.at) if at > now)


def _tell_due(draft: Draft, roster: Roster, rotation: Rotation) -> None:
    told = draft.state.reminded.get(rotation.name)
    if told is None or told > draft.now + _LOOK:
        draft.save(Reminded(rotation.name, draft.now))
        return
    before = timedelta(seconds=rotation.remind_before_s)
    start = max(told, draft.now - LATEST)
    found = handoffs(roster, rotation, start, draft.now + before) if start < draft.now else []
    happened = [each for each in found if each.at <= draft.now]
    ahead = [each for each in found if each.at > draft.now and start < each.at - before]
    for group in _by_moment(happened)[-1:] + _by_moment(ahead):
        _tell(draft, rotation, group)
    if happened or ahead:
        draft.save(Reminded(rotation.name, draft.now))


def _by_moment(found: Sequence[Handoff]) -> list[list[Handoff]]:
    """Return hand-offs of several levels at one moment as one."""
    grouped: dict[datetime, list[Handoff]] = {}
    for each in found:
        grouped.setdefault(each.at, []).append(each)
    return list(grouped.values())


def _tell(draft: Draft, rotation: Rotation, group: Sequence[Handoff]) -> None:
    record = draft.channel(rotation.remind or "")
    text = _headline(draft, rotation, group)
    kind = record.channel.kind if record is not None else ""
    if record is None or Action.CHANGE not in draft.state.actions.get(kind, frozenset()):
        draft.audit("statusapp", "hand-off", rotation.name, text)
        return
    people = [name for each in group for name in (each.off, each.on) if name is not None]
    details = {"lines": open_lines(draft, rotation), "people": list(dict.fromkeys(people)), "rotation": rotation.name}
    draft.save(
        Delivery(
            id=draft.next_delivery_id(),
            channel=record.name,
            action=Action.CHANGE,
            notice=change_notice(draft, text, None, None, details),
            created_at=draft.now,
            severity=Severity.INFO,
            reason=text,
        )
    )
    draft.effects.append(Wake(record.name))


def _headline(draft: Draft, rotation: Rotation, group: Sequence[Handoff]) -> str:
    at = group[0].at
    when = "now" if at <= draft.now else f"at {moment(at, draft.now, ZoneInfo(rotation.timezone))}"
    said = []
    for each in group:
        level = "" if each.level == 1 else f" on level {each.level}"
        if each.on is None:
            said.append(f"{each.off} goes off{level}, and nobody follows")
        elif each.off is None:
            said.append(f"{each.on} comes on{level}")
        else:
            said.append(f"{each.on} takes over from {each.off}{level}")
    opened = [each for each in draft.incidents() if each.is_open and each.purpose is Purpose.REAL]
    waiting = sum(each.status is IncidentStatus.OPEN for each in opened)
    taken = len(opened) - waiting
    state = f"{count(waiting, 'incident')} open and {taken} acknowledged" if opened else "nothing is open"
    return f"On call in {rotation.name} {when}: {listed(said)}; {state}"


def open_lines(draft: Draft, rotation: Rotation) -> list[str]:
    """Return what whoever comes on has to know, a line for each: open, acknowledged, noisy, due."""
    zone = ZoneInfo(rotation.timezone)

    def at(when: datetime) -> str:
        return moment(when, draft.now, zone)

    opened = [each for each in draft.incidents() if each.is_open and each.purpose is Purpose.REAL]
    opened.sort(key=lambda each: (each.status is not IncidentStatus.OPEN, each.severity.rank, each.number))
    lines = [_incident_line(each, at(each.opened_at)) for each in opened]
    for name in sorted(draft.state.watches):
        watch = draft.watch(name)
        if watch is None:
            continue
        outages = len(recent_outages(watch.health, draft.now))
        if is_flapping(watch.health, watch.monitor, draft.now) or outages >= _NOISY:
            lines.append(f"Noisy: {name} had {count(outages, 'outage')} within an hour")
    lines += [
        f"Due: #{each.number} {each.monitor} is snoozed until {at(each.snoozed_until)}"
        for each in opened
        if each.snoozed_until is not None
    ]
    windows: tuple[Maintenance, ...] = draft.settled("maintenance")
    for window in windows:
        if (ends := ends_at(window, draft.now)) is not None:
            lines.append(f"Due: maintenance {window.name} is on until {at(ends)}")
        elif (begins := begins_within(window, draft.now, _LOOK)) is not None:
            lines.append(f"Due: maintenance {window.name} begins {at(begins)}")
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"and {more} more: statusapp status"] if more > 0 else lines


def _incident_line(incident: Incident, opened: str) -> str:
    taken = ""
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        taken = f", acknowledged by {incident.acknowledged_by}"
    word = "Acknowledged" if taken else "Open"
    return f"{word}: #{incident.number} {incident.monitor} since {opened}{taken}: {incident.cause}"
