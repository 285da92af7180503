"""Notices on the screen with real buttons: one seam, a thread of its own, and everything back by signals."""

import asyncio
import logging
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Signal

from statusapp_desktop.alerts import Notice
from statusapp_desktop.icons import shape_pixmap
from statusapp_desktop.tokens import LIGHT, Shape

_LOG = logging.getLogger(__name__)
_END_S = 3.0
_SHAPES: tuple[Shape, ...] = ("down", "degraded", "acknowledged", "unreachable")


class Notices(QObject):
    """Shows and withdraws notices by key. The loop runs in a thread, since Qt's cannot carry asyncio's sockets."""

    pressed = Signal(str, str)
    """The key of a notice, and what was pressed: "acknowledge", "open"."""
    closed = Signal(str)
    """A person closed a notice without pressing anything."""
    failed = Signal(object, str)
    """A `Notice` could not be shown, and why: somebody else has to say it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.new_event_loop()
        self._backend: Any = None
        cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)
        self._paths = _draw_icons(Path(cache) / "statusapp" / "icons")
        self._icons: dict[str, Any] = {}
        self._order = asyncio.Lock()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _soon(self, what: Coroutine[Any, Any, None]) -> None:
        if self._over:
            what.close()
        else:
            asyncio.run_coroutine_threadsafe(what, self._loop)

    def show(self, notice: Notice) -> None:
        """Show a notice, or change the one of the same key."""
        self._soon(self._show(notice))

    def withdraw(self, key: str) -> None:
        """Take a notice off the screen."""
        self._soon(self._withdraw(key))

    def close(self) -> None:
        """Withdraw everything that is ours and end the thread."""
        if self._over:
            return
        self._over = True
        done = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        try:
            done.result(_END_S)
        except (TimeoutError, OSError) as error:
            _LOG.info("The notices could not be withdrawn: %s", type(error).__name__)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_END_S)

    # In the thread

    async def _show(self, notice: Notice) -> None:
        async with self._order:
            try:
                await self._ready().show(self._drawn(notice))
            except Exception as error:  # noqa: BLE001 - any fault of a bus, a daemon or its library means the same
                self._backend = None
                self.failed.emit(notice, str(error) or type(error).__name__)

    async def _withdraw(self, key: str) -> None:
        async with self._order:
            if self._backend is not None:
                try:
                    await self._backend.withdraw(key)
                except Exception as error:  # noqa: BLE001 - a daemon that is gone shows nothing any more
                    _LOG.info("A notice could not be withdrawn: %s", error)

    async def _end(self) -> None:
        async with self._order:
            if self._backend is not None:
                await self._backend.clear_all()
                await self._backend.end()
                self._backend = None

    def _ready(self) -> Any:
        if self._backend is None:
            from desktop_notifier.common import Icon

            self._icons = {shape: Icon(path=path) for shape, path in self._paths.items()}
            self._backend = _backend()
            self._backend.on_dismissed = self.closed.emit
        return self._backend

    def _drawn(self, notice: Notice) -> Any:
        from desktop_notifier.common import DEFAULT_SOUND, Button, Notification, Urgency

        urgency = {"critical": Urgency.Critical, "normal": Urgency.Normal, "low": Urgency.Low}[notice.urgency]
        buttons = tuple(
            Button(title=words, identifier=deed, on_pressed=_press(self, notice.key, deed))
            for deed, words in notice.buttons
        )
        return Notification(
            title=notice.title,
            message=_escaped(notice.body),
            urgency=urgency,
            buttons=buttons,
            on_clicked=_press(self, notice.key, "open"),
            sound=DEFAULT_SOUND if notice.sound else None,
            identifier=notice.key,
            icon=self._icons.get(_shape(notice)),
        )


def _shape(notice: Notice) -> str:
    """Return the shape that stands beside a notice."""
    if notice.key == "agent":
        return "unreachable"
    if notice.key == "away":
        return "acknowledged"
    return "degraded" if notice.urgency == "low" else "down"


def _draw_icons(folder: Path) -> dict[str, Path]:
    """Draw the shapes as files, since a notice's icon is one; in the light colours, which hold on both schemes."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    for shape in _SHAPES:
        made[shape] = folder / f"{shape}.png"
        shape_pixmap(shape, LIGHT.states[shape], 48).save(str(made[shape]))
    return made


def _press(notices: Notices, key: str, deed: str) -> Any:
    return lambda: notices.pressed.emit(key, deed)


def _escaped(text: str) -> str:
    """Return text for a body: the freedesktop daemons read markup in it, and causes come from outside."""
    if sys.platform in ("win32", "darwin"):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _backend() -> Any:
    if sys.platform in ("win32", "darwin"):
        from statusapp_desktop.other_notices import Native

        return Native("StatusApp")
    from statusapp_desktop.freedesktop import Freedesktop

    return Freedesktop("StatusApp")
