"""Secrets change their place and their key: all of them, or none."""

from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from statusapp_agent.vault import Vault
from statusapp_agent.vault_file import EncryptedFile
from statusapp_agent.vault_move import chosen_place, remember_place, rotate_file
from statusapp_agent.vault_sources import VaultError

SECRET = "moved-s3cr3t-4711"
PATH = "channels/pd/integration_key"


class Session(KeyringBackend):
    """A keyring in memory that can be locked, or forget what it was given."""

    viable = False
    priority = 0.0

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.forgets = False

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        if not self.forgets:
            self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        del self.entries[service, username]

    def _open(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def vault(folder: Path, session: Session, place: str) -> Vault:
    assert place in ("file", "keyring")
    return Vault.open(folder, {}, "keyring" if place == "keyring" else "file", find_keyring=lambda: session)


def test_there_and_back(folder: Path) -> None:
    session = Session()
    ours = vault(folder, session, "file")
    ours.put(PATH, "older")
    ours.put(PATH, SECRET)
    moved: list[str] = []
    assert ours.move_to(vault(folder, session, "keyring"), lambda: moved.append("keyring")) == 1
    assert moved == ["keyring"]
    # The same numbers: what is open is still closed with the value that it was opened with.
    for each in (ours, vault(folder, session, "keyring")):
        assert (each.get(PATH), each.get(PATH, 1), each.version(PATH)) == (SECRET, "older", 2)
        assert each.same(PATH, SECRET)
    assert vault(folder, session, "file").paths() == []
    ours.put(PATH, "newest")
    assert vault(folder, session, "keyring").get(PATH) == "newest"
    assert ours.move_to(vault(folder, session, "file"), lambda: None) == 1
    assert session.entries == {}
    assert vault(folder, session, "file").get(PATH) == "newest"


@pytest.mark.parametrize("fault", ["locked", "forgets"])
def test_a_place_that_does_not_take_them_changes_nothing(folder: Path, fault: str) -> None:
    session = Session()
    setattr(session, fault, True)
    ours = vault(folder, session, "file")
    ours.put(PATH, SECRET)
    with pytest.raises(VaultError):
        ours.move_to(vault(folder, session, "keyring"), lambda: pytest.fail("it was settled"))
    assert ours.get(PATH) == SECRET
    assert vault(folder, session, "file").get(PATH) == SECRET


def test_a_locked_keyring_is_used_once_it_is_unlocked(folder: Path) -> None:
    """Fault U5: no plain text, no other place, and no restart either."""
    session = Session()
    vault(folder, session, "keyring").put(PATH, SECRET)
    session.locked = True
    ours = vault(folder, session, "keyring")
    with pytest.raises(VaultError, match="locked: unlock it"):
        ours.get(PATH)
    with pytest.raises(VaultError):
        ours.put(PATH, "other")
    assert [path.name for path in folder.iterdir()] == []
    session.locked = False
    assert ours.get(PATH) == SECRET


def test_the_place_is_remembered_and_never_guessed(folder: Path) -> None:
    assert chosen_place(folder, {}) == "file"
    assert chosen_place(folder, {"STATUSAPP_VAULT": "keyring"}) == "keyring"
    with pytest.raises(VaultError, match="no place for secrets"):
        chosen_place(folder, {"STATUSAPP_VAULT": "keychain"})
    remember_place(folder, "keyring")
    assert chosen_place(folder, {"STATUSAPP_VAULT": "file"}) == "keyring"
    (folder / "vault.place").write_text("elsewhere")
    with pytest.raises(VaultError, match=r"vault\.place"):
        chosen_place(folder, {})


def test_secrets_that_are_in_the_file_already_do_not_vanish(folder: Path) -> None:
    vault(folder, Session(), "file").put(PATH, SECRET)
    assert chosen_place(folder, {"STATUSAPP_VAULT": "keyring"}) == "file"


def test_a_new_key_opens_what_the_old_one_did_and_the_old_one_nothing(folder: Path) -> None:
    session = Session()
    vault(folder, session, "file").put(PATH, SECRET)
    old = (folder / "vault.key").read_bytes()
    assert rotate_file(folder, {}) == 2  # the secret and the index
    assert (folder / "vault.key").read_bytes() != old
    assert vault(folder, session, "file").get(PATH) == SECRET
    assert not (folder / "vault.key.next").exists()
    (folder / "vault.key").write_bytes(old)
    with pytest.raises(VaultError, match="does not open with this key"):
        vault(folder, session, "file").get(PATH)


def test_a_rotation_cut_off_at_any_point_loses_nothing(folder: Path) -> None:
    session = Session()
    vault(folder, session, "file").put(PATH, SECRET)
    old_key, old_file = (folder / "vault.key").read_bytes(), (folder / "vault.json").read_bytes()
    rotate_file(folder, {})
    new_key, new_file = (folder / "vault.key").read_bytes(), (folder / "vault.json").read_bytes()
    for content in (old_file, new_file):  # before and after the file was replaced, with the key still to follow
        (folder / "vault.json").write_bytes(content)
        (folder / "vault.key").write_bytes(old_key)
        (folder / "vault.key.next").write_bytes(new_key)
        (folder / "vault.key.next").chmod(0o600)
        assert vault(folder, session, "file").get(PATH) == SECRET


def test_roots_key_is_not_ours_to_change(folder: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "statusapp.key").write_bytes(b"k" * 32)
    (credentials / "statusapp.key").chmod(0o400)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    Vault.open(folder, environment).put(PATH, SECRET)
    with pytest.raises(VaultError, match="root's"):
        rotate_file(folder, environment)
    assert EncryptedFile(folder, environment).key_place == "a credential of systemd's"
