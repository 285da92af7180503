"""Notices on Windows and macOS by desktop-notifier's own backends. Written from its documentation, and not yet run."""

from collections.abc import Callable
from typing import Any

from desktop_notifier import DesktopNotifier
from desktop_notifier.common import Notification


class Native:
    """What `notices.Notices` asks of a backend."""

    def __init__(self, app: str) -> None:
        self._notifier = DesktopNotifier(app, app_icon=None)

    @property
    def on_dismissed(self) -> Callable[[str], Any] | None:
        """Called with the identifier of a notice that a person closed."""
        return self._notifier.on_dismissed

    @on_dismissed.setter
    def on_dismissed(self, handler: Callable[[str], Any] | None) -> None:
        self._notifier.on_dismissed = handler

    async def show(self, notification: Notification) -> None:
        """Show a notice."""
        await self._notifier.send_notification(notification)

    async def withdraw(self, identifier: str) -> None:
        """Take a notice off the screen, if it is still there."""
        if identifier in await self._notifier.get_current_notifications():
            await self._notifier.clear(identifier)

    async def clear_all(self) -> None:
        """Take all off the screen."""
        await self._notifier.clear_all()

    async def end(self) -> None:
        """Nothing is held open."""
