"""Which libraries of the building system went into a frozen program, by the packages that they came from."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Native:
    """A package of the building system: name, version, and the libraries of it that are bundled."""

    name: str
    version: str
    files: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:deb/debian/{self.name}@{self.version}"

    @property
    def licence(self) -> str:
        """What its package says of its copyright, whole."""
        told = Path("/usr/share/doc") / self.name / "copyright"
        return told.read_text("utf-8", "replace").strip() if told.exists() else "not stated"


def natives(frozen: Path) -> list[Native]:
    """Return the packages behind a frozen program's libraries, by name; none where dpkg does not know them."""
    if shutil.which("dpkg-query") is None or shutil.which("ldconfig") is None:
        return []
    listed = _say("ldconfig", "-p").splitlines()
    places = {line.split()[0]: line.rsplit("=> ", 1)[1] for line in listed if " => " in line}
    owners: dict[str, list[str]] = {}
    for library in sorted((frozen / "_internal").glob("lib*.so*")):
        owner = _owner(places.get(library.name, ""))
        if owner is not None:
            owners.setdefault(owner, []).append(library.name)
    found = [Native(name, _say("dpkg-query", "-W", "-f=${Version}", name), tuple(owners[name])) for name in owners]
    return sorted(found, key=lambda native: native.name)


def _owner(path: str) -> str | None:
    """Return the package that a file belongs to; merged systems know it by either of two paths."""
    if not path:  # not a library of this system, as a Python that somebody built
        return None
    for known in (path, f"/usr{path}"):
        said = _say("dpkg-query", "-S", known)
        if ": " in said:
            return said.splitlines()[0].split(":")[0]
    return None


def _say(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
