"""The vault: by path and version, encrypted at rest, distrustful of its files, patient with a desktop's keyring."""

import base64
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from statusapp_agent.fields import SecretRef
from statusapp_agent.vault import Secret, Vault, VaultError

CANARY = "c4nary-5ecret-value"
PATH = "channels/ring/integration_key"
NOON = datetime(2027, 1, 31, 12, tzinfo=UTC)


class InMemory(KeyringBackend):
    """A desktop's keyring."""

    viable = False
    priority = 0.0

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class Hanging(InMemory):
    """One that waits for its user."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.unlocked.wait(30)
        return super().get_password(service, username)


class Failing(InMemory):
    """One that fails in the way it is told to."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    def get_password(self, service: str, username: str) -> str | None:
        raise self.fault


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def opened(folder: Path, environment: dict[str, str] | None = None, **options) -> Vault:
    return Vault.open(folder, environment or {}, now=lambda: NOON, **options)


def test_versions_grow_and_stay_until_forgotten(folder: Path) -> None:
    vault = opened(folder)
    assert [vault.put(PATH, "one"), vault.put(PATH, Secret("two"))] == [1, 2]
    for either in (vault, opened(folder)):
        assert (either.get(PATH), either.get(PATH, 1), either.version(PATH)) == ("two", "one", 2)
    vault.forget(PATH, 1)
    with pytest.raises(VaultError, match="holds no version 1"):
        opened(folder).get(PATH, 1)
    vault.forget_all(PATH)
    assert (vault.paths(), vault.holds(PATH), vault.set_at(PATH)) == ([], False, None)
    assert opened(folder).put(PATH, "three") == 3


def test_what_it_tells_of_a_secret_without_the_secret(folder: Path) -> None:
    vault = opened(folder)
    assert (vault.fingerprint(PATH), vault.same(PATH, CANARY)) == (None, False)
    vault.put(PATH, CANARY)
    vault.put("monitors/nas/password", CANARY)
    assert vault.same(PATH, CANARY)
    assert vault.same(PATH, Secret(CANARY))
    assert not vault.same(PATH, CANARY + "x")
    assert vault.fingerprint(PATH) != vault.fingerprint("monitors/nas/password")
    assert opened(folder).fingerprint(PATH) == vault.fingerprint(PATH)
    assert vault.set_at(PATH) == NOON
    assert vault.paths() == [PATH, "monitors/nas/password"]


def test_no_byte_of_a_secret_is_on_the_disk(folder: Path) -> None:
    vault = opened(folder)
    vault.put(PATH, CANARY)
    vault.put(PATH, CANARY * 2)
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"integration_key" in written
    forms = [CANARY.encode(), CANARY.encode().hex().encode(), CANARY.encode("utf-16-le")]
    forms += [base64.b64encode(b" " * shift + CANARY.encode())[4:-4] for shift in range(3)]
    assert [form for form in forms if form in written] == []
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["vault.json", "vault.key"]


def test_a_secret_shows_nothing_wherever_it_is_printed() -> None:
    secret = Secret(CANARY)
    assert {repr(secret), str(secret), f"{secret}", f"{[secret]}"} == {"***", "[***]"}
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_swapped_entries_do_not_open(folder: Path) -> None:
    vault = opened(folder)
    vault.put("channels/a/key", "one")
    vault.put("channels/b/key", "two")
    file = folder / "vault.json"
    content = json.loads(file.read_text())
    first, second = (label for label in content["entries"] if "/key" in label)
    entries = content["entries"]
    entries[first], entries[second] = entries[second], entries[first]
    file.write_text(json.dumps(content))
    with pytest.raises(VaultError, match="does not open with this key"):
        opened(folder).get("channels/a/key")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2, "entries": {}}', '{"version": 1, "entries": {"a": 1}}']
)
def test_a_damaged_file_is_told_and_not_replaced(folder: Path, text: str) -> None:
    opened(folder).put(PATH, "one")
    (folder / "vault.json").write_text(text)
    for use in (lambda vault: vault.get(PATH), lambda vault: vault.put(PATH, "two")):
        with pytest.raises(VaultError, match="not a vault that this version can read"):
            use(opened(folder))
    assert (folder / "vault.json").read_text() == text


def test_a_lost_key_is_told_and_not_made_anew(folder: Path) -> None:
    opened(folder).put(PATH, "one")
    (folder / "vault.key").unlink()
    with pytest.raises(VaultError, match=r"vault\.key is missing"):
        opened(folder).put(PATH, "two")
    assert not (folder / "vault.key").exists()


def test_a_key_cut_short_before_its_first_use_is_made_anew(folder: Path) -> None:
    vault = opened(folder)
    (folder / "vault.key").touch(mode=0o600)
    vault.put(PATH, "one")
    assert opened(folder).get(PATH) == "one"
    (folder / "vault.key").write_bytes(b"short")
    with pytest.raises(VaultError, match="5 bytes instead of 32"):
        opened(folder).get(PATH)


def test_the_key_of_systemd_is_used_where_there_is_one(folder: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "statusapp.key").write_bytes(bytes(range(32)))
    (credentials / "statusapp.key").chmod(0o440)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    opened(folder, environment).put(PATH, "one")
    assert not (folder / "vault.key").exists()
    assert opened(folder, environment).get(PATH) == "one"
    with pytest.raises(VaultError, match="is missing"):
        opened(folder).get(PATH)


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def _second_name(path: Path) -> None:
    path.with_suffix(".other").hardlink_to(path)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("name", ["vault.json", "vault.key"])
@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_link, "is a symbolic link"),
        (_second_name, "has a second name"),
        (_pipe, "is not a plain file"),
        (lambda path: path.chmod(0o640), "may be used by others"),
    ],
)
def test_a_file_that_others_could_have_placed_is_refused(folder: Path, name: str, plant, words: str) -> None:
    opened(folder).put(PATH, "one")
    plant(folder / name)
    with pytest.raises(VaultError, match=words):
        opened(folder).get(PATH)
    with pytest.raises(VaultError, match=words):
        opened(folder).put(PATH, "two")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_strangers_file_or_folder_is_refused(folder: Path) -> None:
    opened(folder).put(PATH, "one")
    os.chown(folder / "vault.json", 65_534, -1)
    with pytest.raises(VaultError, match="belongs to another user"):
        opened(folder).get(PATH)
    os.chown(folder, 65_534, -1)
    with pytest.raises(VaultError, match="belongs to another user"):
        opened(folder)


def test_a_folder_that_others_may_write_into_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(VaultError, match="chmod 700"):
        opened(folder)


def test_a_value_put_away_wins_over_the_environment(folder: Path) -> None:
    vault = opened(folder, {"KEY": "from the environment"})
    ref = SecretRef(env="KEY")
    assert vault.resolve(ref, PATH) == "from the environment"
    first = vault.put(PATH, "put away")
    vault.put(PATH, "newer")
    assert vault.resolve(ref, PATH) == "newer"
    assert vault.resolve(ref, PATH, first) == "put away"
    with pytest.raises(VaultError, match="environment variable OTHER"):
        vault.resolve(SecretRef(env="OTHER"), "monitors/a/password")


def test_a_secret_file_is_read_at_each_use(folder: Path, tmp_path: Path) -> None:
    vault, file = opened(folder), tmp_path / "key"
    ref = SecretRef(file=str(file))
    with pytest.raises(VaultError, match="No such file"):
        vault.resolve(ref, PATH)
    for written, meant in (("one\n", "one"), ("two\r\n", "two"), (" three \n\n", " three \n")):
        file.write_bytes(written.encode())
        assert vault.resolve(ref, PATH) == meant


@pytest.mark.parametrize(
    ("content", "words"), [(b"\n", "is empty"), (b"x" * 70_000, "64 KiB"), (b"\xff\xfe", "not text in UTF-8")]
)
def test_a_file_that_is_no_secret_is_told(folder: Path, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(VaultError, match=words):
        opened(folder).resolve(SecretRef(file=str(tmp_path / "key")), PATH)


def test_a_pipe_as_secret_file_does_not_wait(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(VaultError, match="not a plain file"):
        opened(folder).resolve(SecretRef(file=str(tmp_path / "pipe")), PATH)


def test_secrets_rest_in_the_desktops_keyring_when_asked(folder: Path, tmp_path: Path) -> None:
    ring = InMemory()
    vault = opened(folder, mode="keyring", find_keyring=lambda: ring)
    vault.put(PATH, "one")
    assert opened(folder, mode="keyring", find_keyring=lambda: ring).get(PATH) == "one"
    assert not opened(tmp_path / "other", mode="keyring", find_keyring=lambda: ring).holds(PATH)
    assert list(folder.iterdir()) == []


def test_a_reference_into_the_keyring(folder: Path) -> None:
    ring = InMemory()
    ring.set_password("statusapp", "pd", "from the keyring")
    vault = opened(folder, find_keyring=lambda: ring)
    assert vault.resolve(SecretRef(keyring="pd"), PATH) == "from the keyring"
    with pytest.raises(VaultError, match="keyring set statusapp other"):
        vault.resolve(SecretRef(keyring="other"), PATH)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (keyring.errors.NoKeyringError(CANARY), "has no keyring"),
        (keyring.errors.KeyringLocked(CANARY), "is locked"),
        (RuntimeError(CANARY), "RuntimeError"),
    ],
)
def test_a_keyring_that_fails_is_told_in_words(folder: Path, fault: Exception, words: str) -> None:
    vault = opened(folder, find_keyring=lambda: Failing(fault))
    with pytest.raises(VaultError, match=words) as caught:
        vault.resolve(SecretRef(keyring="pd"), PATH)
    assert CANARY not in str(caught.value)


def test_a_keyring_that_hangs_keeps_one_thread_and_is_used_once_unlocked(folder: Path) -> None:
    ring = Hanging()
    ring.set_password("statusapp", "pd", "at last")
    vault = opened(folder, find_keyring=lambda: ring, limit_s=0.3)
    for _ in range(3):
        with pytest.raises(VaultError, match="unlock it"):
            vault.resolve(SecretRef(keyring="pd"), PATH)
    assert ring.calls == 1
    ring.unlocked.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(10)
    patient = opened(folder, find_keyring=lambda: ring)
    assert patient.resolve(SecretRef(keyring="pd"), PATH) == "at last"
    assert vault.resolve(SecretRef(keyring="pd"), PATH) == "at last"


def test_an_empty_secret_is_refused(folder: Path) -> None:
    with pytest.raises(VaultError, match="is empty"):
        opened(folder).put(PATH, "")
