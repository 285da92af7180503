"""``GET /v1/events``: the whole as it is, then every change, until the client goes.

Changes are gathered by name while the engine carries a batch out, and rendered once, in the next turn of the loop,
however many clients listen. Nobody listening costs nothing. A client that does not read is dropped: it connects
again, and a snapshot is the one cure for whatever it has missed.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from statusapp_agent.api.present import Present
from statusapp_agent.core.model import Delivery, Incident, Mute
from statusapp_agent.core.state import ChannelRecord, Documents, Drop, Effect, Log, Save, Saw, Watch
from statusapp_agent.views.channels import SecretFacts, told_by
from statusapp_agent.views.incidents import delivery_view

AGENT_EVERY_S = 10.0
KEEPALIVE_EVERY_S = 15.0
"""So that a client notices a dead connection, and we a dead client."""
MOST_WAITING_BYTES = 1_048_576
_KEEPALIVE = b": keepalive\n\n"


def _nothing() -> None:
    pass


@dataclass(slots=True, eq=False)
class Listener:
    """One client of the stream: what waits for it, as pairs of kind and JSON."""

    cut_off: Callable[[], None] = _nothing
    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    waiting_bytes: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def tell(self, events: Iterable[tuple[str, str]]) -> None:
        """Queue events; a client that lets too much gather is dropped."""
        if self.over:
            return
        for kind, data in events:
            self.waiting.append((kind, data))
            self.waiting_bytes += len(data)
        self.bell.set()
        if self.waiting_bytes > MOST_WAITING_BYTES:
            self.end()
            self.cut_off()

    def take(self) -> list[tuple[str, str]]:
        """Return what waits, and forget it."""
        taken = list(self.waiting)
        self.waiting.clear()
        self.waiting_bytes = 0
        return taken

    def end(self) -> None:
        """Tell it nothing any more."""
        self.over = True
        self.bell.set()


@dataclass(slots=True)
class _Changed:
    """What has changed since the last rendering, by name."""

    watches: dict[str, None] = field(default_factory=dict)
    channels: dict[str, None] = field(default_factory=dict)
    incidents: dict[str, Incident | None] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    everything: bool = False
    silence: bool = False

    def take_in(self, effect: Effect) -> None:
        match effect:
            case Save(Watch() as watch):
                self.watches[watch.monitor.name] = None
            case Saw(name, _) | Drop("watch", name):
                self.watches[name] = None
            case Save(ChannelRecord(name=name)) | Drop("channel", name):
                self.channels[name] = None
            case Save(Incident() as incident):
                self.incidents[incident.id] = incident
            case Log(incident_id, _):
                self.incidents.setdefault(incident_id, None)
            case Save(Delivery() as delivery):
                self.deliveries[delivery.id] = delivery
                self.channels[delivery.channel] = None
            case Save(Documents()):
                self.everything = True
            case Save(Mute()) | Drop("mute", _):
                self.silence = True
            case _:
                pass


class Hub:
    """Everybody who listens; hangs on the engine only while somebody does."""

    def __init__(
        self, present: Present, agent_every_s: float = AGENT_EVERY_S, keepalive_every_s: float = KEEPALIVE_EVERY_S
    ) -> None:
        self._present = present
        self._agent_every_s = agent_every_s
        self._keepalive_every_s = keepalive_every_s
        self._listeners: set[Listener] = set()
        self._changed: _Changed | None = None
        self._told_channels: dict[str, SecretFacts] = {}
        self._pulse: asyncio.Task[None] | None = None
        self._pulse_bell = asyncio.Event()
        self._closed = False

    def close(self) -> None:
        """End all streams: the agent stops."""
        self._closed = True
        for listener in tuple(self._listeners):
            listener.end()

    async def listen(self, listener: Listener) -> AsyncGenerator[bytes, None]:
        """Yield the stream of one client, as server-sent events."""
        await self._present.look_at_secrets()
        # From here to the snapshot nothing may wait: what happens in between would be told twice or not at all.
        self._flush()
        self._add(listener)
        loop = asyncio.get_running_loop()
        try:
            yield _event(1, "snapshot", self._snapshot())
            number = 1
            keepalive_s = loop.time() + self._keepalive_every_s
            while not listener.over:
                listener.bell.clear()
                for kind, data in listener.take():
                    number += 1
                    yield _event(number, kind, data)
                if not await _rung(listener.bell, keepalive_s):
                    keepalive_s = loop.time() + self._keepalive_every_s
                    yield _KEEPALIVE
        finally:
            self._remove(listener)

    def _add(self, listener: Listener) -> None:
        listener.over = listener.over or self._closed
        if not self._listeners:
            self._present.services.engine.listeners.add(self._hear)
            self._pulse = asyncio.create_task(self._tell_of_agent())
        self._listeners.add(listener)

    def _remove(self, listener: Listener) -> None:
        listener.end()
        self._listeners.discard(listener)
        if not self._listeners:
            self._present.services.engine.listeners.discard(self._hear)
            if self._pulse is not None:
                self._pulse.cancel()

    def _snapshot(self) -> str:
        told = self._told_by()
        channels = [self._channel(record, told) for record in self._present.live()]
        status = self._present.status_as_known().model_dump_json()
        return f'{status[:-1]},"channels":[{",".join(channels)}]}}'

    def _told_by(self) -> Mapping[str, list[str]]:
        return told_by(self._present.services.engine.state)

    def _channel(self, record: ChannelRecord, told: Mapping[str, list[str]]) -> str:
        self._told_channels[record.name] = self._present.secrets.known(record.name)
        return _json(self._present.channel_as_known(record, told))

    async def _tell_of_agent(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = not await _rung(self._pulse_bell, loop.time() + self._agent_every_s)
            self._pulse_bell.clear()
            await self._present.look_at_secrets()
            told = self._told_by()
            for record in self._present.live():
                if self._told_channels.get(record.name) != self._present.secrets.known(record.name):
                    self._tell([("channel", self._channel(record, told))])
            if due:
                self._tell([("agent", _json(self._present.agent_as_known()))])

    def _hear(self, effects: list[Effect]) -> None:
        if self._changed is None:
            self._changed = _Changed()
            asyncio.get_running_loop().call_soon(self._flush)
        for effect in effects:
            self._changed.take_in(effect)

    def _flush(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            self._tell(list(self._rendered(changed)))
            if changed.everything:
                self._pulse_bell.set()  # what new settings say of secrets has to be looked up

    def _tell(self, events: list[tuple[str, str]]) -> None:
        for listener in tuple(self._listeners):
            listener.tell(events)

    def _rendered(self, changed: _Changed) -> Iterable[tuple[str, str]]:
        state = self._present.services.engine.state
        for delivery in changed.deliveries.values():
            yield "delivery", _json(delivery_view(delivery))
        for name, saved in changed.incidents.items():
            incident = state.incidents.get(name) or saved
            if incident is not None:
                yield "incident", _json(self._present.incident(incident))
        for name in changed.watches:
            watch = state.watches.get(name)
            yield ("monitor_gone", _gone(name)) if watch is None else ("monitor", _json(self._present.monitor(watch)))
        yield from self._rendered_channels(changed)
        if changed.silence:
            yield "agent", _json(self._present.agent_as_known())

    def _rendered_channels(self, changed: _Changed) -> Iterable[tuple[str, str]]:
        live = {record.name: record for record in self._present.live()}
        names = live if changed.everything else changed.channels
        told = self._told_by() if names else {}
        for name in names:
            if name in live:
                yield "channel", self._channel(live[name], told)
        for name in sorted(set(self._told_channels) - set(live)):
            del self._told_channels[name]
            yield "channel_gone", _gone(name)


class EventStream(Response):
    """The answer that goes on until one side ends it."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub) -> None:
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream of one client."""
        listener = Listener(scope.get("state", {}).get("cut_off", _nothing))
        watching = asyncio.create_task(_until_gone(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._hub.listen(listener)) as events:
                async for event in events:
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            watching.cancel()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


async def _rung(bell: asyncio.Event, until_s: float) -> bool:
    try:
        async with asyncio.timeout_at(until_s):
            await bell.wait()
    except TimeoutError:
        return False
    return True


def _json(view: BaseModel) -> str:
    return view.model_dump_json()


def _gone(name: str) -> str:
    return json.dumps({"name": name})


def _event(number: int, kind: str, data: str) -> bytes:
    """Return one event: an id for people who use curl, and the Event of the protocol as its data."""
    return f'id: {number}\nevent: {kind}\ndata: {{"number":{number},"kind":"{kind}","data":{data}}}\n\n'.encode()
