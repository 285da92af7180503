"""Where agent and desktop meet: a table of platform, environment and path."""

from pathlib import Path

import pytest

from statusapp_shared.address import SYSTEM_DATA_DIR, SYSTEM_SOCKET, default_data_dir, default_socket

UID = 1000


@pytest.mark.parametrize(
    ("environment", "platform", "path"),
    [
        ({"XDG_RUNTIME_DIR": "/run/user/1000"}, "linux", "/run/user/1000/statusapp/agent.sock"),
        ({}, "linux", "/tmp/statusapp-1000/agent.sock"),
        ({"XDG_RUNTIME_DIR": ""}, "linux", "/tmp/statusapp-1000/agent.sock"),
        ({"STATUSAPP_SOCKET": "/srv/a.sock", "XDG_RUNTIME_DIR": "/run/user/1000"}, "linux", "/srv/a.sock"),
        ({"STATUSAPP_SOCKET": ""}, "linux", "/tmp/statusapp-1000/agent.sock"),
        ({"TMPDIR": "/var/folders/x"}, "darwin", "/var/folders/x/statusapp-1000/agent.sock"),
        ({}, "darwin", "/tmp/statusapp-1000/agent.sock"),
        ({"STATUSAPP_SOCKET": "/srv/a.sock"}, "darwin", "/srv/a.sock"),
    ],
)
def test_the_socket(environment, platform, path):
    assert default_socket(environment, platform, UID) == Path(path)


@pytest.mark.parametrize(
    ("environment", "platform", "path"),
    [
        ({"HOME": "/home/ana"}, "linux", "/home/ana/.local/state/statusapp"),
        ({"HOME": "/home/ana", "XDG_STATE_HOME": "/data/state"}, "linux", "/data/state/statusapp"),
        ({"HOME": "/home/ana", "XDG_STATE_HOME": ""}, "linux", "/home/ana/.local/state/statusapp"),
        ({"HOME": "/home/ana", "STATUSAPP_DATA_DIR": "/srv/data"}, "linux", "/srv/data"),
        ({"HOME": "/Users/ana"}, "darwin", "/Users/ana/Library/Application Support/StatusApp"),
        ({"HOME": "/c/ana", "LOCALAPPDATA": "/c/ana/AppData/Local"}, "win32", "/c/ana/AppData/Local/StatusApp"),
        ({"HOME": "/c/ana"}, "win32", "/c/ana/StatusApp"),
    ],
)
def test_the_data_dir(environment, platform, path):
    assert default_data_dir(environment, platform) == Path(path)


def test_two_users_without_a_session_never_share_a_folder():
    assert default_socket({}, "linux", 1000).parent != default_socket({}, "linux", 1001).parent


def test_the_system_service_has_its_own_places():
    assert Path("/run/statusapp/agent.sock") == SYSTEM_SOCKET
    assert Path("/var/lib/statusapp") == SYSTEM_DATA_DIR
