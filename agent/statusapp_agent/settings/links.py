"""What settings say of each other: every name that is used must exist, and dependencies must not go in circles."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from statusapp_agent.core.model import Monitor
from statusapp_agent.core.routing import route
from statusapp_agent.settings.build import no_such_kind
from statusapp_agent.settings.faults import Findings
from statusapp_agent.settings.locate import Path
from statusapp_agent.settings.roster_links import check_roster
from statusapp_agent.settings.values import Settings

Where = Mapping[tuple[str, str], Path]
"""Where elements are in a file, by list and name."""


def check_links(settings: Settings, where: Where, kinds: Mapping[str, Any], to: Findings) -> None:
    """Add a fault for every name that leads nowhere. ``where`` places elements, by list and name, in the file."""
    _check_tiers(settings, where, kinds, to)
    _check_monitors(settings, where, to)
    for name, window in settings.maintenance.items():
        at = where.get(("maintenance", name), ())
        for monitor in window.value.monitors:
            _exists(to, (*at, "monitors"), f'maintenance "{name}"', "monitor", monitor, settings.monitors)
    _check_circles(settings, where, to)
    check_roster(settings, where, kinds, to)


def _check_tiers(settings: Settings, where: Where, kinds: Mapping[str, Any], to: Findings) -> None:
    for name, tier in settings.tiers.items():
        at = where.get(("tiers", name), ())
        for position, step in enumerate(tier.value.notify):
            place = (*at, "notify", position) if at else ()
            if step.channel is not None:
                _exists(to, (*place, "channel"), f'tier "{name}"', "channel", step.channel, settings.channels)
            elif step.kind not in kinds:
                to.fault(
                    (*place, "kind"), f'tier "{name}": {no_such_kind("channel", step.kind, kinds)}', step.kind, kinds
                )
        levels = tier.value.escalation.levels if tier.value.escalation is not None else ()
        for position, level in enumerate(levels):
            place = (*at, "escalation", "levels", position, "channels") if at else ()
            for channel in level.channels:
                _exists(to, place, f'tier "{name}"', "channel", channel, settings.channels)


def _check_monitors(settings: Settings, where: Where, to: Findings) -> None:
    tiers = settings.tiers_in_force()
    for name, entry in settings.monitors.items():
        at, subject = where.get(("monitors", name), ()), f'monitor "{name}"'
        for channel in entry.value.channels or ():
            _exists(to, (*at, "channels"), subject, "channel", channel, settings.channels)
        for parent in entry.value.depends_on:
            _exists(to, (*at, "depends_on"), subject, "monitor", parent, settings.monitors)
        if entry.value.tier is not None:
            _exists(to, (*at, "tier"), subject, "tier", entry.value.tier, tiers)


def warn_of_silence(settings: Settings, where: Where, to: Findings) -> None:
    """Warn of monitors whose tier reaches no channel that exists; those without any were warned of when read."""
    channels = {name: entry.value for name, entry in settings.channels.items()}
    tiers = settings.tiers_in_force()
    reached = {name: bool(route(Monitor("", "", None, tier=name), channels, tiers).steps) for name in tiers}
    for name, entry in settings.monitors.items():
        monitor = entry.value
        if monitor.channels is None and monitor.tier is not None and not reached.get(monitor.tier, True):
            at = where.get(("monitors", name), ())
            message = f'nobody is told when "{name}" fails: no channel exists that tier "{monitor.tier}" names'
            to.warn((*at, "tier"), message)


def without_circles(settings: Settings) -> Settings:
    """Return settings whose circles are cut: the monitors stay, and what they depend on is forgotten."""
    monitors = dict(settings.monitors)
    for circle in _circles({name: entry.value for name, entry in monitors.items()}):
        for name in circle:
            monitors[name] = replace(monitors[name], value=replace(monitors[name].value, depends_on=()))
    return replace(settings, monitors=monitors)


def _exists(to: Findings, at: Path, subject: str, what: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        to.fault(at, f'{subject}: there is no {what} "{name}"', name, known)


def _check_circles(settings: Settings, where: Where, to: Findings) -> None:
    for circle in _circles({name: entry.value for name, entry in settings.monitors.items()}):
        at = where.get(("monitors", circle[0]), ())
        to.fault(
            (*at, "depends_on"), f"monitors depend on each other in a circle: {' -> '.join(circle)}: cut it somewhere"
        )


def _circles(monitors: Mapping[str, Monitor]) -> list[list[str]]:
    """Return circles of dependencies; the links of each are taken away before the next is searched."""
    parents = {name: set(monitor.depends_on) & monitors.keys() for name, monitor in monitors.items()}
    found: list[list[str]] = []
    while len(found) < 20:  # enough for one sitting
        try:
            TopologicalSorter(parents).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            first = min(range(len(circle) - 1), key=lambda index: list(monitors).index(circle[index]))
            circle = [*circle[first:-1], *circle[:first], circle[first]]
            found.append(circle)
            for child, parent in pairwise(circle):
                parents[child].discard(parent)
        else:
            break
    return found
