"""Secrets by reference: the only module that sees one at rest.

A path names a secret: ``channels/<name>/<field>`` or ``monitors/<name>/<field>``. Each new value gets a growing version
number, so that a page can be closed with the key that opened it. Calls may wait for a disk or for a desktop's
keyring: not for the event loop.
"""

import contextlib
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from statusapp_agent.fields import SecretRef
from statusapp_agent.vault_sources import (
    KEYRING_LIMIT_S,
    PatientKeyring,
    VaultError,
    desktop_keyring,
    read_secret_file,
    safe_folder,
)

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["KEYRING_SERVICE", "Secret", "Vault", "VaultError"]

KEYRING_SERVICE = "statusapp"  # the service under which { keyring = "NAME" } is looked up
_INDEX = "index"


class Secret:
    """A secret on its way through the program: shows ``***`` wherever it is printed; `reveal` at the point of use."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not written down")


@dataclass(slots=True)
class _Record:
    """All values of one path: by version, with the time each was put (RFC 3339), and the next version number."""

    following: int = 1
    values: dict[int, str] = field(default_factory=dict, repr=False)
    put_at: dict[int, str] = field(default_factory=dict)

    @property
    def newest(self) -> int | None:
        return max(self.values, default=None)


class Vault:
    """Secrets by path and version, kept in memory once read. Build it with `Vault.open`."""

    def __init__(
        self,
        store: PatientKeyring,
        service: str,
        desktop: PatientKeyring,
        environment: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._service = service
        self._desktop = desktop
        self._environment = environment
        self._now = now
        self._lock = threading.RLock()
        self._records: dict[str, _Record] = {}
        self._index: tuple[bytes, tuple[str, ...]] | None = None

    @classmethod
    def open(
        cls,
        data_dir: Path,
        environment: Mapping[str, str],
        mode: Literal["file", "keyring"] = "file",
        *,
        find_keyring: "Callable[[], KeyringBackend]" = desktop_keyring,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit_s: float = KEYRING_LIMIT_S,
    ) -> "Vault":
        """Return the vault of an agent's data folder, which is made if it does not exist.

        ``mode`` says where secrets rest: an encrypted file in the folder, or the desktop's keyring, which has
        ``limit_s`` seconds to answer. Nothing is read yet; raises VaultError when the folder is not safe.
        """
        safe_folder(data_dir)
        desktop = PatientKeyring(find_keyring, limit_s)
        if mode == "keyring":
            # Several agents of one user share a keyring, so each has a service of its own there.
            return cls(desktop, f"{KEYRING_SERVICE} {data_dir.resolve()}", desktop, environment, now)
        from statusapp_agent.vault_file import EncryptedFile

        file = EncryptedFile(data_dir, environment)
        return cls(PatientKeyring(lambda: file, None), KEYRING_SERVICE, desktop, environment, now)

    def put(self, path: str, value: str | Secret) -> int:
        """Store a value as the newest of its path and return its version; older versions stay until forgotten."""
        text = value.reveal() if isinstance(value, Secret) else value
        if not text:
            raise VaultError(f"the secret {path} is empty: give its value")
        with self._lock:
            record = self._record(path)
            version = record.following
            changed = _Record(
                version + 1,
                {**record.values, version: text},
                {**record.put_at, version: self._now().astimezone(UTC).isoformat()},
            )
            self._list_path(path)
            self._write(path, changed)
            return version

    def get(self, path: str, version: int | None = None) -> str:
        """Return a stored value, the newest unless a version is named; raise VaultError when there is none."""
        record = self._records.get(path)  # known values never wait for a keyring that hangs
        if record is None:
            with self._lock:
                record = self._record(path)
        chosen = record.newest if version is None else version
        if chosen is None or chosen not in record.values:
            which = path if version is None or not record.values else f"version {version} of {path}"
            raise VaultError(f"the vault holds no {which}: enter the secret again")
        return record.values[chosen]

    def holds(self, path: str) -> bool:
        """Whether a value is stored at this path."""
        with self._lock:
            return self._record(path).newest is not None

    def version(self, path: str) -> int | None:
        """Return the newest version number of a path, or None."""
        with self._lock:
            return self._record(path).newest

    def resolve(self, ref: SecretRef, path: str, version: int | None = None) -> str:
        """Return the value that a reference means for a path; raise VaultError with a sentence when it has none.

        A file is read at each use. A value of the environment that was put away for this path when the settings were
        applied wins over the agent's own environment.
        """
        if ref.file is not None:
            return read_secret_file(Path(ref.file))
        if ref.keyring is not None:
            return self._from_keyring(ref.keyring)
        if ref.env is None or self.holds(path):
            return self.get(path, version)
        if value := self._environment.get(ref.env):
            return value
        raise VaultError(
            f"{path} comes from the environment variable {ref.env}, which the agent does not have: apply the settings "
            "where it is set, or give it to the agent"
        )

    def same(self, path: str, value: str | Secret) -> bool:
        """Whether this is the newest stored value of a path."""
        text = value.reveal() if isinstance(value, Secret) else value
        stored = self.fingerprint(path)
        return stored is not None and hmac.compare_digest(stored, self._fingerprint_of(path, text))

    def fingerprint(self, path: str) -> str | None:
        """Return a keyed hash of the newest value, or None: it tells whether a value is the same, and nothing else."""
        with self._lock:
            record = self._record(path)
            return None if record.newest is None else self._fingerprint_of(path, record.values[record.newest])

    def set_at(self, path: str) -> datetime | None:
        """Return when the newest value was put, or None."""
        with self._lock:
            record = self._record(path)
            return None if record.newest is None else datetime.fromisoformat(record.put_at[record.newest])

    def paths(self) -> list[str]:
        """Return the paths that hold a value, sorted."""
        with self._lock:
            return sorted(path for path in self._read_index()[1] if self._record(path).newest is not None)

    def forget(self, path: str, version: int) -> None:
        """Remove one version for ever; nothing happens when there is none."""
        self._keep(path, lambda kept: kept != version)

    def forget_all(self, path: str) -> None:
        """Remove every version of a path. Its next value still gets a new number: an old one must never mean it."""
        self._keep(path, lambda _: False)

    def kept_versions(self, path: str) -> int:
        """Return how many values of a path are kept: the newest, and those that what is open still needs."""
        with self._lock:
            return len(self._record(path).values)

    def alone(self, call: Callable[[], int]) -> int:
        """Run something while nothing is read from the store or written to it."""
        with self._lock:
            return call()

    def move_to(self, other: "Vault", settle: Callable[[], None]) -> int:
        """Let every secret rest in another vault's place from now on; return how many paths that concerned.

        All of it is written there and read back first; then ``settle`` writes down which place counts; only then are
        the entries here removed. Raises VaultError; then this place is whole and in force.
        """
        with self._lock:
            salt, paths = self._read_index()
            texts = {path: text for path in paths if (text := self._store.read(self._service, path)) is not None}
            texts[_INDEX] = json.dumps({"salt": salt.hex(), "paths": paths})
            for path, text in texts.items():
                other._store.write(other._service, path, text)  # noqa: SLF001 - another one of ours
            for path, text in texts.items():
                if other._store.read(other._service, path) != text:  # noqa: SLF001
                    raise VaultError(f"{path} could not be read back from its new place: nothing was moved")
            settle()
            before, service = self._store, self._service
            self._store, self._service = other._store, other._service  # noqa: SLF001
            for path in texts:
                # What stays behind is still guarded there; the next move writes over it.
                with contextlib.suppress(VaultError):
                    before.erase(service, path)
            return len(paths)

    def _keep(self, path: str, kept: Callable[[int], bool]) -> None:
        with self._lock:
            record = self._record(path)
            values = {version: value for version, value in record.values.items() if kept(version)}
            if values != record.values:
                put_at = {version: record.put_at[version] for version in values}
                self._write(path, _Record(record.following, values, put_at))

    def _fingerprint_of(self, path: str, value: str) -> str:
        with self._lock:
            salt = self._read_index()[0] or self._list_path(path)
        return hmac.new(salt, json.dumps([path, value]).encode(), hashlib.sha256).hexdigest()[:32]

    def _record(self, path: str) -> _Record:
        if path not in self._records:
            self._records[path] = _decode(path, self._store.read(self._service, path))
        return self._records[path]

    def _write(self, path: str, record: _Record) -> None:
        text = json.dumps(
            {
                "next": record.following,
                "values": {str(version): [record.put_at[version], value] for version, value in record.values.items()},
            }
        )
        self._store.write(self._service, path, text)
        self._records[path] = record

    def _read_index(self) -> tuple[bytes, tuple[str, ...]]:
        """Return the key of the fingerprints (empty before the first value) and the paths ever used.

        A keyring cannot list what it holds, hence the index.
        """
        if self._index is None:
            text = self._store.read(self._service, _INDEX)
            try:
                content: Any = json.loads(text) if text else {"salt": "", "paths": []}
                self._index = (bytes.fromhex(content["salt"]), tuple(map(str, content["paths"])))
            except (ValueError, KeyError, TypeError) as fault:
                raise VaultError("the vault's index cannot be read: restore the vault from a backup") from fault
        return self._index

    def _list_path(self, path: str) -> bytes:
        salt, paths = self._read_index()
        if salt and path in paths:
            return salt
        index = (salt or secrets.token_bytes(32), (*paths, path))
        text = json.dumps({"salt": index[0].hex(), "paths": index[1]})
        self._store.write(self._service, _INDEX, text)
        self._index = index
        return index[0]

    def _from_keyring(self, name: str) -> str:
        value = self._desktop.read(KEYRING_SERVICE, name)
        if not value:
            raise VaultError(
                f"the keyring holds no {name!r}: as the agent's user, run `keyring set {KEYRING_SERVICE} {name}`"
            )
        return value


def _decode(path: str, text: str | None) -> _Record:
    if text is None:
        return _Record()
    try:
        content = json.loads(text)
        values = {int(version): str(pair[1]) for version, pair in content["values"].items()}
        put_at = {int(version): str(pair[0]) for version, pair in content["values"].items()}
        return _Record(int(content["next"]), values, put_at)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        # Without the cause: a decoder's message may quote what it could not read.
        raise VaultError(f"what the vault holds for {path} cannot be read: enter the secret again") from None
