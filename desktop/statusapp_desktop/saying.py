"""What is true of the agent and of all it watches, as a shape and a sentence. Pure; the tray and the window say it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from statusapp_desktop.mirror import Mirror
from statusapp_desktop.tokens import Shape
from statusapp_desktop.words import age, counted, tr


@dataclass(frozen=True, slots=True)
class Overall:
    """The one thing to know: a shape, how many wait for somebody, one sentence."""

    shape: Shape
    number: int
    sentence: str


def contact_words(mirror: Mirror, now: datetime, why: str) -> tuple[Shape, str, str] | None:
    """Return shape, title and detail of a band when what is shown may not be what is; None while it is."""
    if mirror.is_live(now):
        if mirror.speaks_our_version():
            return None
        version = mirror.agent.version if mirror.agent is not None else "?"
        return (
            "degraded",
            tr("The agent is version {version}, this window is older or newer.", version=version),
            tr("Reading works; to change things, install the same version of both."),
        )
    if mirror.heard_at is None:
        return "unreachable", tr("The agent does not answer."), why or tr("Looking for it.")
    return (
        "unreachable",
        tr("The agent does not answer."),
        tr(
            "Last heard {age}; what you see is from then. Monitoring may have stopped. {why}",
            age=age(mirror.heard_at, now),
            why=why,
        ).strip(),
    )


def overall(mirror: Mirror, now: datetime, *, muted: bool = False) -> Overall:
    """Return the worst there is: unreachable, down, blind, acknowledged, degraded, muted, fine.

    Never fine by default: nothing watched and nothing checked yet are not fine.
    """
    if not mirror.is_live(now):
        heard = mirror.heard_at
        since = tr("Never heard from it.") if heard is None else tr("Last heard {age}.", age=age(heard, now))
        return Overall("unreachable", 0, tr("The agent does not answer. {since}", since=since))
    monitors = list(mirror.monitors.values())
    states: Counter[str] = Counter(each.state for each in monitors)
    unseen = mirror.unseen()
    taken = [each for each in mirror.open_incidents() if each.status == "acknowledged" and each.purpose == "real"]
    with_incident = {each.monitor for each in mirror.open_incidents()}
    silent_downs = [each for each in monitors if each.state == "down" and each.name not in with_incident]
    waiting = len(unseen) + len(silent_downs)
    if waiting:
        first = unseen[0].monitor if unseen else silent_downs[0].name
        shape: Shape = "muted" if muted else "down"
        return Overall(shape, waiting, _down(first, waiting))
    watched = len(monitors) - states["paused"]
    unknown = states["blind"] + states["pending"]
    if not watched:
        return Overall("blind", 0, tr("Nothing is watched yet.") if not monitors else tr("Every monitor is paused."))
    if unknown * 2 > watched:
        return Overall("blind", 0, _unknown(states, watched))
    if taken:
        return Overall("acknowledged", len(taken), _taken(taken[0].monitor, taken[0].acknowledged_by, len(taken)))
    if states["degraded"]:
        slow = next(each for each in monitors if each.state == "degraded")
        return Overall("degraded", states["degraded"], _degraded(slow.name, states["degraded"]))
    if muted:
        return Overall("muted", 0, tr("Muted. Incidents still open; this computer stays silent."))
    return _fine(mirror, states, watched, unknown)


def _fine(mirror: Mirror, states: Counter[str], watched: int, unknown: int) -> Overall:
    problem = mirror.agent.problems[0] if mirror.agent is not None and mirror.agent.problems else ""
    if problem:
        return Overall("degraded", 0, problem)
    if not mirror.channels:
        return Overall("fine", 0, tr("{fine} Nobody is told yet: there is no channel.", fine=_count_fine(states)))
    if unknown:
        return Overall("fine", 0, tr("{fine} {unknown} cannot be seen.", fine=_count_fine(states), unknown=unknown))
    if states["up"] == watched:
        return Overall("fine", 0, counted(watched, "The monitor is fine.", "All {n} monitors are fine."))
    return Overall("fine", 0, _count_fine(states))


def _count_fine(states: Counter[str]) -> str:
    return counted(states["up"], "{n} monitor is fine.", "{n} monitors are fine.")


def _down(first: str, number: int) -> str:
    if number == 1:
        return tr("{monitor} is down, nobody has acknowledged.", monitor=first)
    return tr("{monitor} and {n} more are down, nobody has acknowledged.", monitor=first, n=number - 1)


def _unknown(states: Counter[str], watched: int) -> str:
    if states["pending"] > states["blind"]:
        return tr("{n} of {all} monitors are not checked yet.", n=states["pending"], all=watched)
    return tr("Blind: {n} of {all} monitors cannot be seen from here.", n=states["blind"], all=watched)


def _taken(first: str, by: str | None, number: int) -> str:
    who = by or tr("somebody")
    if number == 1:
        return tr("{monitor} is down, {who} has it.", monitor=first, who=who)
    return tr("{monitor} and {n} more are down, {who} has it.", monitor=first, n=number - 1, who=who)


def _degraded(first: str, number: int) -> str:
    if number == 1:
        return tr("{monitor} is degraded, nothing is down.", monitor=first)
    return tr("{monitor} and {n} more are degraded, nothing is down.", monitor=first, n=number - 1)
