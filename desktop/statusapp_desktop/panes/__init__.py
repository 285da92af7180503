"""The panes of the window, in the order of the sidebar. A pane is one file here and one entry in `PANES`.

A pane is imported and made when it is first opened: what nobody looks at costs nothing. The functions import by name,
so that packagers see what belongs to the program.
"""

from collections.abc import Callable
from dataclasses import dataclass

from statusapp_desktop.desk import Desk
from statusapp_desktop.page import Page


@dataclass(frozen=True, slots=True)
class Pane:
    """One entry of the sidebar: ``title`` is translated when shown, ``icon`` a name of `shapes.LINES`."""

    key: str
    title: str
    icon: str
    group: str
    make: Callable[[Desk], Page]


def _overview(desk: Desk) -> Page:
    from statusapp_desktop.panes.overview import Overview

    return Overview(desk)


def _monitors(desk: Desk) -> Page:
    from statusapp_desktop.panes.monitors import Monitors

    return Monitors(desk)


def _incidents(desk: Desk) -> Page:
    from statusapp_desktop.panes.incidents import Incidents

    return Incidents(desk)


def _channels(desk: Desk) -> Page:
    from statusapp_desktop.panes.channels import Channels

    return Channels(desk)


def _analytics(desk: Desk) -> Page:
    from statusapp_desktop.panes.analytics import Analytics

    return Analytics(desk)


def _oncall(desk: Desk) -> Page:
    from statusapp_desktop.panes.oncall import OnCall

    return OnCall(desk)


def _settings(desk: Desk) -> Page:
    from statusapp_desktop.panes.settings import Settings

    return Settings(desk)


def _help(desk: Desk) -> Page:
    from statusapp_desktop.panes.help import Help

    return Help(desk)


def _doctor(desk: Desk) -> Page:
    from statusapp_desktop.panes.doctor import Doctor

    return Doctor(desk)


PANES: tuple[Pane, ...] = (
    Pane("overview", "Overview", "overview", "", _overview),
    Pane("monitors", "Monitors", "monitors", "", _monitors),
    Pane("incidents", "Incidents", "incidents", "", _incidents),
    Pane("analytics", "Analytics", "analytics", "", _analytics),
    Pane("oncall", "On-call", "oncall", "", _oncall),
    Pane("channels", "Notification Channels", "channels", "Settings", _channels),
    Pane("settings", "General", "settings", "Settings", _settings),
    Pane("doctor", "Doctor", "doctor", "Help", _doctor),
    Pane("help", "Topics", "help", "Help", _help),
)
