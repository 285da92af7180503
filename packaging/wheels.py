"""The wheel: of what git knows and nothing else, and the same bytes from the same commit."""

import os
import shutil
import subprocess
import tempfile
import venv
from pathlib import Path

from environment import Trouble, run_step


def epoch(root: Path) -> str:
    """Return the time that everything built here bears, as Unix seconds: SOURCE_DATE_EPOCH, else the commit's."""
    if named := os.environ.get("SOURCE_DATE_EPOCH"):
        return named
    asked = subprocess.run(
        ["git", "-C", str(root), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "1764288000"  # a source archive without its history


def builder(root: Path) -> Path:
    """Return the interpreter of an environment that has the pinned builder and nothing else."""
    home = root / "build" / "wheel-venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(home, with_pip=True, clear=True)
        pinned = root / "packaging" / "requirements-build.txt"
        command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q", "--require-hashes"]
        run_step("installing the pinned builder", [*command, "-r", str(pinned)])
    return python


def build(root: Path, out: Path) -> Path:
    """Build the wheel into a folder; return its path. Raises Trouble."""
    python = builder(root)
    variables = {
        **os.environ,
        "SOURCE_DATE_EPOCH": epoch(root),
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        for part in ("agent", "shared", "desktop"):
            shutil.copytree(root / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(root / name, source / name)
        _plain_rights(source)
        command = [str(python), "-m", "pip", "wheel", "--disable-pip-version-check", "-q", "--no-deps", "--no-index"]
        made = Path(folder) / "out"
        before = os.umask(0o022)  # the builder writes files of its own into the wheel, with the rights of this moment
        try:
            run_step(
                "building the wheel",
                [*command, "--no-build-isolation", "--wheel-dir", str(made), str(source)],
                variables,
                Path(folder),
            )
        finally:
            os.umask(before)
        wheels = sorted(made.glob("*.whl"))
        if len(wheels) != 1:
            raise Trouble("the builder made no wheel; what it said stands above.")
        target = out / wheels[0].name
        shutil.copyfile(wheels[0], target)
    return target


def _plain_rights(folder: Path) -> None:
    """Give every file the same rights, whatever the umask of the checkout was: a wheel writes them down."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
