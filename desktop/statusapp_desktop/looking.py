"""Looking at one address that a person names: a few usual ports, all at once, by Qt's sockets; never unasked."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QTcpSocket

from statusapp_desktop.suggestions import USUAL_PORTS

_LONGEST_MS = 2_500


class Looking(QObject):
    """Says ``found`` for each port that answers, then ``over``."""

    found = Signal(str, int, str)
    over = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._sockets: list[QTcpSocket] = []
        self._end = QTimer(self, singleShot=True, interval=_LONGEST_MS)
        self._end.timeout.connect(self._stop)

    def look_at(self, host: str, ports: tuple[tuple[int, str], ...] = USUAL_PORTS) -> None:
        """Try the ports; ends by itself after two and a half seconds."""
        self._stop_quietly()
        for port, what in ports:
            socket = QTcpSocket(self)
            socket.connected.connect(lambda host=host, port=port, what=what: self.found.emit(host, port, what))
            self._sockets.append(socket)
            socket.connectToHost(host, port)
        self._end.start()

    def _stop_quietly(self) -> None:
        for socket in self._sockets:
            socket.abort()
            socket.deleteLater()
        self._sockets.clear()

    def _stop(self) -> None:
        self._stop_quietly()
        self.over.emit()
