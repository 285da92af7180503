"""The line to the agent: requests and the stream of events over its Unix socket, all by signals, never waiting."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shiboken6
from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

from statusapp_desktop.sse import Stream
from statusapp_shared.protocol import Event, FaultView, Problem

_LOG = logging.getLogger(__name__)
_BACKOFF_MS = (250, 500, 1_000, 2_000, 4_000)
SILENCE_MS = 40_000
"""The agent sends at least a keepalive every 15 s: after this much silence the stream is dead, whatever TCP says."""
ANSWER_MS = 130_000
"""The longest check may take two minutes, and "check now" answers when it is over."""

Then = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something asked was not done: a sentence for people, a word for programs (``unreachable``: nobody there)."""

    sentence: str
    code: str
    faults: tuple[FaultView, ...] = ()


def path_of(*parts: str) -> str:
    """Return a path below ``/v1`` with every part quoted: names may hold spaces and signs."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


class Link(QObject):
    """One agent at one socket. One access manager, because Qt keeps connections by host name, not by socket."""

    heard = Signal(object)
    """An `Event` of the stream, in order; the first one of each connection is a snapshot."""
    alive = Signal()
    """The agent said something, if only that it is there."""
    lost = Signal(str)
    """The stream ended or could not be had; the sentence says why. It is tried again by itself."""

    def __init__(self, socket: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.socket = socket
        self._net = QNetworkAccessManager(self)
        self._stream: QNetworkReply | None = None
        self._parser = Stream()
        self._failures = 0
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._connect)
        self._silence = QTimer(self, singleShot=True, interval=SILENCE_MS)
        self._silence.timeout.connect(self._fell_silent)
        self._asked: set[QNetworkReply] = set()

    # The stream

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._failures = 0
        self._again.stop()
        self._connect()

    def stop(self) -> None:
        """End the stream and every request that is under way; nothing is told any more."""
        self._again.stop()
        self._silence.stop()
        self._drop()
        for reply in tuple(self._asked):
            reply.finished.disconnect()
            reply.abort()
            reply.deleteLater()
        self._asked.clear()

    def retry(self) -> None:
        """Try again now instead of when the pause is over: somebody knows that the agent is there."""
        if self._stream is None:
            self.start()

    def _connect(self) -> None:
        self._drop()
        self._net.clearConnectionCache()
        self._parser = Stream()
        reply = self._net.get(self._request("/events", None, 0))
        self._stream = reply
        reply.readyRead.connect(self._read)
        reply.finished.connect(self._ended)
        self._silence.start()

    def _read(self) -> None:
        if self._stream is None or self._stream.attribute(_STATUS) not in (200, None):
            return
        self._silence.start()
        try:
            events = self._parser.feed(bytes(self._stream.readAll().data()))
        except (ValidationError, ValueError) as error:
            self._broken(f"The agent said something that this window does not understand ({type(error).__name__}).")
            return
        self._failures = 0
        self.alive.emit()
        for event in events:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        self.heard.emit(event)

    def _ended(self) -> None:
        reply = self._stream
        if reply is not None:
            self._broken(_unreachable(reply, self.socket))

    def _fell_silent(self) -> None:
        self._broken("The agent has fallen silent: nothing was heard from it for 40 s.")

    def _broken(self, sentence: str) -> None:
        self._drop()
        self._silence.stop()
        pause = _BACKOFF_MS[min(self._failures, len(_BACKOFF_MS) - 1)]
        self._failures += 1
        self._again.start(pause)
        _LOG.info("%s Trying again in %g s.", sentence, pause / 1000)
        self.lost.emit(sentence)

    def _drop(self) -> None:
        reply, self._stream = self._stream, None
        if reply is not None:
            reply.readyRead.disconnect()
            reply.finished.disconnect()
            reply.abort()
            reply.deleteLater()

    # Requests

    def ask(
        self,
        method: str,
        path: str,
        *,
        owner: QObject,
        then: Then | None = None,
        failed: Callable[[Refusal], None] | None = None,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """Ask the agent; ``then`` gets the JSON that came back (None without content), ``failed`` a `Refusal`.

        ``path`` is below ``/v1``; make it with `path_of`. Neither is called once ``owner`` is gone.
        """
        request = self._request(path, query, ANSWER_MS)
        data = b""
        if body is not None:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
            data = json.dumps(body).encode()
        reply = self._net.sendCustomRequest(request, method.encode(), data)
        self._asked.add(reply)

        def finished() -> None:
            self._asked.discard(reply)
            reply.deleteLater()
            answer, refusal = _answer(reply, self.socket)
            if not shiboken6.isValid(owner):
                return
            if refusal is not None:
                if failed is not None:
                    failed(refusal)
            elif then is not None:
                then(answer)

        reply.finished.connect(finished)

    def _request(self, path: str, query: Mapping[str, str] | None, timeout_ms: int) -> QNetworkRequest:
        url = QUrl()
        url.setScheme("unix+http")
        url.setHost("statusapp")
        url.setPath(f"/v1{path}", QUrl.ParsingMode.TolerantMode)
        if query:
            asked = QUrlQuery()
            for key, value in query.items():
                asked.addQueryItem(key, quote(value, safe=""))
            url.setQuery(asked)
        request = QNetworkRequest(url)
        request.setAttribute(QNetworkRequest.Attribute.FullLocalServerNameAttribute, str(self.socket))
        if timeout_ms:
            request.setTransferTimeout(timeout_ms)
        return request


_STATUS = QNetworkRequest.Attribute.HttpStatusCodeAttribute


def _answer(reply: QNetworkReply, socket: Path) -> tuple[Any, Refusal | None]:
    status = reply.attribute(_STATUS)
    if status is None:
        return None, Refusal(_unreachable(reply, socket), "unreachable")
    raw = bytes(reply.readAll().data())
    if 200 <= status < 300:
        try:
            return (json.loads(raw) if raw else None), None
        except ValueError:
            return None, Refusal("The agent's answer was cut off. Try again.", "cut_off")
    try:
        problem = Problem.model_validate_json(raw)
    except ValidationError:
        return None, Refusal(f"The agent refused with HTTP {status} and gave no reason.", "refused")
    return None, Refusal(problem.error, problem.code, tuple(problem.faults))


def _unreachable(reply: QNetworkReply, socket: Path) -> str:
    match reply.error():
        case QNetworkReply.NetworkError.OperationCanceledError:
            return "The agent took too long to answer."
        case QNetworkReply.NetworkError.ContentAccessDenied:
            return f"You may not use the agent at {socket}: ask for membership in the group statusapp."
        case _ if not socket.exists():
            return f"No agent runs here: there is no socket {socket}."
        case _:
            return f"The agent at {socket} does not answer."
