"""The composition root: builds each object once, hands it down, starts and stops.

Start: lock (before socket, databases and network), open and mend the state, migrate, take up what was on its way,
serve. There is no shutdown that matters: a kill at any moment is an ordinary end.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import platform
import signal
import sys
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from statusapp_agent import channels as channel_package
from statusapp_agent import checks as check_package
from statusapp_agent.api.server import bind, serve
from statusapp_agent.api.services import Services
from statusapp_agent.auditor import Auditor
from statusapp_agent.boot import Places, build_state, open_samples, open_state
from statusapp_agent.checks.heartbeat import HeartbeatSettings, excuse
from statusapp_agent.clock import Clock
from statusapp_agent.core.events import Started
from statusapp_agent.core.model import Beat, Person
from statusapp_agent.core.oncall import reach
from statusapp_agent.core.phrases import count
from statusapp_agent.core.state import Watch
from statusapp_agent.courier import Courier
from statusapp_agent.engine import Engine
from statusapp_agent.housekeeping import Housekeeping
from statusapp_agent.kinds import ChannelKind, CheckKind, discover
from statusapp_agent.lock import AlreadyRunningError, Lock
from statusapp_agent.log import keep_log, write_log
from statusapp_agent.lookout import Lookout
from statusapp_agent.metrics_listener import MetricsListener
from statusapp_agent.outbound import make_client
from statusapp_agent.pagerduty.announcing import announce
from statusapp_agent.pagerduty.daily import AT as DAILY_AT
from statusapp_agent.pagerduty.daily import Daily
from statusapp_agent.pagerduty.provisioner import Provisioner
from statusapp_agent.pagerduty.surveys import Surveys
from statusapp_agent.pagerduty.sync import Sync
from statusapp_agent.pagerduty.webhooks import Webhooks
from statusapp_agent.pagerduty.writing import Writing
from statusapp_agent.renewing import Renewal
from statusapp_agent.replies import Replies
from statusapp_agent.restoring import done, take_over
from statusapp_agent.runner import Runner
from statusapp_agent.settings import Settings, SettingsError, from_documents
from statusapp_agent.settings.stored import flat, whole
from statusapp_agent.settling import Settling
from statusapp_agent.store.database import StoreError, prepare_folder
from statusapp_agent.store.writer import Writer
from statusapp_agent.supervisor import Supervisor
from statusapp_agent.timetable import Timetable
from statusapp_agent.vault import Vault
from statusapp_agent.vault_move import chosen_place
from statusapp_agent.vault_sources import VaultError
from statusapp_shared.address import SYSTEM_SOCKET, default_data_dir, default_socket
from statusapp_shared.protocol import ApplyRequest

log = logging.getLogger("statusapp.app")

VERSION = "0.1.0"
_M_ARENA_MAX = -8  # malloc.h of glibc; other C libraries have no mallopt, or ignore what they do not know


def run(data_dir: Path | None, socket: Path | None, settings: Path | None, log_level: str = "info") -> int:
    """Be the agent until SIGTERM or SIGINT; return the exit code. Faults are one sentence on stderr."""
    share_one_heap()
    data_dir = data_dir or default_data_dir(os.environ, sys.platform)
    write_log(log_level, os.environ)
    socket = socket or default_socket(os.environ, sys.platform, os.getuid())
    try:
        return asyncio.run(_live(data_dir.absolute(), socket.absolute(), settings.absolute() if settings else None))
    except (AlreadyRunningError, StoreError, VaultError, SettingsError, OSError) as fault:
        print(f"statusapp: {_sentence(fault)}", file=sys.stderr)  # noqa: T201 - the reason, for whoever started it
        return 2 if isinstance(fault, SettingsError) else 1


def share_one_heap() -> None:
    """Have all threads take memory from one place, where the C library can be told to.

    glibc gives each thread a heap of its own and hardly ever takes back what is left over in it: after settings of
    5,000 monitors were written, 20 MiB lay idle in the writer's.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _sentence(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror}"
    return str(fault)


async def _live(data_dir: Path, socket: Path, settings_file: Path | None) -> int:
    prepare_folder(data_dir)
    data_lock = Lock(data_dir / "agent.lock", f"the data folder {data_dir}")
    prepare_socket_folder(socket)
    keep_log(data_dir, os.environ)  # only now: the folder is ours, and so is its log
    socket_lock = Lock(socket.with_name(socket.name + ".lock"), f"the socket {socket}")
    try:
        while True:
            agent = await Agent.open(data_dir, socket)
            try:
                again = await agent.live(settings_file)
            finally:
                await agent.close()
            if not again:
                return 0
            settings_file = None  # what was restored is what counts now
    finally:
        socket_lock.release()
        data_lock.release()


def prepare_socket_folder(socket: Path) -> None:
    """Make the folder of the socket for this user alone, unless it is there already."""
    if not socket.parent.exists():
        socket.parent.mkdir(parents=True, mode=0o700)


class Agent:
    """Every long-lived object, each once."""

    def __init__(
        self,
        places: Places,
        socket: Path,
        clock: Clock,
        writer: Writer,
        engine: Engine,
        settings: Settings,
        vault: Vault,
        checks: dict[str, CheckKind[Any]],
        channels: dict[str, ChannelKind[Any]],
        lookout: Lookout,
    ) -> None:
        self.places = places
        self.socket = socket
        self.clock = clock
        self.writer = writer
        self.engine = engine
        self.lookout = lookout
        self.http = make_client()
        self.runner = Runner(checks, clock, vault.resolve, engine.checked)

        def on_call(rotation: str) -> tuple[Person, ...]:
            return reach(engine.state.roster, rotation, clock.now())

        self.courier = Courier(channels, engine.state, self.http, clock, vault.resolve, engine.put, on_call)
        self.replies = Replies(channels, engine.state, clock, self.courier.listening_tools, engine.put)
        self.sync = Sync(engine.state, self.http, clock, vault.resolve, engine.put)
        self.surveys = Surveys(self.http, self.sync, clock)
        self.writing = Writing(engine.state, self.sync, clock, engine.put)
        self.webhooks = Webhooks(engine.state, self.sync, vault.resolve, engine.put)
        region = platform.node() or "this computer"
        self.settling = Settling(settings, engine, vault, checks, channels, os.environ, self._settings_changed, region)
        self.housekeeping = Housekeeping(writer, clock, places.backups, self._keep_results)
        self.daily = Daily(engine.state, self.surveys, clock, engine.put)
        self.housekeeping.daily(DAILY_AT, self.daily.look_at_pagerduty)
        self.metrics = MetricsListener(self._collect_metrics)
        self._copying: set[asyncio.Task[None]] = set()
        self._bound = False
        engine.runner, engine.courier = self.runner, self.courier
        self.services = Services(
            engine=engine,
            runner=self.runner,
            vault=vault,
            checks=checks,
            channels=channels,
            clock=clock,
            data_dir=places.data_dir,
            socket=socket,
            mode="system" if socket == SYSTEM_SOCKET else "user",
            version=VERSION,
            started_at=clock.now(),
            settling=self.settling,
            sync=self.sync,
            surveys=self.surveys,
            provisioner=Provisioner(self.http, clock, vault.resolve),
        )
        self.supervisor = Supervisor(os.environ)
        self.auditor = Auditor(self.services, self.http, self.supervisor)
        self.renewal = Renewal(
            places, writer, engine.state, lambda: flat(self.settling.settings), clock.now, self.services.notices
        )

    @classmethod
    async def open(cls, data_dir: Path, socket: Path, clock: Clock | None = None) -> "Agent":
        """Read everything and put it together; nothing runs yet."""
        clock = clock or Clock()
        places = Places(data_dir)
        now = clock.now()
        region = platform.node() or "this computer"
        checks: dict[str, CheckKind[Any]] = discover(check_package, CheckKind)
        channels: dict[str, ChannelKind[Any]] = discover(channel_package, ChannelKind)
        restored, documents = take_over(places, now)
        store, mended = open_state(places, now)
        samples = open_samples(places, now)
        vault = Vault.open(data_dir, os.environ, chosen_place(data_dir, os.environ))
        state, settings, faults = build_state(store, checks, channels, VERSION, region, now)
        writer = Writer(store, samples, places.reserve)
        lookout = Lookout(lambda event: engine.put(event))  # noqa: PLW0108 - the engine is made a line below
        engine = Engine(
            state,
            writer,
            Timetable(),
            clock,
            look=lookout.look,
            forget_secrets=lambda effect: agent.settling.forget(effect, state),
            excuse=_excuse,
        )
        agent = cls(places, socket, clock, writer, engine, settings, vault, checks, channels, lookout)
        agent.services.notices.extend(sentence for sentence in (restored, mended) if sentence)
        if documents is not None:
            agent.to_restore = from_documents(whole(documents), checks, channels, region=region)
        agent.services.notices.extend(faults)
        agent.last_alive_at = samples.last_alive_at()
        lookout.use(settings.agent.canaries)
        return agent

    last_alive_at: datetime | None = None
    to_restore: Settings | None = None

    def _keep_results(self) -> timedelta:
        return timedelta(seconds=self.settling.settings.agent.keep_results_s)

    def _collect_metrics(self) -> str:
        from statusapp_agent.metrics import exposition

        return exposition(self.engine.state, self.clock.now(), self.services.started_at, VERSION)

    def _settings_changed(self, settings: Settings) -> None:
        self.lookout.use(settings.agent.canaries)
        announce(self.engine.state, self.engine.put, "its settings changed")
        task = asyncio.create_task(self.housekeeping.copy_after_change())
        self._copying.add(task)
        task.add_done_callback(self._copying.discard)

    async def live(self, settings_file: Path | None) -> bool:
        """Take up what was on its way, serve, and go on until told to stop; return whether to start anew."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        tasks = [asyncio.create_task(self.engine.run(), name="engine")]
        await self._take_up()
        if settings_file is not None:
            await self._apply_file(settings_file)
        if self.to_restore is not None:
            await self.settling.take_documents(self.to_restore, "statusapp restore")
            done(self.places)
        listening = bind(self.socket, self.services.mode)
        self._bound = True
        work: list[Coroutine[Any, Any, None]] = [
            self.engine.keep_ticking(),
            self.engine.keep_time(),
            self.lookout.watch_network(),
            self.housekeeping.run(),
            self.replies.run(),
            self.sync.run(),
            self.writing.run(),
            self.webhooks.run(),
            self.metrics.run(lambda: self.settling.settings.agent.metrics_listen),
            self.auditor.run(),
            self.renewal.run(),
        ]
        tasks += [asyncio.create_task(one) for one in work]
        tasks.append(asyncio.create_task(serve(self.services, listening, stop), name="api"))
        self.supervisor.ready(f"watching {count(len(self.engine.state.watches), 'monitor')}")
        print(f"ready socket={self.socket}", flush=True)  # noqa: T201 - the one line that scripts wait for
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(self.services.again.wait())]
        ended, _ = await asyncio.wait([*tasks, *ends], return_when=asyncio.FIRST_COMPLETED)
        broken = [task for task in ended if task not in ends and task.exception() is not None]
        again = self.services.again.is_set() and not stop.is_set()
        stop.set()
        if not again:
            self.supervisor.stopping()
        await asyncio.wait([tasks[-1]], timeout=3)
        for task in [*tasks, *ends]:
            task.cancel()
        await asyncio.gather(*tasks, *ends, return_exceptions=True)
        if broken:
            # The supervisor starts us again; what was written is taken up then. Better that than half an agent.
            fault = broken[0].exception()
            raise OSError(f"a part of the agent ended ({type(fault).__name__}: {fault}); start it again")
        return again

    async def _take_up(self) -> None:
        now = self.clock.now()
        self.courier.remember_recent()
        for watch in self.engine.state.watches.values():
            if not watch.paused:
                self.engine.timetable.put(watch.monitor.name, watch.monitor.interval_s, self.clock.monotonic())
        if self.last_alive_at is not None and self.last_alive_at < now:
            await self.engine.ask(self.engine.gap(self.last_alive_at, now, "the agent was not running"))
        await self.engine.ask(Started())
        announce(self.engine.state, self.engine.put, f"version {VERSION} started")

    async def _apply_file(self, path: Path) -> None:
        text = await asyncio.to_thread(path.read_text, "utf-8")
        view = await self.settling.apply(ApplyRequest(text=text, file=str(path)), by="statusapp agent run")
        for warning in view.warnings:
            log.warning("%s: %s", path, warning)

    async def close(self) -> None:
        """End politely: nothing depends on it."""
        await self.lookout.stop()
        await self.runner.stop()
        await self.courier.stop()
        await self.webhooks.stop()
        await self.sync.stop()
        await self.writing.stop()
        await asyncio.gather(*self._copying, return_exceptions=True)
        await self.engine.flush()
        await self.http.aclose()
        await self.writer.close()
        if self._bound:  # what else may be there is somebody else's
            self.socket.unlink(missing_ok=True)


def _excuse(watch: Watch, began: datetime, ended: datetime) -> Beat | None:
    settings = watch.monitor.settings
    if watch.beat is None or not isinstance(settings, HeartbeatSettings):
        return None
    return excuse(watch.beat, settings.every, settings.grace, began, ended)
