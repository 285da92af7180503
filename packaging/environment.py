"""Makes and keeps the development environment: a venv with the pinned requirements and the project itself, editable.

What was installed is remembered by digests in a file inside the environment, so that a second call does nothing.
Standard library alone: this runs before anything is installed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MINIMUM = (3, 11)
RECORD = "statusapp-develop.json"

SETS = {
    "base": ("requirements-build.txt", "requirements-agent.txt"),
    "dev": ("requirements-build.txt", "requirements-dev.txt"),
}
# The development requirements contain the base ones at the same versions.
COVERED_BY = {"base": ("base", "dev"), "dev": ("dev",)}

# They would send what is installed elsewhere, or let in modules that are not in the environment.
LEADS_ASTRAY = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")

Run = Callable[[str, Sequence[str]], None]


class Trouble(Exception):  # noqa: N818 - what a person reads, and not always an error
    """Something a person has to put right; the text is one or two sentences that say what and how."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that could carry the environment: how to call it, its version, and what it can install with."""

    command: str
    version: tuple[int, int]
    has_ensurepip: bool
    has_pip: bool


@dataclass(frozen=True)
class Environment:
    """The source tree and the folder of its environment."""

    root: Path
    home: Path

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return self.home / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """Return the path of one of the environment's programs."""
        return self.programs / (f"{name}.exe" if os.name == "nt" else name)

    def tool(self, name: str) -> str:
        """Return the path of a program that is to be run; raises Trouble when it is gone."""
        path = self.program(name)
        if not path.exists():
            raise Trouble(f"{path} is missing: remove {self.home} and run this again, which makes it anew.")
        return str(path)

    @property
    def requirements(self) -> Path:
        """The folder of the pinned requirements."""
        return self.root / "packaging"


def locate(root: Path, variables: Mapping[str, str]) -> Environment:
    """Return the tree's environment: ``STATUSAPP_VENV``, else ``.venv`` in the tree."""
    named = variables.get("STATUSAPP_VENV")
    return Environment(root, Path(named).expanduser().absolute() if named else root / ".venv")


def child_variables(environment: Environment, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for everything that runs inside the environment, its programs first on the path."""
    kept = {name: value for name, value in variables.items() if name not in LEADS_ASTRAY}
    kept["PATH"] = os.pathsep.join([str(environment.programs), kept.get("PATH", os.defpath)])
    kept["VIRTUAL_ENV"] = str(environment.home)
    return kept


def run_step(
    label: str, command: Sequence[str], variables: Mapping[str, str] | None = None, folder: Path | None = None
) -> None:
    """Run a command with one line of progress; its output is shown only when it fails, which raises Trouble."""
    began = time.monotonic()
    live = sys.stderr.isatty()
    print(f"  {label} ...", end="", file=sys.stderr, flush=True)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        while True:
            try:
                output, _ = child.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if live:
                    print(f"\r  {label} ... {time.monotonic() - began:.0f} s", end="", file=sys.stderr, flush=True)
    verdict = "" if child.returncode == 0 else ", failed"
    lead = f"\r  {label} ..." if live else ""
    print(f"{lead} {time.monotonic() - began:.1f} s{verdict}", file=sys.stderr, flush=True)
    if child.returncode != 0:
        raise Trouble(f"{output.rstrip()}\n{label}: failed with exit code {child.returncode}; its output is above.")


def examine(command: str) -> Interpreter:
    """Return what the named interpreter is; raises Trouble when it is not there or too old."""
    found = shutil.which(command)
    if found is None:
        raise Trouble(f'there is no interpreter called "{command}": name one that is installed, such as python3.12.')
    # A folder that a removed package left behind has a spec too, but no origin.
    probe = (
        "import importlib.util as u, sys\n"
        "print(*sys.version_info[:2], *(int(bool(getattr(u.find_spec(n), 'origin', 0))) for n in ('ensurepip', 'pip')))"
    )
    answer = subprocess.run([found, "-I", "-c", probe], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Trouble(f"{found} could not be run as Python: {answer.stderr.strip() or 'it gave no reason'}")
    major, minor, ensurepip, pip = map(int, answer.stdout.split())
    if (major, minor) < MINIMUM:
        raise Trouble(
            f"{found} is Python {major}.{minor}, and StatusApp needs 3.11 or newer: name a newer one with --python."
        )
    return Interpreter(found, (major, minor), bool(ensurepip), bool(pip))


def making(interpreter: Interpreter, home: Path) -> list[str]:
    """Return the command that makes the environment; raises Trouble when the interpreter has no way to install."""
    command = [interpreter.command, "-m", "venv"]
    if home.exists():
        command.append("--clear")
    if not interpreter.has_ensurepip:
        if not interpreter.has_pip:
            raise Trouble(
                f"{interpreter.command} can make no environment, because its venv support is not installed. "
                "On Debian and Ubuntu: apt-get install python3-venv"
            )
        command.append("--without-pip")  # pip is pinned among the requirements; the interpreter's own brings it in
    return [*command, str(home)]


def prepare(environment: Environment, wanted: str, python: str | None, run: Run) -> bool:
    """Bring the environment to the set ``wanted`` ("base" or "dev") and return whether anything had to be done.

    ``python`` names the interpreter; without it an environment that is there keeps its own. Raises Trouble.
    """
    record = _read_record(environment)
    interpreter = examine(python) if python else None
    if record is None or not environment.python.exists() or not _is_of(environment, interpreter):
        _may_be_made(environment.home)
        interpreter = interpreter or examine(sys.executable)
        run(
            f"making an environment with Python {'.'.join(map(str, interpreter.version))}",
            making(interpreter, environment.home),
        )
        record = {}
        _write_record(environment, record)
    carrier = interpreter.command if interpreter else sys.executable
    digests = {name: _digest(environment, files) for name, files in SETS.items()}
    project = _digest(environment, ("../pyproject.toml",), str(environment.root))
    changed = False
    if not any(record.get(name) == digests[name] for name in COVERED_BY[wanted]):
        files = [part for name in SETS[wanted] for part in ("-r", str(environment.requirements / name))]
        run("installing the pinned requirements", [*_pip(environment, carrier), "--require-hashes", *files])
        kept = {"project": record["project"]} if "project" in record else {}
        record = {**kept, wanted: digests[wanted]}
        changed = True
    if record.get("project") != project:
        # Without isolation and index nothing can come in here that is not pinned.
        offline = ["--no-index", "--no-deps", "--no-build-isolation"]
        run("installing the project itself", [*_pip(environment, carrier), *offline, "-e", str(environment.root)])
        record = {**record, "project": project}
        changed = True
    if changed:
        _write_record(environment, record)
    return changed


def _pip(environment: Environment, carrier: str) -> list[str]:
    quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
    inside = [str(environment.python), "-m", "pip"]
    if list(environment.home.glob("[Ll]ib/**/site-packages/pip/__main__.py")):
        return [*inside, *quiet]
    return [carrier, "-m", "pip", "--python", str(environment.python), *quiet]


def _digest(environment: Environment, files: Sequence[str], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for name in files:
        digest.update((environment.requirements / name).read_bytes())
    return digest.hexdigest()


def _is_of(environment: Environment, interpreter: Interpreter | None) -> bool:
    if interpreter is None:
        return True
    prefix = f"version = {'.'.join(map(str, interpreter.version))}."
    return any(line.startswith(prefix) for line in (environment.home / "pyvenv.cfg").read_text("utf-8").splitlines())


def _may_be_made(home: Path) -> None:
    # An environment that is remade is emptied first: never a folder that is something else.
    if home.exists() and not (home / "pyvenv.cfg").exists() and any(home.iterdir()):
        raise Trouble(f"{home} is a folder with something else in it: name another one in STATUSAPP_VENV.")


def _read_record(environment: Environment) -> dict[str, str] | None:
    try:
        record = json.loads((environment.home / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _write_record(environment: Environment, record: Mapping[str, str]) -> None:
    (environment.home / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
