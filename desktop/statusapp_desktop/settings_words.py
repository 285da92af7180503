"""The settings pane in words: the agent, its secrets' state, what is planned, a plan. Pure: the time is handed in."""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from statusapp_desktop.tokens import Shape
from statusapp_desktop.words import clock, counted, length, tr
from statusapp_shared.protocol import AgentView, ChannelView, FaultView, PlanView

_MORNING = 7
_UNITS = ("B", "kB", "MB", "GB", "TB")


def agent_facts(agent: AgentView, window_version: str) -> list[tuple[str, str]]:
    """Return what is known of the agent, pair by pair."""
    version = tr("{agent}, this window {window}", agent=agent.version, window=window_version)
    mode = tr("service of this computer") if agent.mode == "system" else tr("in your session")
    waiting = counted(agent.deliveries_waiting, "{n} message", "{n} messages")
    return [
        (tr("Version"), agent.version if agent.version == window_version else version),
        (
            tr("Runs"),
            tr("{mode}, for {length}, process {pid}", mode=mode, length=length(agent.uptime_s), pid=agent.pid),
        ),
        (tr("Watches"), counted(agent.monitors, "{n} monitor", "{n} monitors")),
        (tr("Waiting"), tr("nothing") if agent.deliveries_waiting == 0 else waiting),
        (tr("Memory"), size(agent.resident_bytes)),
        (
            tr("Databases"),
            tr("{a} of state, {b} of samples", a=size(agent.database_bytes), b=size(agent.samples_bytes)),
        ),
        (tr("Data"), agent.data_dir),
        (tr("Socket"), agent.socket),
    ]


def size(number: float) -> str:
    """Return bytes as people say them: "6.4 MB"."""
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {_UNITS[-1]}"


def secret_rows(channels: Iterable[ChannelView], now: datetime) -> list[tuple[str, str, Shape, str]]:
    """Return each secret: its channel, what it is, a shape, and whether it is set, since when and where; never it."""
    rows: list[tuple[str, str, Shape, str]] = []
    for channel in sorted(channels, key=lambda each: each.name.casefold()):
        for field, secret in channel.secrets.items():
            name = field.replace("_", " ").capitalize()
            if channel.status == "locked":
                rows.append((channel.name, name, "blind", tr("Not known: the keyring is locked.")))
            elif not secret.is_set:
                rows.append((channel.name, name, "paused", tr("Not set.")))
            elif secret.set_at is None:
                rows.append((channel.name, name, "fine", tr("Set, in {place}.", place=secret.place)))
            else:
                at = clock(secret.set_at, now)
                rows.append((channel.name, name, "fine", tr("Set {at}, in {place}.", at=at, place=secret.place)))
    return rows


def maintenance_rows(text: str) -> list[tuple[str, str, str]]:
    """Return each maintenance window of settings: its name, when, and for which monitors. Raises ValueError."""
    found: dict[str, Any] = tomllib.loads(text)
    rows = []
    for window in found.get("maintenance", []):
        days = ", ".join(str(day).capitalize() for day in window.get("days", []))
        zone = window.get("timezone", "UTC")
        for_ = tr("for {duration}", duration=window.get("duration", "?"))
        if "starts_at" in window:
            when = tr("once, {at} {for_}", at=window["starts_at"], for_=for_)
        else:
            when = tr(
                "{days} at {start} {zone} {for_}",
                days=days or tr("each day"),
                start=window["start"],
                zone=zone,
                for_=for_,
            )
        rows.append((str(window["name"]), when, ", ".join(window.get("monitors", [])) or tr("all monitors")))
    return rows


def plan_lines(plan: PlanView) -> list[tuple[str, str]]:
    """Return each change: what is done to which thing, and the details."""
    verbs = {"create": tr("Create"), "change": tr("Change"), "delete": tr("Delete")}
    return [(f"{verbs[each.verb]} {each.noun} {each.name}".strip(), "; ".join(each.details)) for each in plan.changes]


def fault_lines(faults: Sequence[FaultView]) -> list[str]:
    """Return each fault with its place."""
    return [
        (tr("Line {line}: ", line=each.line) if each.line else "")
        + (f"{each.key}: " if each.key else "")
        + each.message
        for each in faults
    ]


def until_morning(now: datetime) -> float:
    """Return the seconds until the next 07:00 on the wall, even across a change of the clock."""
    local = now.astimezone()
    day = local.date() + timedelta(days=0 if local.hour < _MORNING else 1)
    return (datetime(day.year, day.month, day.day, _MORNING).astimezone() - now).total_seconds()
