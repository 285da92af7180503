"""Notices over D-Bus as desktop-notifier sends them, and changed in place, which it cannot do by itself."""

from typing import Any

from desktop_notifier.backends.dbus import DBusDesktopNotifier
from desktop_notifier.common import Notification


class _Replacing:
    """The daemon's interface, with the id of the notice that the next one takes the place of."""

    def __init__(self, interface: Any) -> None:
        self._interface = interface
        self.replaces = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interface, name)

    async def call_notify(self, app: str, _replaces: int, *rest: Any) -> Any:
        """Show a notice, in the place of an earlier one if there is one."""
        return await self._interface.call_notify(app, self.replaces, *rest)


class Freedesktop(DBusDesktopNotifier):
    """A notice with the identifier of one on the screen replaces it."""

    async def _init_dbus(self) -> Any:
        await super()._init_dbus()
        if not isinstance(self.interface, _Replacing):
            self.interface = _Replacing(self.interface)  # type: ignore[assignment]
        return self.interface

    async def _send(self, notification: Notification) -> None:
        if not self.interface:
            self.interface = await self._init_dbus()
        known = self._platform_to_interface_notification_identifier.inverse
        self.interface.replaces = known.get(notification.identifier, 0)  # type: ignore[union-attr]
        await super()._send(notification)

    async def withdraw(self, identifier: str) -> None:
        """Take a notice off the screen, if it is still there."""
        if identifier in self._platform_to_interface_notification_identifier.inverse:
            await self.clear(identifier)

    async def show(self, notification: Notification) -> None:
        """Show a notice; raises what went wrong, where `send` would only log it."""
        await self._send(notification)
        self._notification_cache[notification.identifier] = notification

    async def end(self) -> None:
        """Let go of the bus."""
        if self.interface is not None:
            self.bus.disconnect()
