"""Moving a vault between its two places, and a new key for the encrypted file. The old place is emptied at the end.

Which place counts is written into the data folder, so that the next start looks where the secrets are. A kill in
between leaves the old place whole and in force.
"""

import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from statusapp_agent.store.copies import place as put_in_place
from statusapp_agent.vault_sources import VaultError

log = logging.getLogger("statusapp.vault")

Place = Literal["file", "keyring"]
_FILE = "vault.place"


def chosen_place(data_dir: Path, environment: Mapping[str, str]) -> Place:
    """Return where the secrets of a data folder rest: where they were moved to, else as ``STATUSAPP_VAULT`` says.

    Raises VaultError for a word that is no place: falling back in silence could put secrets where nobody wanted them.
    """
    moved = None
    with contextlib.suppress(FileNotFoundError):
        moved = (data_dir / _FILE).read_text("utf-8").strip()
    named = moved or environment.get("STATUSAPP_VAULT") or "file"
    if named == "keyring" and moved is None and (data_dir / "vault.json").exists():
        # An agent that was run by hand before has its secrets there: they are not to vanish, nor to be split.
        log.warning("the secrets rest in an encrypted file; `statusapp secrets move keyring` moves them")
        return "file"
    if named == "file":
        return "file"
    if named == "keyring":
        return "keyring"
    source = data_dir / _FILE if moved else "STATUSAPP_VAULT"
    raise VaultError(f"{source} says {named!r}, which is no place for secrets: it is file or keyring")


def remember_place(data_dir: Path, place: Place) -> None:
    """Have the next start use a place."""
    partial = data_dir / f"{_FILE}.partial"
    partial.write_text(f"{place}\n", "utf-8")
    if os.name != "nt":
        partial.chmod(0o600)
    put_in_place(partial, data_dir / _FILE)


def rotate_file(data_dir: Path, environment: Mapping[str, str]) -> int:
    """Give the encrypted file a new key; return how many entries were encrypted anew. Raises VaultError."""
    import keyring.errors

    from statusapp_agent.vault_file import EncryptedFile

    try:
        return EncryptedFile(data_dir, environment).rotate()
    except keyring.errors.KeyringError as fault:
        raise VaultError(str(fault)) from fault
