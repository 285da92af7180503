"""What is said of a backup: views of the local API."""

from typing import Literal

from statusapp_shared.protocol import View

DIGEST_HEADER = "StatusApp-Digest"
"""SHA-256 of a backup's bytes, in hex: who receives it can tell that all of it came."""


class RestoreView(View):
    """A backup that was checked and will be taken over at the start that follows at once.

    ``takes`` is ``settings`` where the backup is of this installation (what was sent since cannot be unsent), and
    ``everything`` where it is of another one, or the present state cannot be read.
    """

    monitors: int
    channels: int
    incidents: int
    takes: Literal["settings", "everything"]
