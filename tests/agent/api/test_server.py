"""The socket itself: where it is, how open, who is let in, and how it ends."""

import asyncio
import json
import os
import pwd
import signal
import stat
import sys
import threading
from pathlib import Path

import httpx
import pytest

from statusapp_agent.api.server import BindError, bind
from tests.support.agent_on_socket import OnSocket, agent_on_socket, listening

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "run" / "agent.sock"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_user_s_socket_is_his_alone(place: Path):
    before = os.umask(0)
    try:
        with bind(place, "user"):
            assert mode_of(place) == 0o600
            assert mode_of(place.parent) == 0o700
    finally:
        os.umask(before)


@needs_root
def test_a_system_s_socket_is_its_group_s(place: Path):
    place.parent.mkdir(mode=0o755)
    with bind(place, "system", 4242):
        assert (mode_of(place), place.lstat().st_gid) == (0o660, 4242)


@needs_root
@pytest.mark.parametrize(("mode", "group", "allowed"), [("user", None, {0o600}), ("system", 0, {0o660})])
def test_the_socket_is_never_wider_than_it_should_be(place: Path, mode, group, allowed):
    place.parent.mkdir(mode=0o700)
    seen: set[int] = set()
    done = threading.Event()

    def spy() -> None:
        while not done.is_set():
            try:
                seen.add(mode_of(place))
            except FileNotFoundError:
                continue

    watching = threading.Thread(target=spy)
    watching.start()
    try:
        for turn in range(20_000):
            bind(place, mode, group).close()
            if turn >= 200 and seen:  # a busy machine may not let the spy look that soon
                break
    finally:
        done.set()
        watching.join()
    assert seen == allowed


@needs_root
def test_a_foreign_group_gets_in_only_once_it_is_the_group_s(place: Path):
    place.parent.mkdir(mode=0o700)
    seen: set[tuple[int, int]] = set()
    done = threading.Event()

    def spy() -> None:
        while not done.is_set():
            try:
                info = place.lstat()
            except FileNotFoundError:
                continue
            seen.add((stat.S_IMODE(info.st_mode), info.st_gid))

    watching = threading.Thread(target=spy)
    watching.start()
    try:
        for _ in range(200):
            bind(place, "system", 4242).close()
            assert (mode_of(place), place.lstat().st_gid) == (0o660, 4242)
    finally:
        done.set()
        watching.join()
    assert seen <= {(0o600, os.getegid()), (0o600, 4242), (0o660, 4242)}


def test_a_dead_agent_s_socket_is_replaced(place: Path):
    bind(place, "user").close()
    first = place.lstat().st_ino, place.lstat().st_ctime_ns
    with bind(place, "user"):
        assert (place.lstat().st_ino, place.lstat().st_ctime_ns) != first


@pytest.mark.parametrize("what", ["folder", "file", "link", "link to a socket"])
def test_what_is_no_socket_is_left_alone(place: Path, what):
    place.parent.mkdir(mode=0o700)
    if what == "folder":
        place.mkdir()
    elif what == "file":
        place.write_text("precious")
    elif what == "link":
        place.symlink_to(place.parent / "elsewhere")
    else:
        bind(place.with_name("other.sock"), "user").close()
        place.symlink_to(place.with_name("other.sock"))
    with pytest.raises(BindError, match="is no socket: move it away"):
        bind(place, "user")
    assert place.is_symlink() or place.exists()


@needs_root
def test_another_s_socket_and_folder_are_left_alone(place: Path):
    bind(place, "user").close()
    os.chown(place, 1234, 1234)
    with pytest.raises(BindError, match="belongs to another user"):
        bind(place, "user")
    place.unlink()
    os.chown(place.parent, 1234, 1234)
    with pytest.raises(BindError, match="belongs to another user"):
        bind(place, "user")


def test_a_folder_that_others_may_write_to_is_refused_unless_sticky(place: Path):
    place.parent.mkdir()
    place.parent.chmod(0o777)
    with pytest.raises(BindError, match="others may write"):
        bind(place, "user")
    place.parent.chmod(0o1777)
    bind(place, "user").close()
    link = place.parent.parent / "link"
    link.symlink_to(place.parent)
    with pytest.raises(BindError, match="is no folder"):
        bind(link / "agent.sock", "user")


def test_a_path_too_long_is_a_sentence(place: Path):
    with pytest.raises(BindError, match="cannot be made"):
        bind(place.parent / ("x" * 120), "user")


def test_a_system_folder_is_made_by_the_service_manager(place: Path):
    with pytest.raises(BindError, match="RuntimeDirectory"):
        bind(place, "system", 0)


ASK = """
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))  # while still root: the folders above are the test runner's own
os.setgroups({groups}); os.setgid({gid}); os.setuid({uid})
def ask(request):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(os.path.basename(sys.argv[1]))
        try:
            s.sendall(request)
            return b"".join(iter(lambda: s.recv(65536), b""))
        except OSError:
            return b""
for line in sys.stdin.read().splitlines():
    request = line + " HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
    print(ask(request.encode()).split(b"\\r\\n")[0].decode())
"""


async def ask_as(agent: OnSocket, lines: list[str], uid: int, gid: int, groups: list[int]) -> list[str]:
    code = ASK.format(uid=uid, gid=gid, groups=groups)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        str(agent.socket),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate("\n".join(lines).encode())
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines()


REQUESTS = [
    "GET /v1/agent",
    "GET /v1/channels",
    "GET /v1/events",
    "POST /v1/channels/sink/test",
    "DELETE /v1/monitors/nas",
    "GET /nothing",
    "nonsense",
]


@needs_root
async def test_another_user_is_cut_off_whatever_he_asks(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent:
        agent.socket.chmod(0o666)  # even if somebody opened the file to all
        agent.socket.parent.chmod(0o755)
        said = await ask_as(agent, REQUESTS, 1234, 1234, [])
        assert said == [""] * len(REQUESTS)
        assert "nas" in agent.engine.state.watches
        assert agent.sink.told == []


@needs_root
async def test_members_of_the_group_are_served_by_their_role(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("statusapp_agent.api.peers.group_id", lambda: 4242)
    monkeypatch.setattr("statusapp_agent.api.server.group_id", lambda: 4242)
    async with agent_on_socket(tmp_path, mode="system") as agent:
        lines = ["GET /v1/agent", "POST /v1/channels/sink/test", "DELETE /v1/monitors/nas"]
        agent.socket.chmod(0o666)
        assert await ask_as(agent, lines[:1], 1234, 1234, [77]) == [""]
        agent.socket.chmod(0o660)
        # The group is one of his others, not his own: only the kernel's whole list tells.
        text = '[agent]\nreaders = ["uid 1234"]\ncanaries = []\n'
        await agent.apply(text)
        assert await ask_as(agent, lines, 1234, 1234, [4242]) == [
            "HTTP/1.1 200 OK",
            "HTTP/1.1 403 Forbidden",
            "HTTP/1.1 403 Forbidden",
        ]
        await agent.apply(text.replace("readers", "operators"))
        await agent.apply('[agent]\nreaders = []\noperators = ["uid 1234"]\ncanaries = []\n')
        assert await ask_as(agent, lines, 1234, 1234, [4242]) == [
            "HTTP/1.1 200 OK",
            "HTTP/1.1 202 Accepted",
            "HTTP/1.1 403 Forbidden",
        ]
        await agent.apply("[agent]\nreaders = []\noperators = []\ncanaries = []\n")
        said = await ask_as(agent, lines, 1234, 1234, [4242])
        assert said == ["HTTP/1.1 200 OK", "HTTP/1.1 202 Accepted", "HTTP/1.1 204 No Content"]


async def test_the_caller_s_name_is_told_in_the_audit(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent, agent.client() as client:
        await client.post("/v1/monitors/nas/pause")
        row = agent.engine.writer.state.connection.execute("SELECT * FROM audit ORDER BY id DESC").fetchone()
        assert (row["by"], row["deed"], row["subject"]) == (pwd.getpwuid(os.geteuid()).pw_name, "pause", "nas")


async def test_the_server_ends_at_once_with_a_stream_open(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent, agent.client() as client, listening(client) as events:
        await events.until("snapshot")
        began = asyncio.get_running_loop().time()
        agent.stop.set()
        with pytest.raises(EOFError):
            await events.until("nothing that there is")
        assert asyncio.get_running_loop().time() - began < 2


async def test_signals_stay_with_their_owner(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent, agent.client() as client:
        before = signal.getsignal(signal.SIGTERM)
        assert (await client.get("/v1/agent")).status_code == 200
        assert signal.getsignal(signal.SIGTERM) is before


async def test_nothing_tells_what_serves(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent, agent.client() as client:
        response = await client.get("/v1/agent")
        assert "server" not in response.headers
        assert response.headers["statusapp-api"] == "1"
        document = json.loads((await client.get("/v1/openapi.json")).content)
        assert document["paths"]["/v1/monitors/{name}"]["delete"]["x-statusapp-role"] == "admin"


async def test_a_plain_client_of_httpx_is_enough(tmp_path: Path):
    async with agent_on_socket(tmp_path) as agent:

        def ask() -> int:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(agent.socket))) as client:
                return client.get("http://x/v1/status").status_code

        assert await asyncio.to_thread(ask) == 200
