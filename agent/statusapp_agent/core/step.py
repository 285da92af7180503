"""The one decision of the agent: ``step(state, event, now)`` returns what is to be done, and does nothing itself.

Write, act, tell: whoever carries the effects out first saves them in one transaction, then sends and reschedules, then
tells the clients.
"""

from datetime import datetime

from statusapp_agent.core import (
    answering,
    changing,
    drilling,
    errands,
    events,
    examining,
    mute,
    passing,
    people,
    sending,
    syncing,
    watching,
)
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.state import Effect, State


def step(state: State, event: events.Event, now: datetime) -> list[Effect]:  # noqa: C901 - one line for each event
    """Decide what an event means. Raises NotAllowedError when a person's command does not fit what is."""
    draft = Draft(state, now)
    match event:
        case events.Checked(name, result):
            watching.checked(draft, name, result)
        case events.Attempting(number):
            sending.attempting(draft, number)
        case events.Attempted(number, outcome):
            sending.attempted(draft, number, outcome)
        case events.Tick():
            passing.tick(draft)
            syncing.tick(draft)
            drilling.tick(draft)
        case events.CanaryBegun(number):
            draft.settle(rounds_begun=number)
        case events.CanaryLooked(number, seen):
            draft.settle(round=seen, round_number=number)
            watching.looked(draft, number)
        case events.Acknowledge():
            people.acknowledge(draft, event)
        case events.Answered():
            answering.answered(draft, event)
        case events.Resolve():
            people.resolve(draft, event)
        case events.Snooze():
            people.snooze(draft, event)
        case events.TakeBack():
            people.take_back(draft, event)
        case events.MuteFor():
            mute.mute(draft, event)
        case events.Unmute():
            mute.unmute(draft, event)
        case events.Note():
            people.note(draft, event)
        case events.Pause():
            people.pause(draft, event)
        case events.Resume():
            people.resume(draft, event)
        case events.Beaten():
            people.beaten(draft, event)
        case events.ChangeHappened():
            people.change_happened(draft, event)
        case events.TestChannel():
            people.test_channel(draft, event)
        case events.Examined():
            examining.examined(draft, event)
        case events.Drill():
            drilling.begin(draft, event)
        case events.SettingsChanged():
            changing.settings_changed(draft, event)
        case events.SecretChanged(channel, versions, by):
            changing.secret_changed(draft, channel, versions, by)
        case events.Gap(began_at, ended_at, cause, beats):
            passing.gap(draft, began_at, ended_at, cause, beats)
        case events.ClockStepped(seconds):
            passing.clock_stepped(draft, seconds)
        case events.NetworkChanged(network):
            draft.settle(network=network)
        case events.Synced(report):
            syncing.synced(draft, report)
        case events.StraysSeen(channel, keys):
            syncing.strays(draft, channel, keys)
        case events.WorkThere():
            people.work_there(draft, event)
        case events.ErrandEnded(number, outcome):
            errands.ended(draft, number, outcome)
        case events.Started():
            passing.started(draft)
    return draft.effects
