"""What people (and their scripts) ask for: acknowledge, resolve, snooze, note, pause, resume, test, report a change."""

from dataclasses import replace

from statusapp_agent.core import incident as life
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.errand import Verb
from statusapp_agent.core.errands import demand, queue
from statusapp_agent.core.escalation import resumed
from statusapp_agent.core.events import (
    Acknowledge,
    Beaten,
    ChangeHappened,
    Note,
    Pause,
    Resolve,
    Resume,
    Snooze,
    TakeBack,
    TestChannel,
    WorkThere,
)
from statusapp_agent.core.health import Health, HealthState
from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.model import (
    Action,
    Beat,
    Delivery,
    Incident,
    IncidentStatus,
    Purpose,
    Severity,
    TimelineEntry,
)
from statusapp_agent.core.news import tell_news
from statusapp_agent.core.notice import change_notice
from statusapp_agent.core.outbox import acknowledge_lanes, close_lanes, enqueue
from statusapp_agent.core.state import Change, ChannelRecord, Log, Reschedule, Wake, Watch
from statusapp_agent.core.watching import REOPEN_AFTER, close_incident


def _incident(draft: Draft, incident_id: str) -> Incident:
    incident = draft.incident(incident_id)
    if incident is None:
        raise NotAllowedError("that incident is over, nothing about it can be changed any more")
    return incident


def _watch(draft: Draft, name: str) -> Watch:
    watch = draft.watch(name)
    if watch is None:
        raise NotAllowedError(f"there is no monitor {name!r}; `statusapp monitors list` shows those that exist")
    return watch


def _log(draft: Draft, incident: Incident, entry: TimelineEntry) -> None:
    draft.effects.append(Log(incident.id, entry))


def acknowledge(draft: Draft, asked: Acknowledge) -> None:
    """Somebody has it in hand: say so everywhere it was told, and stop what waits for nobody having it."""
    before = _incident(draft, asked.incident)
    incident, entry = life.acknowledge(before, draft.now, asked.by, asked.via)
    draft.save(replace(incident, snoozed_until=None, escalates_at=None))
    _log(draft, incident, entry)
    draft.audit(asked.by, "acknowledge", f"#{incident.number}", incident.monitor)
    if before.status is not IncidentStatus.ACKNOWLEDGED:
        acknowledge_lanes(draft, incident, f"acknowledged by {asked.by}")
    queue(draft, incident, Verb.ACKNOWLEDGE, asked.by)
    for member in _open_members(draft, incident):
        acknowledge(draft, replace(asked, incident=member.id))


def _open_members(draft: Draft, incident: Incident) -> list[Incident]:
    """Return the incidents that an umbrella speaks for: what is done to it is done to them."""
    return [each for each in draft.members(incident.id) if each.is_open]


def resolve(draft: Draft, asked: Resolve) -> None:
    """Somebody says it is over. If the monitor goes on failing, it opens a new incident after ten minutes."""
    incident = _incident(draft, asked.incident)
    watch = draft.watch(incident.monitor)
    reason = f"resolved by {asked.by} via {asked.via}"
    if watch is not None and watch.incident == incident.id:
        close_incident(draft, incident.monitor, reason, by=asked.by, via=asked.via)
        current = draft.watch(incident.monitor) or watch
        if current.health.state is HealthState.DOWN:
            draft.save(replace(current, quiet_until=draft.now + REOPEN_AFTER))
            draft.log(incident, "note", "it still fails; if it goes on for 10 minutes, a new incident opens")
    else:
        closed, entry = life.resolve(incident, draft.now, reason, asked.by, asked.via)
        draft.save(closed)
        _log(draft, closed, entry)
        close_lanes(draft, closed, reason)
        for member in _open_members(draft, closed):
            resolve(draft, replace(asked, incident=member.id))
    draft.audit(asked.by, "resolve", f"#{incident.number}", incident.monitor)
    queue(draft, incident, Verb.RESOLVE, asked.by)


def snooze(draft: Draft, asked: Snooze) -> None:
    """Somebody has it in hand and wants to be asked again at a moment."""
    before = _incident(draft, asked.incident)
    incident, entry = life.snooze(before, draft.now, asked.until, asked.by, asked.via)
    draft.save(replace(incident, escalates_at=None))
    _log(draft, incident, entry)
    draft.audit(asked.by, "snooze", f"#{incident.number}", f"until {asked.until.isoformat()}")
    if before.status is not IncidentStatus.ACKNOWLEDGED:
        acknowledge_lanes(draft, incident, f"snoozed by {asked.by}")
    seconds = max(1, round((asked.until - draft.now).total_seconds()))
    queue(draft, incident, Verb.SNOOZE, asked.by, {"seconds": seconds})
    for member in _open_members(draft, incident):
        snooze(draft, replace(asked, incident=member.id))


def take_back(draft: Draft, asked: TakeBack) -> None:
    """Nobody has it in hand any more: it is open as before, and escalates again."""
    before = _incident(draft, asked.incident)
    incident, entry = life.take_back(before, draft.now, asked.by, asked.via)
    draft.save(incident)
    _log(draft, incident, entry)
    draft.audit(asked.by, "unacknowledge", f"#{incident.number}", incident.monitor)
    resumed(draft, incident)
    for member in _open_members(draft, incident):
        if member.status is IncidentStatus.ACKNOWLEDGED:
            take_back(draft, replace(asked, incident=member.id))


def note(draft: Draft, asked: Note) -> None:
    """Write a line into the story; that is welcome after the end as well, when the incident is not in mind any more."""
    draft.effects.append(Log(asked.incident, TimelineEntry(draft.now, "note", asked.text, asked.by, asked.via)))
    draft.audit(asked.by, "note", asked.incident)
    if (incident := draft.incident(asked.incident)) is not None:
        tell_news(draft, incident, f"note by {asked.by}: {asked.text}")
        queue(draft, incident, Verb.NOTE, asked.by, {"text": asked.text})


def work_there(draft: Draft, asked: WorkThere) -> None:
    """Have something done at PagerDuty that exists only there; it is refused at once where that cannot be."""
    incident = _incident(draft, asked.incident)
    details = dict(asked.details)
    text = str(details.get("text", ""))
    if asked.verb is Verb.MERGE:
        into = _incident(draft, str(details["into"]))
        details["into"] = _id_there(draft, into)
        text = f"is to be merged into #{into.number}"
    elif asked.verb is Verb.REASSIGN:
        text = f"is to be reassigned to {details['to']}"
    demand(draft, incident, asked.verb, asked.by, details)
    _log(draft, incident, TimelineEntry(draft.now, asked.verb.value, text, asked.by, asked.via))
    draft.audit(asked.by, asked.verb.value, f"#{incident.number}", incident.monitor)


def _id_there(draft: Draft, incident: Incident) -> str:
    for counterpart in draft.counterparts(incident.id):
        if counterpart.id is not None and counterpart.open_there:
            return counterpart.id
    raise NotAllowedError(f"incident #{incident.number} is not known to be open in PagerDuty; it cannot be merged into")


def pause(draft: Draft, asked: Pause) -> None:
    """Stop checking; an open incident is closed, because nobody would notice its end."""
    watch = _watch(draft, asked.monitor)
    close_incident(draft, asked.monitor, f"paused by {asked.by}", by=asked.by, via="pause")
    watch = draft.watch(asked.monitor) or watch
    draft.save(replace(watch, paused=True, blind=None, blind_since=None, held_by=None))
    draft.audit(asked.by, "pause", asked.monitor)


def resume(draft: Draft, asked: Resume) -> None:
    """Check again, knowing nothing: what was true before the pause may not be true now."""
    watch = _watch(draft, asked.monitor)
    if watch.paused:
        beat = replace(watch.beat, watching_since=draft.now, last_at=None, failed=False) if watch.beat else None
        draft.save(replace(watch, paused=False, health=Health(outages=watch.health.outages), beat=beat))
        draft.effects.append(Reschedule(asked.monitor, 0.0))
    draft.audit(asked.by, "resume", asked.monitor)


def beaten(draft: Draft, report: Beaten) -> None:
    """Take the report of a heartbeat's reporter in, and judge it at once."""
    watch = _watch(draft, report.monitor)
    if watch.monitor.kind != "heartbeat":
        raise NotAllowedError(
            f"{report.monitor!r} is a monitor of kind {watch.monitor.kind!r}; only a heartbeat monitor takes reports"
        )
    beat = watch.beat or Beat(watching_since=draft.now)
    if report.status == "start":
        beat = replace(beat, started_at=draft.now, message=report.message)
    else:
        beat = replace(
            beat,
            last_at=draft.now,
            started_at=None,
            failed=report.status == "fail",
            message=report.message,
            excused_until=None,
        )
    draft.save(replace(watch, beat=beat))
    draft.effects.append(Reschedule(report.monitor, 0.0))


def change_happened(draft: Draft, report: ChangeHappened) -> None:
    """Remember a change, show it next to the incidents that follow, and tell the channels that take changes."""
    if report.monitor is not None:
        _watch(draft, report.monitor)
    draft.save(Change(draft.now, report.summary, report.link, report.monitor, report.by))
    for record in draft.state.channels.values():
        if record.retired or (report.channels is not None and record.name not in report.channels):
            continue
        _queue_change(draft, record, report, None)
    draft.audit(report.by, "change", report.monitor or "", report.summary)


def _queue_change(draft: Draft, record: ChannelRecord, report: ChangeHappened, incident: Incident | None) -> bool:
    if Action.CHANGE not in draft.state.actions.get(record.channel.kind, frozenset()):
        return False
    told = change_notice(draft, report.summary, report.link, report.monitor, report.details)
    delivery = Delivery(
        id=draft.next_delivery_id(),
        channel=record.name,
        action=Action.CHANGE,
        notice=told,
        created_at=draft.now,
        incident=incident.id if incident else None,
        severity=Severity.INFO,
        reason=report.summary,
    )
    draft.save(delivery)
    draft.effects.append(Wake(record.name))
    return True


def test_channel(draft: Draft, asked: TestChannel) -> None:
    """Walk the real road: the same outbox, lanes and outcomes as a page, and it closes itself."""
    record = draft.channel(asked.channel)
    if record is None or record.retired:
        raise NotAllowedError(
            f"there is no channel {asked.channel!r}; `statusapp channels list` shows those that exist"
        )
    incident = Incident(
        id=asked.incident,
        number=draft.next_incident_number(),
        monitor=asked.channel,
        severity=Severity.INFO,
        cause=f"test of the channel {asked.channel}, asked for by {asked.by}; nothing is wrong",
        began_at=draft.now,
        opened_at=draft.now,
        purpose=Purpose.TEST,
    )
    draft.save(incident)
    draft.log(incident, "opened", incident.cause)
    if asked.quiet:
        report = ChangeHappened(f"StatusApp: quiet test of the channel {asked.channel}", None, None, asked.by)
        queued = _queue_change(draft, record, report, incident)
    else:
        queued = enqueue(draft, incident, asked.channel, Action.TEST, "test") is not None
    if not queued:
        quietly = "a quiet test" if asked.quiet else "a test"
        raise NotAllowedError(f"channels of kind {record.channel.kind!r} cannot do {quietly}")
    draft.audit(asked.by, "test", asked.channel, "quiet" if asked.quiet else "")
