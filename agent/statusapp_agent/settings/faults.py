"""Faults and warnings of settings, each with its place in the file."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from statusapp_agent.settings.locate import Path, Places

MOST_FAULTS = 100
"""More than these help nobody, and searching for the nearest right word takes time for each."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the file, the line (from 1), the key as written, one sentence, and the nearest right word if any."""

    file: str
    line: int | None
    key: str | None
    message: str
    nearest: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.message}"


class SettingsError(Exception):
    """Settings that cannot be used; ``faults`` are all that were found, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Findings:
    """Gathers faults and warnings while settings are read."""

    def __init__(self, file: str, places: Places) -> None:
        self._file = file
        self.places = places
        self.faults: list[Fault] = []
        self.warnings: list[str] = []
        self._more = 0

    def fault(self, path: Path, message: str, wrong: object = None, right: Iterable[str] = ()) -> None:
        """Add a fault at ``path``; ``wrong`` is what was written and ``right`` what could have been."""
        if len(self.faults) >= MOST_FAULTS:
            self._more += 1
            return
        near = difflib.get_close_matches(wrong, list(right), n=1) if isinstance(wrong, str) else []
        if near:
            message = f'{message}; did you mean "{near[0]}"?'
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), None)
        self.faults.append(Fault(self._file, self.places.line(path), key, message, near[0] if near else None))

    def warn(self, path: Path, message: str) -> None:
        """Add a warning at ``path``."""
        if len(self.warnings) < MOST_FAULTS:
            self.warnings.append(str(Fault(self._file, self.places.line(path), None, message)))

    def ordered(self) -> list[Fault]:
        """Return the faults from the top of the file to its end, and how many more there are."""
        found = sorted(self.faults, key=lambda fault: fault.line or 0)
        if self._more:
            found.append(Fault(self._file, None, None, f"there are {self._more} more faults: mend these first"))
        return found
