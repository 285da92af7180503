"""Where agent and desktop meet: pure functions from platform, mode and environment to paths.

User mode keeps the socket in the session's runtime folder, system mode in ``/run/statusapp``. Windows and macOS have
their own places; those branches are written from their documentation and have not been run.
"""

from collections.abc import Mapping
from pathlib import Path

SYSTEM_SOCKET = Path("/run/statusapp/agent.sock")
SYSTEM_DATA_DIR = Path("/var/lib/statusapp")


def default_socket(environment: Mapping[str, str], platform: str, uid: int) -> Path:
    """Return the socket that a client uses when it is told nothing: ``STATUSAPP_SOCKET``, else the user's own."""
    if named := environment.get("STATUSAPP_SOCKET"):
        return Path(named)
    if platform == "darwin":
        return Path(environment.get("TMPDIR", "/tmp")) / f"statusapp-{uid}" / "agent.sock"  # noqa: S108
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "statusapp" / "agent.sock"
    # No session: a folder that only this user may enter, checked for its owner when the agent binds.
    return Path("/tmp") / f"statusapp-{uid}" / "agent.sock"  # noqa: S108


def default_data_dir(environment: Mapping[str, str], platform: str) -> Path:
    """Return the folder of the agent's databases in user mode: ``STATUSAPP_DATA_DIR``, else the platform's place."""
    if named := environment.get("STATUSAPP_DATA_DIR"):
        return Path(named)
    home = Path(environment.get("HOME", "/"))
    if platform == "darwin":
        return home / "Library" / "Application Support" / "StatusApp"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA", str(home))) / "StatusApp"
    return Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "statusapp"
