"""A keyring in one encrypted file, for machines without a desktop's keyring: AES-256-GCM, one nonce for each entry.

The key lies beside the file or comes from systemd as a credential. Every file is refused unless it is a plain file of
our own that nobody else may read: a link or a stranger's file here would be an attack, not an accident.
"""

import base64
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keyring.errors
from keyring.backend import KeyringBackend

KEY_BYTES = 32  # AES-256
_NONCE_BYTES = 12  # the length GCM is specified for (NIST SP 800-38D, 5.2.1.1)
_MOST_BYTES = 16 * 1_048_576  # a vault of this size is not one of ours
_CREDENTIAL = "statusapp.key"


class EncryptedFile(KeyringBackend):
    """Entries by (service, user name) in ``folder/vault.json``; every fault is a `KeyringError` with a sentence."""

    viable = False  # so that keyring's own search never chooses it
    priority = 0.0

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        # The base class would let KEYRING_PROPERTY_* variables set attributes here, so it is not called.
        self._file = folder / "vault.json"
        self._own_key = folder / "vault.key"
        self._next_key = folder / "vault.key.next"
        credentials = environment.get("CREDENTIALS_DIRECTORY")
        self._credential = Path(credentials) / _CREDENTIAL if credentials else None

    def get_password(self, service: str, username: str) -> str | None:
        """Return the entry, or None when there is none."""
        sealed = self._entries().get(_label(service, username))
        if sealed is None:
            return None
        return self._open(sealed, _label(service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store an entry; it is on the disk when this returns."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        entries = self._entries()
        nonce = os.urandom(_NONCE_BYTES)
        label = _label(service, username)
        sealed = nonce + AESGCM(self._key(make=not entries)).encrypt(nonce, password.encode(), label.encode())
        self._write({**entries, label: base64.b64encode(sealed).decode()})

    def delete_password(self, service: str, username: str) -> None:
        """Remove an entry; raise `PasswordDeleteError` when there is none."""
        entries = self._entries()
        if entries.pop(_label(service, username), None) is None:
            raise keyring.errors.PasswordDeleteError(f"the vault holds nothing called {username!r}")
        self._write(entries)

    @property
    def key_place(self) -> str:
        """Where the key comes from, in words."""
        if self._credential is not None and self._credential.exists():
            return "a credential of systemd's"
        return str(self._own_key)

    def rotate(self) -> int:
        """Encrypt everything anew under a new key; return how many entries that were. Raises `KeyringError`.

        The new key is on the disk before anything needs it, and the old one goes when nothing does: a kill in between
        leaves both, and each entry opens with one of them.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if self._credential is not None and self._credential.exists():
            raise keyring.errors.KeyringError(
                "the key comes from systemd and is root's: move the secrets to a new key as statusapp(1) describes"
            )
        plain = {label: self._open(sealed, label) for label, sealed in self._entries().items()}
        if not plain:
            return 0
        key = os.urandom(KEY_BYTES)
        _write_guarded(self._next_key, key)
        anew = {}
        for label, text in plain.items():
            nonce = os.urandom(_NONCE_BYTES)
            sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), label.encode())
            anew[label] = base64.b64encode(sealed).decode()
        self._write(anew)
        self._settle_key()
        return len(anew)

    def _settle_key(self) -> None:
        try:
            self._next_key.replace(self._own_key)
        except OSError as fault:
            raise keyring.errors.PasswordSetError(f"{self._own_key} cannot be written: {fault.strerror}") from fault
        _sync_folder(self._own_key.parent)

    def _open(self, sealed: str, label: str) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            raw = base64.b64decode(sealed, validate=True)
            return (
                AESGCM(self._key(make=False)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], label.encode()).decode()
            )
        except (InvalidTag, ValueError) as fault:
            opened = self._open_by_next(sealed, label)
            if opened is not None:
                return opened
            raise keyring.errors.KeyringError(
                f"an entry of {self._file} does not open with this key: it was changed, or vault.key belongs to "
                "another vault; restore both from one backup or enter the secret again"
            ) from fault

    def _open_by_next(self, sealed: str, label: str) -> str | None:
        """Open an entry with the key of a rotation that was cut off, and end that rotation; None when that fails."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = _read_guarded(self._next_key)
        if key is None or len(key) != KEY_BYTES:
            return None
        try:
            raw = base64.b64decode(sealed, validate=True)
            text = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], label.encode()).decode()
        except (InvalidTag, ValueError):
            return None
        self._settle_key()
        return text

    def _key(self, *, make: bool) -> bytes:
        if self._credential is not None and (key := _read_guarded(self._credential, credential=True)) is not None:
            return _whole_key(key, self._credential)
        key = _read_guarded(self._own_key)
        # A key cut short by a crash protects nothing yet while no entry exists, so it may be made anew.
        if make and (key is None or len(key) != KEY_BYTES):
            key = os.urandom(KEY_BYTES)
            _write_guarded(self._own_key, key)
        if key is None:
            raise keyring.errors.KeyringError(
                f"{self._own_key} is missing, so {self._file} cannot be opened: restore the key from a backup, or "
                "delete vault.json and enter the secrets again"
            )
        return _whole_key(key, self._own_key)

    def _entries(self) -> dict[str, str]:
        raw = _read_guarded(self._file)
        if raw is None:
            return {}
        try:
            content: Any = json.loads(raw)
            entries = content["entries"]
            if content["version"] == 1 and all(isinstance(text, str) for pair in entries.items() for text in pair):
                return dict(entries)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise keyring.errors.KeyringError(
            f"{self._file} is not a vault that this version can read: restore it from a backup, or delete it and enter "
            "the secrets again"
        )

    def _write(self, entries: Mapping[str, str]) -> None:
        _write_guarded(self._file, json.dumps({"version": 1, "entries": entries}, indent=1, sort_keys=True).encode())


def _label(service: str, username: str) -> str:
    """Return what names an entry and is bound to it, so that an entry moved to another name does not open."""
    return json.dumps([service, username])


def _whole_key(key: bytes, path: Path) -> bytes:
    if len(key) != KEY_BYTES:
        raise keyring.errors.KeyringError(
            f"{path} has {len(key)} bytes instead of {KEY_BYTES}: restore it from a backup"
        )
    return key


def _read_guarded(path: Path, *, credential: bool = False) -> bytes | None:
    """Return a file's bytes, or None when it does not exist; refuse what somebody else could have put or read there."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as fault:
        if path.is_symlink():
            raise _refusal(path, "is a symbolic link") from fault
        raise keyring.errors.KeyringError(f"{path} cannot be read: {fault.strerror}") from fault
    with open(handle, "rb") as stream:  # noqa: PTH123
        about = os.fstat(stream.fileno())
        _check_about(path, about, credential=credential)
        return stream.read(_MOST_BYTES)


def _check_about(path: Path, about: os.stat_result, *, credential: bool) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise _refusal(path, "is not a plain file")
    if os.name == "nt":
        return  # owners and modes say nothing there; the folder's own rights protect it
    # systemd hands a credential over as root's, with an access list that shows as the group's right to read.
    owners = {os.geteuid(), 0} if credential else {os.geteuid()}
    if about.st_uid not in owners:
        raise _refusal(path, f"belongs to another user (id {about.st_uid})")
    if about.st_mode & (0o037 if credential else 0o077):
        raise _refusal(path, f"may be used by others (mode {stat.S_IMODE(about.st_mode):04o} instead of 0600)")
    if about.st_nlink > 1:
        raise _refusal(path, "has a second name (a hard link)")
    if about.st_size > _MOST_BYTES:
        raise _refusal(path, "is far too large")


def _refusal(path: Path, what: str) -> keyring.errors.KeyringError:
    return keyring.errors.KeyringError(
        f"{path} {what}, so it is not trusted: look who put it there, and mend or remove it"
    )


def _write_guarded(path: Path, content: bytes) -> None:
    """Replace a file in one step, 0600 from its first moment; it is on the disk when this returns."""
    try:
        _read_guarded(path)  # what would be refused is not silently replaced either
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp creates with mode 0600
        try:
            with open(handle, "wb") as stream:  # noqa: PTH123
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as fault:
        raise keyring.errors.PasswordSetError(f"{path} cannot be written: {fault.strerror}") from fault


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
