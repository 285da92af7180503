"""The long tail: ntfy, Gotify, Pushover, Telegram, Discord, Matrix and a hundred more, through the library apprise.

The library says whether it worked, and nothing more: not why, not whether it arrived, not when to try again. So what
did not work is tried again, slowly, and may arrive twice. https://github.com/caronc/apprise
"""

import asyncio
import hashlib
import importlib
import importlib.util
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from statusapp_agent.core.model import Action, Again, Delivered, Outcome, Refused
from statusapp_agent.core.outbox import ONCE_MORE
from statusapp_agent.fields import SecretField
from statusapp_agent.kinds import ChannelKind, ChannelTools, Finding, KindSettings
from statusapp_agent.outcomes import redacted
from statusapp_agent.telling import Told, line, read

MISSING = (
    "the library apprise is not installed; install it with `pip install 'statusapp[apprise]'` into the agent's"
    " environment, and start the agent again"
)
_MOST_THREADS = 16
_BODY_CHARACTERS = 900  # less than the services with the shortest messages take
_KINDS = {"resolved": "success", "acknowledged": "info"}
_PROGRAMS = frozenset({"dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "syslog"})


class AppriseSettings(KindSettings):
    """What an apprise channel needs: addresses in apprise's own form."""

    urls: SecretField = Field(
        title="Addresses",
        description=(
            "In apprise's form, apart by spaces or lines: ntfys://host/topic, gotifys://host/token,"
            " pover://user@token, tgram://bot/chat, discord://id/token, matrixs://user:password@host/#room."
        ),
        examples=[{"env": "APPRISE_URLS"}],
    )


class AppriseChannel(ChannelKind[AppriseSettings]):
    """One call of the library for each address, each in a thread with a deadline."""

    name: ClassVar[str] = "apprise"
    title: ClassVar[str] = "ntfy, Gotify, Pushover, Telegram, Discord, Matrix and more"
    description: ClassVar[str] = (
        "Tells ntfy, Gotify, Pushover, Telegram, Discord, Matrix and a hundred more services through apprise, which has"
        " to be installed beside StatusApp. It says only whether it worked, so a message may arrive twice."
    )
    Settings: ClassVar[type[KindSettings]] = AppriseSettings
    # Not of changes: most of these services ring a phone.
    actions: ClassVar[frozenset[Action]] = frozenset(Action) - {Action.CHANGE}

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    async def deliver(self, notice: Mapping[str, Any], settings: AppriseSettings, tools: ChannelTools) -> Outcome:  # noqa: ARG002
        """Tell it at each address that was not reached in an earlier try."""
        if notice.get("action") == Action.RESOLVE.value and line(notice.get("reason")).startswith(ONCE_MORE):
            return Delivered("not repeated: the message that it is over was sent")
        try:
            library = await asyncio.to_thread(load)
        except ImportError:
            return Refused(MISSING, channel_broken=True)
        urls = tools.fields.get("urls", "").split()
        if not urls:
            return Refused("this channel has no addresses; set urls again", channel_broken=True)
        return redacted(await self._tell_all(library, read(notice), urls, tools), _secrets(tools.fields, urls))

    async def _tell_all(self, library: Any, told: Told, urls: list[str], tools: ChannelTools) -> Outcome:
        done = list(tools.so_far.get("done") or ())
        left = [(mark(url), url) for url in urls if mark(url) not in done]
        answers = await asyncio.gather(*(self._tell(library, told, url, tools.timeout_s - 0.5) for _, url in left))
        failed = []
        for (marked, url), answer in zip(left, answers, strict=True):
            if isinstance(answer, Refused):
                return answer
            if answer is None:
                done.append(marked)
            else:
                failed.append(f"{service(url)} {answer}")
        receipt = {"done": done}
        if not failed:
            return Delivered(f"taken by apprise for {', '.join(service(url) for url in urls)} (not verified)", receipt)
        return Again(f"apprise: {'; '.join(failed)}", maybe_sent=True, slow=True, receipt=receipt)

    async def _tell(self, library: Any, told: Told, url: str, timeout_s: float) -> str | Refused | None:
        """Return None if it worked, and in words what not."""
        plugin = library.Apprise.instantiate(url, suppress_exceptions=True)
        if plugin is None or url.partition(":")[0].lower() in _PROGRAMS:
            return Refused(f"apprise knows no address of this form ({service(url)}); correct urls", channel_broken=True)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()

        def notify() -> None:
            try:
                worked = plugin.notify(title=told.headline, body=text(told), notify_type=kind_of(told))
            except Exception:  # noqa: BLE001 - a plugin's bug is an answer as well
                worked = False
            _tell_loop(loop, answer, worked=bool(worked))

        if not self._start(notify):
            return "was not asked: earlier messages still hang in apprise"
        try:
            async with asyncio.timeout(timeout_s):
                return None if await answer else "did not take it, and apprise does not say why"
        except TimeoutError:
            return f"gave no answer within {timeout_s:g} s; it may still arrive"

    def _start(self, run: Callable[[], None]) -> bool:
        # Threads of their own, which die with the process: a service that hangs must not use up the shared ones.
        self._threads = {each for each in self._threads if each.is_alive()}
        if len(self._threads) >= _MOST_THREADS:
            return False
        thread = threading.Thread(target=run, name="apprise", daemon=True)
        self._threads.add(thread)
        thread.start()
        return True

    def inspect(self, settings: AppriseSettings) -> list[Finding]:  # noqa: ARG002
        """Say what is missing, and what cannot be known."""
        if importlib.util.find_spec("apprise") is None:
            return [Finding("urls", MISSING)]
        return [Finding("urls", "apprise says only whether it worked: a message may arrive twice, or fail unexplained")]

    def inspect_secret(self, field: str, value: str, settings: AppriseSettings) -> list[Finding]:  # noqa: ARG002
        """Judge pasted addresses by their form."""
        wrong = [url for url in value.split() if not url.partition("://")[1]]
        if wrong or not value.split():
            return [
                Finding(field, "an address looks like ntfys://host/topic; several stand apart by spaces", error=True)
            ]
        return []


def load() -> Any:
    """Return the library, imported when it is first needed, and silent: it logs addresses, which hold secrets."""
    for name in ("apprise", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    library = importlib.import_module("apprise")
    # Makes it load its services, which takes a second: here, and not in the loop.
    library.Apprise.instantiate("json://localhost", suppress_exceptions=True)
    return library


def _tell_loop(loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[bool]", *, worked: bool) -> None:
    def settle() -> None:
        if not answer.done():
            answer.set_result(worked)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the agent has stopped meanwhile; nobody waits for it any more


def mark(url: str) -> str:
    """Return by what an address is remembered: it is a secret itself."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def service(url: str) -> str:
    """Return what may be shown of an address: its scheme."""
    return "".join(each for each in url.partition("://")[0][:20] if each.isalnum()) or "an address"


def text(told: Told) -> str:
    """Return the message below the headline."""
    number = "" if told.number is None else f" (#{told.number})"
    facts = [f"{name}: {value}" for name, value in told.facts[:6]]
    links = [f"{name}: {url}" for name, url in told.links[:2]]
    return "\n".join([f"{told.news}{number}", *facts, *links])[:_BODY_CHARACTERS]


def kind_of(told: Told) -> str:
    """Return apprise's word for how bad it is; services choose a colour or a sign by it."""
    if told.is_test:
        return "info"
    return _KINDS.get(told.status) or ("warning" if told.severity in ("warning", "info") else "failure")


def _secrets(fields: Mapping[str, str], urls: list[str]) -> dict[str, str]:
    return {**fields, **{f"url {index}": url for index, url in enumerate(urls)}}
