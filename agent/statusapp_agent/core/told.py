"""What has become of a message, and whether a channel works, in words: the last links from a check to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from statusapp_agent.core.model import Action, Delivery, DeliveryState, When
from statusapp_agent.core.phrases import ago, between, clock, count, lasting, sentence
from statusapp_agent.core.state import ChannelRecord


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain from a check to a person.

    ``ok``: a page gets past it (True), ends there (False), or that is not known or not the question now (None).
    ``remedy`` says what to do about it.
    """

    ok: bool | None
    text: str
    remedy: str | None = None


OPENING = (Action.TRIGGER, Action.TEST)

_QUESTIONS: Mapping[Action, str] = {
    Action.TRIGGER: "Was {} told?",
    Action.TEST: "Did the test reach {}?",
    Action.ACKNOWLEDGE: "Was {} told that somebody has it?",
    Action.RESOLVE: "Was {} told that it is over?",
    Action.UPDATE: "Was {} told the news?",
    Action.CHANGE: "Was {} told of the change?",
}

_CONDITIONS: Mapping[When, str] = {
    When.ALWAYS: "",
    When.UNACKNOWLEDGED: ", unless somebody acknowledges before",
    When.UNDELIVERED: ", unless another channel was reached before",
}


def question(delivery: Delivery) -> str:
    """Return the question that a message answers: ``Was pd told that it is over?``."""
    name, _, generation = delivery.channel.partition("~")
    return _QUESTIONS[delivery.action].format(f"{name} (as it was before it changed)" if generation else name)


def told(delivery: Delivery, today: datetime, zone: tzinfo = UTC) -> Link:
    """Return what has become of a message; times are told as seen on the day of ``today``."""
    unsure = "It may have arrived: a try ended without a readable answer" if delivery.maybe_sent else ""
    match delivery.state:
        case DeliveryState.DELIVERED if delivery.unconfirmed:
            at = clock(delivery.delivered_at or delivery.created_at, today, zone)
            return Link(None, sentence(f"Not known: it left at {at}{_tries(delivery)}: {delivery.reason}"))
        case DeliveryState.DELIVERED:
            return Link(True, _delivered(delivery, today, zone))
        case DeliveryState.PENDING:
            return Link(None, sentence(_pending(delivery, today, zone), unsure))
        case DeliveryState.REFUSED:
            at = f" at {clock(delivery.last_attempt_at, today, zone)}" if delivery.last_attempt_at else ""
            text = f"No, refused{at}{_tries(delivery)}: {delivery.reason}"
            return Link(False, sentence(text, unsure), "Mend the channel, then test it; an open incident pages again.")
        case DeliveryState.CANCELLED:
            # A step with a condition that was never tried was not missed: its condition did not hold.
            missed = delivery.action in OPENING and (delivery.attempts > 0 or delivery.when is When.ALWAYS)
            missed = missed and delivery.storm is None
            return Link(False if missed else None, sentence(f"No, {delivery.reason}{_tries(delivery)}", unsure))


def _delivered(delivery: Delivery, today: datetime, zone: tzinfo) -> str:
    due = max(delivery.created_at, delivery.not_before or delivery.created_at)
    if delivery.delivered_at is None:
        return sentence(f"Yes: {delivery.reason}")
    took = f"{between(due, delivery.delivered_at)} after it was due"
    return sentence(f"Yes, at {clock(delivery.delivered_at, today, zone)}, {took}{_tries(delivery)}: {delivery.reason}")


def _tries(delivery: Delivery) -> str:
    return f", after {delivery.attempts} tries" if delivery.attempts > 1 else ""


def _pending(delivery: Delivery, today: datetime, zone: tzinfo) -> str:
    if delivery.sending:
        since = f" since {clock(delivery.last_attempt_at, today, zone)}" if delivery.last_attempt_at else ""
        return f"Try {delivery.attempts} is under way{since}"
    if delivery.accepted_at is not None:
        since = clock(delivery.accepted_at, today, zone)
        return f"Not yet: it was taken at {since}, and whether it arrives is asked for: {delivery.reason}"
    if delivery.held:
        return f"Not yet: it waits: {delivery.held}"
    if delivery.attempts == 0:
        if delivery.not_before is not None:
            return f"Not yet: it waits until {clock(delivery.not_before, today, zone)}{_CONDITIONS[delivery.when]}"
        return f"Not yet: it has been queued since {clock(delivery.created_at, today, zone)}"
    following = f"; next try at {clock(delivery.next_attempt_at, today, zone)}" if delivery.next_attempt_at else ""
    return f"Not yet, after {count(delivery.attempts, 'try', 'tries')}: {delivery.reason}{following}"


def works(record: ChannelRecord, now: datetime, zone: tzinfo = UTC) -> Link:
    """Return whether a channel takes messages now, by its last answers."""
    name = record.name
    test = f"`statusapp channels test {name}` shows whether it works again."
    if record.broken:
        return Link(False, sentence(f"It cannot send: {record.broken}"), f"Mend its settings or its key; {test}")
    if record.held_until is not None and record.held_until > now:
        until = clock(record.held_until, now, zone)
        return Link(None, sentence(f"It waits until {until}: {record.held_reason or 'it was asked to'}"))
    if record.failing_since is not None:
        text = f"Its tries have failed for {lasting(record.failing_since, now)}: {record.last_error or 'no answer'}"
        return Link(None, sentence(text), f"Messages are kept and tried again; {test}")
    if record.last_delivered_at is not None:
        return Link(True, f"It last took a message {ago(record.last_delivered_at, now)}.")
    return Link(None, "Nothing was sent over it yet.", f"`statusapp channels test {name}` tries it.")
