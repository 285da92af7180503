"""Watching the test of a channel: each step as it happens, with its time, and a verdict at the end."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from statusapp_agent.cli.client import Client, Reply, path_of
from statusapp_agent.cli.show import Screen
from statusapp_agent.cli.words import DEGRADED, DOWN, FINE, Mark, length
from statusapp_shared.protocol import ChannelView, DeliveryView, IncidentView, TestStarted

_POLL_S = 0.2
_FINE_S = 10.0  # below this, tenths of a second tell something
_QUEUED = Mark("○", ".", "bright_black")

_PROOF = {"verified": FINE, "closed": FINE, "nobody": DOWN, "unverified": DEGRADED}
"""Lines of the story that tell what PagerDuty itself shows, with the sign of each."""

Step = tuple[Mark, float, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a test ended; ``document`` is the same for programs."""

    passed: bool
    sentence: str
    document: dict[str, Any]


@dataclass(slots=True)
class Watch:
    """What of a test has been told already; `steps` tells what is new in a fresh look at its incident."""

    taker: str
    told: set[tuple[object, ...]] = field(default_factory=set)

    def steps(self, view: IncidentView, took_s: float) -> Iterator[Step]:
        """Return the steps that were not told yet, with seconds since the test began; ``took_s`` is the present."""
        for item in view.deliveries:
            yield from self._of(view, item, took_s)
        for line in view.timeline:
            if line.kind in _PROOF and self._fresh(line.kind, line.at):
                after_s = max((line.at - view.opened_at).total_seconds(), 0.0)
                yield _PROOF[line.kind], after_s, line.text

    def _of(self, view: IncidentView, item: DeliveryView, took_s: float) -> Iterator[Step]:
        if self._fresh(item.id, "queued"):
            yield _QUEUED, 0.0 if item.action != "resolve" else took_s, f"{item.action} queued"
        if item.state == "pending" and item.attempts and item.next_attempt_at is not None:
            if item.accepted_at is not None:
                if self._fresh(item.id, item.reason):
                    yield _QUEUED, took_s, f"{item.action} {item.reason}"
            elif self._fresh(item.id, item.attempts):
                yield DEGRADED, took_s, f"{item.action}, try {item.attempts}: {item.reason}"
        elif item.state != "pending" and self._fresh(item.id, item.state):
            yield self._end(view, item, took_s)

    def _end(self, view: IncidentView, item: DeliveryView, took_s: float) -> Step:
        if item.state == "delivered":
            return FINE, _after(view, item, took_s), self._accepted(view, item, took_s)
        if _no_end_needed(item):
            return FINE, took_s, f"no {item.action}: {item.reason}"
        return DOWN, took_s, f"{item.action} {item.state}: {item.reason or 'no reason given'}"

    def _accepted(self, view: IncidentView, item: DeliveryView, took_s: float) -> str:
        after = _time(_after(view, item, took_s))
        tries = f", at try {item.attempts}" if item.attempts > 1 else ""
        said = f": {item.reason}" if item.reason else ""
        taken = "taken" if item.unconfirmed else "accepted"
        return f"{item.action} {taken} by {self.taker} after {after}{tries}{said}"

    def _fresh(self, *what: object) -> bool:
        fresh = what not in self.told
        self.told.add(what)
        return fresh


def _no_end_needed(item: DeliveryView) -> bool:
    """Whether the channel leaves nothing open, so that the end of the test needs no telling there."""
    return item.action == "resolve" and item.state == "cancelled" and item.attempts > 0


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < _FINE_S else length(seconds)


def _open_there(view: IncidentView) -> bool:
    theirs = view.pagerduty
    return theirs is not None and theirs.verified and theirs.status != "resolved"


def finished(view: IncidentView, *, quiet: bool) -> bool:
    """Whether nothing more will happen: every delivery at rest, and the incident over unless a page failed."""
    if not view.deliveries or any(item.state == "pending" for item in view.deliveries):
        return False
    if _open_there(view):
        return False  # accepted is not closed: PagerDuty shows it a moment later
    if quiet or view.status == "resolved":
        return True
    return any(item.state == "refused" for item in view.deliveries)


def passed(view: IncidentView, *, quiet: bool) -> bool:
    """Whether it was delivered, and resolved unless it was a quiet one that opens nothing."""
    fine = (item.state == "delivered" or _no_end_needed(item) for item in view.deliveries)
    delivered = bool(view.deliveries) and all(fine)
    if _open_there(view):
        return False
    if any(line.kind == "nobody" for line in view.timeline):
        return False
    return delivered and (quiet or view.status == "resolved")


def watch(client: Client, screen: Screen, started: TestStarted, timeout_s: float) -> Verdict:
    """Follow a test until it ends or ``timeout_s`` is over, and write each step as it happens."""
    screen.sentence(f"Testing {started.channel}{' quietly, with a change event' if started.quiet else ''}:")
    kind = client.get(path_of("channels", started.channel), ChannelView).view.kind
    seen, begun = Watch("PagerDuty" if kind == "pagerduty" else started.channel), time.monotonic()
    while True:
        reply = client.get(path_of("incidents", started.incident_id), IncidentView)
        took = time.monotonic() - begun
        for mark, after, text in seen.steps(reply.view, took):
            screen.rows([(screen.sign(mark), Text(f"{_time(after):>9}"), Text(text))])
        if finished(reply.view, quiet=started.quiet) or took >= timeout_s:
            return _verdict(screen, started, reply, took)
        time.sleep(min(_POLL_S, max(timeout_s - took, 0)))


def _verdict(screen: Screen, started: TestStarted, reply: Reply[IncidentView], took: float) -> Verdict:
    view = reply.view
    ok = passed(view, quiet=started.quiet)
    if ok and not started.quiet:
        _nothing_left(screen, view)
    sentence = _sentence(started, view, took) if not ok else _works(started, view, took)
    document = {
        "channel": started.channel,
        "quiet": started.quiet,
        "passed": ok,
        "delivered": any(item.state == "delivered" and item.action != "resolve" for item in view.deliveries),
        "resolved": view.status == "resolved",
        "seconds": round(took, 3),
        "sentence": sentence,
        "incident": reply.raw,
    }
    return Verdict(ok, sentence, document)


def _works(started: TestStarted, view: IncidentView, took: float) -> str:
    if any(item.unconfirmed for item in view.deliveries):
        return f"{started.channel} took the test within {_time(took)}; only you can see whether it arrived."
    return f"{started.channel} works: tested in {_time(took)}."


def _sentence(started: TestStarted, view: IncidentView, took: float) -> str:
    failed = (item for item in view.deliveries if item.state in ("refused", "cancelled") and not _no_end_needed(item))
    refused = next(failed, None)
    if refused is not None:
        return f"{started.channel} does not work: {refused.action} {refused.state}: {_stop(refused.reason)}"
    waiting = next((item for item in view.deliveries if item.state == "pending"), None)
    if waiting is not None:
        reason = waiting.reason or "no answer yet"
        if waiting.accepted_at is not None:
            return f"{started.channel} is not proven within {length(took)}: {_stop(reason)}"
        return f"{started.channel} has not taken the {waiting.action} within {length(took)}: {_stop(reason)}"
    nobody = next((line for line in view.timeline if line.kind == "nobody"), None)
    if nobody is not None:
        return f"{started.channel} pages nobody: {_stop(nobody.text.partition(': ')[2])}"
    theirs = view.pagerduty
    if theirs is not None and theirs.verified and theirs.status != "resolved":
        return (
            f"{started.channel} is not proven: PagerDuty still shows the test as {theirs.status} after {length(took)}."
        )
    ending = "nothing was queued" if not view.deliveries else "the test incident is not resolved"
    return f"{started.channel} is not proven: {ending} within {length(took)}. See: statusapp doctor {started.channel}"


def _stop(reason: str) -> str:
    return f"{reason.rstrip('.')}."


def _nothing_left(screen: Screen, view: IncidentView) -> None:
    theirs = view.pagerduty
    if theirs is not None and theirs.verified and theirs.status != "resolved":
        text = f"PagerDuty still shows the incident as {theirs.status or 'open'}"
        screen.rows([(screen.sign(DEGRADED), Text(" " * 9), Text(text))])
        return
    seen = " (seen at PagerDuty)" if theirs is not None and theirs.verified else ""
    screen.rows([(screen.sign(FINE), Text(" " * 9), Text(f"nothing left open{seen}"))])


def _after(view: IncidentView, item: DeliveryView, took_s: float) -> float:
    return took_s if item.delivered_at is None else max((item.delivered_at - view.opened_at).total_seconds(), 0.0)
