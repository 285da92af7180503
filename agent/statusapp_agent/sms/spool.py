"""Texts by a modem at home: files in the folders of Gammu's SMS daemon (gammu-smsd-files(7)) or SMS Server Tools 3.

A file appears whole or not at all, under a name that the message alone decides: handing it over twice is one text. The
daemon moves it to a folder beside the outbox when it was sent or has failed; whether it arrived nobody says.
"""

import asyncio
import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from anyascii import anyascii

from statusapp_agent.core.model import Again
from statusapp_agent.kinds import ChannelTools
from statusapp_agent.sms.carrier import Carrier, Fate, Inbound, Lost, Sought, Step, Taken, Trouble, Whose
from statusapp_agent.sms.numbers import key

_SENT, _FAILED = ("sent", "checked_sent"), ("error", "failed")
_WAITING = ("outbox", "outgoing", "checked")
_READ_BYTES = 8_192
_MOST_FILES = 500
_MODE = 0o660  # the daemon runs as a user of its own, in the group of the folder


class Spool(Carrier):
    """One outbox, and the inbox of the same daemon."""

    confirms: ClassVar[bool] = True

    def __init__(self, folder: Path, inbox: Path | None, form: str) -> None:
        self._folder = folder
        self._inbox = inbox
        self._form = form

    async def send(self, body: str, number: str, tools: ChannelTools) -> Step:
        """Put a file into the outbox."""
        return await asyncio.to_thread(self._put, body, number, tools.tag, tools.now())

    def _put(self, body: str, number: str, tag: str, now: datetime) -> Step:
        plain = anyascii(body)  # whatever character set the daemon expects, this is the same in all of them
        note = _note(tag, number)
        if found := self._where(note):
            return found
        if self._form == "gammu":
            # A is the highest priority. The date only sorts what waits.
            name, content = f"OUTA{now:%Y%m%d_%H%M%S}_00_{number}_{note}.txt", plain
        else:
            name, content = f"statusapp_{note}", f"To: {number.removeprefix('+')}\nAlphabet: ISO\n\n{plain}\n"
        try:
            _appear(self._folder / name, content.encode("ascii"))
        except FileNotFoundError:
            return Lost(f"there is no folder {self._folder}; is the modem's program installed?", Whose.CHANNEL)
        except PermissionError:
            return Lost(
                f"the agent may not write into {self._folder}; add its user to the folder's group", Whose.CHANNEL
            )
        except OSError as fault:
            return Trouble(Again(f"{self._folder} cannot be written to: {fault.strerror}", slow=True))
        return Taken(note, "waiting for the modem")

    async def ask(self, text_id: str, tools: ChannelTools) -> Step:  # noqa: ARG002
        """Look where the daemon has put the file."""
        found = await asyncio.to_thread(self._where, text_id)
        return found or Taken(text_id, "taken by the modem", Fate.UNKNOWN)

    async def find(self, sought: Sought, tools: ChannelTools) -> Step | None:
        """Look for a file that was written before we were cut off."""
        found = await asyncio.to_thread(self._where, _note(tools.tag, sought.number))
        return found if isinstance(found, Taken) else None

    def _where(self, note: str) -> Step | None:
        """Return what the place of a text's file says; None where there is none."""
        for folder in (self._folder, *_beside(self._folder)):
            if not any(note in name and not name.startswith(".") for name in _names(folder)):
                continue
            if folder.name in _SENT:
                return Taken(note, "sent by the modem", Fate.UNKNOWN, passed_on=True)
            if folder.name in _FAILED:
                return Lost("the modem could not send it; the log of its program says why")
            return Taken(note, "waiting for the modem")
        return None

    async def inbox(self, since: datetime, tools: ChannelTools) -> list[Inbound] | Again:  # noqa: ARG002
        """Return the received texts of the files that are not older than ``since``."""
        return await asyncio.to_thread(self._received, since)

    def _received(self, since: datetime) -> list[Inbound] | Again:
        if self._inbox is None:
            return []
        try:
            files = sorted(each for each in self._inbox.iterdir() if each.is_file())[-_MOST_FILES:]
        except OSError as fault:
            return Again(f"the inbox {self._inbox} cannot be read: {fault.strerror}", slow=True)
        found = []
        for path in files:
            with contextlib.suppress(OSError):
                at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                if at >= since and (text := self._read(path, at)) is not None:
                    found.append(text)
        return found

    def _read(self, path: Path, at: datetime) -> Inbound | None:
        raw = _head(path)
        if self._form == "gammu":
            # IN<date>_<time>_<serial>_<sender>_<sequence>.txt
            parts = path.stem.split("_")
            if not path.name.startswith("IN") or path.suffix != ".txt" or len(parts) < 5:
                return None
            return Inbound(path.name, parts[3], _decoded(raw), at)
        head, _, body = raw.partition(b"\n\n")
        headers = dict(line.partition(": ")[::2] for line in head.decode("latin-1").splitlines())
        wide = headers.get("Alphabet", "").upper().startswith("UCS")
        text = body.decode("utf-16-be", "replace") if wide else _decoded(body)
        return Inbound(path.name, headers.get("From", ""), text, at)


def _note(tag: str, number: str) -> str:
    return f"{tag}x{key(number)[:8]}"


def _beside(folder: Path) -> list[Path]:
    return [folder.parent / name for name in (*_WAITING, *_SENT, *_FAILED) if folder.parent / name != folder]


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_READ_BYTES)


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    with contextlib.suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    return raw.decode("latin-1")


def _appear(path: Path, content: bytes) -> None:
    """Make a file appear whole: written under a name that no daemon looks at, kept safe, then renamed."""
    hidden = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        hidden.unlink()
    handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            hidden.chmod(_MODE)
        hidden.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            hidden.unlink()
        raise
