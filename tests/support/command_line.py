"""How one command line ended, for tests that run it in their own process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ended:
    """Exit code and what was written."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What ``--json`` printed; fails unless it is one whole document."""
        return json.loads(self.out)


Cli = Callable[..., Ended]
