"""Where secrets come from besides the vault's own file: secret files, and a desktop's keyring with a time limit."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEYRING_LIMIT_S = 5.0  # a locked desktop keyring asks its user and may never answer
_MOST_BYTES = 65_536  # the same limit as the API's for a secret

T = TypeVar("T")


class VaultError(Exception):
    """A secret cannot be had or put away; the text is one sentence with what to do, and never the secret."""


class PatientKeyring:
    """A keyring whose calls end with an answer or a `VaultError`.

    With a limit each call runs in a thread of its own; one that hangs keeps it, so no second one is started meanwhile.
    Without one (our own file) it is called directly. ``find`` looks the keyring up at each use: it may appear later.
    """

    def __init__(self, find: "Callable[[], KeyringBackend]", limit_s: float | None = KEYRING_LIMIT_S) -> None:
        self._find = find
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._busy: threading.Thread | None = None

    def read(self, service: str, name: str) -> str | None:
        """Return an entry, or None."""
        return self._call("read", lambda: self._find().get_password(service, name))

    def write(self, service: str, name: str, text: str) -> None:
        """Store an entry."""
        self._call("write", lambda: self._find().set_password(service, name, text))

    def erase(self, service: str, name: str) -> None:
        """Remove an entry that is there."""
        self._call("erase", lambda: self._find().delete_password(service, name))

    def _call(self, verb: str, call: Callable[[], T]) -> T:
        if self._limit_s is None:
            return _in_words(verb, call)
        late = f"the keyring did not answer within {self._limit_s:g} s: unlock it, then it is used again by itself"
        answers: SimpleQueue[tuple[T] | VaultError] = SimpleQueue()

        def work() -> None:
            try:
                answers.put((_in_words(verb, call),))
            except VaultError as fault:
                answers.put(fault)

        with self._lock:
            if self._busy is not None and self._busy.is_alive():
                raise VaultError(late)
            self._busy = threading.Thread(target=work, name="keyring", daemon=True)
            self._busy.start()
            try:
                answer = answers.get(timeout=self._limit_s)
            except Empty:
                raise VaultError(late) from None
            self._busy = None
        if isinstance(answer, VaultError):
            raise answer
        return answer[0]


def _in_words(verb: str, call: Callable[[], T]) -> T:
    from keyring.errors import KeyringError, KeyringLocked, NoKeyringError

    try:
        return call()
    except NoKeyringError:
        raise VaultError(
            "this session has no keyring: use { file = ... } or { env = ... }, or keep secrets in the agent's own vault"
        ) from None
    except KeyringLocked:
        raise VaultError("the keyring is locked: unlock it, then it is used again by itself") from None
    except KeyringError as fault:
        raise VaultError(str(fault) or f"the keyring refused to {verb}: look at its own settings") from None
    except Exception as fault:  # noqa: BLE001  # backends are plug-ins of others; their text could hold a secret
        raise VaultError(f"the keyring failed to {verb} ({type(fault).__name__}): look at its own settings") from None


def desktop_keyring() -> "KeyringBackend":
    """Return the keyring that the session offers; slow, and may wait for its user."""
    import keyring

    return keyring.get_keyring()


def safe_folder(folder: Path) -> None:
    """Make the data folder if it is not there; refuse one that is not ours alone to write."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
    except OSError as fault:
        raise VaultError(f"the data folder {folder} cannot be used: {fault.strerror}") from fault
    if os.name == "nt":
        return  # owners and modes say nothing there
    if about.st_uid != os.geteuid():
        raise VaultError(
            f"the data folder {folder} belongs to another user (id {about.st_uid}): run the agent as its owner"
        )
    if about.st_mode & 0o022:
        raise VaultError(
            f"others may write into the data folder {folder} (mode {stat.S_IMODE(about.st_mode):04o}): "
            "take that right away with chmod 700"
        )


def read_secret_file(path: Path) -> str:
    """Return a secret file's text without its last newline; only a plain file, since a pipe could wait for ever."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise VaultError(f"the secret file {path} is not a plain file: name one that holds the secret alone")
            raw = stream.read(_MOST_BYTES + 1)
    except OSError as fault:
        raise VaultError(
            f"the secret file {path} cannot be read: {fault.strerror}; check its name and its rights"
        ) from None
    if len(raw) > _MOST_BYTES:
        raise VaultError(f"the secret file {path} is larger than 64 KiB: name a file that holds the secret alone")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise VaultError(
            f"the secret file {path} is not text in UTF-8: name a file that holds the secret alone"
        ) from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise VaultError(f"the secret file {path} is empty: write the secret into it")
    return text
