"""One window per user: a second start brings the first one up and ends."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 1_000


def _name(socket: Path) -> str:
    """Return a name that belongs to this user and this agent."""
    return "statusapp-desktop-" + hashlib.sha256(f"{Path.home()}\n{socket}".encode()).hexdigest()[:16]


class Single(QObject):
    """``is_first`` tells whether this process may go on; ``called`` that a later start asked for the window."""

    called = Signal()

    def __init__(self, socket: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        name = _name(socket)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self.is_first = not _call(name)
        if self.is_first:
            # A window that was killed leaves its socket behind; nobody answered on it, so it may go.
            QLocalServer.removeServer(name)
            self._server.newConnection.connect(self._answer)
            self._server.listen(name)

    def _answer(self) -> None:
        connection = self._server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        connection.disconnectFromServer()
        self.called.emit()

    def close(self) -> None:
        """Let another one be the first."""
        self._server.close()


def _call(name: str) -> bool:
    """Return whether somebody answers to the name; before the first window is shown, so it may wait a moment."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    answered = socket.waitForConnected(_WAIT_MS)
    socket.abort()
    return answered
