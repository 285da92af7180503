"""The frozen programs: an environment by hash, PyInstaller over one spec, and a look at what came out of it."""

import hashlib
import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path

import wheels
from environment import Trouble, run_step
from wheels import epoch

FOLDERS = {"agent": "statusapp", "desktop": "statusapp-desktop"}


def programs(root: Path, *, desktop: bool) -> list[str]:
    """Return which programs can be built of this tree."""
    there = (root / "desktop" / "statusapp_desktop" / "__main__.py").exists()
    return ["agent", "desktop"] if desktop and there else ["agent"]


def prepare(root: Path, wanted: list[str]) -> Path:
    """Make the environment, or leave it alone if it is up to date; return its interpreter. Raises Trouble."""
    home = root / "build" / "venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    carrier = "desktop" if "desktop" in wanted else "agent"
    files = [root / "packaging" / f"requirements-{name}.txt" for name in ("build", "package", carrier)]
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    record = home / "made-of"
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    if not record.exists() or record.read_text("ascii") != stamp:
        venv.create(home, with_pip=True, clear=True)
        for file in files:
            run_step(f"installing {file.name}", [*pip, "--require-hashes", "-r", str(file)])
        record.write_text(stamp, "ascii")
    # Always: what is frozen is this tree, with its version. By its wheel: a build in the tree would leave modules there
    # that have long been deleted.
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheels.build(root, Path(folder))
        run_step("installing the project", [*pip, "--no-deps", "--no-index", "--force-reinstall", str(wheel)])
    return python


def freeze(root: Path, python: Path, wanted: list[str]) -> dict[str, Path]:
    """Freeze programs; return the folder of each. Raises Trouble when one lacks a kind that the source has."""
    target = root / "build" / "frozen"
    variables = {
        **os.environ,
        "STATUSAPP_PROGRAMS": " ".join(wanted),
        "SOURCE_DATE_EPOCH": epoch(root),
        "PYTHONHASHSEED": "1",
        # Otherwise below the builder's home, where two builds at a time clear it under each other's hands.
        "PYINSTALLER_CONFIG_DIR": str(root / "build" / "pyinstaller"),
    }
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"]
    command += ["--distpath", str(target), "--workpath", str(root / "build" / "work")]
    spec = root / "packaging" / "freeze" / "statusapp.spec"
    run_step(f"freezing {' and '.join(wanted)}", [*command, str(spec)], variables, root)
    folders = {name: target / FOLDERS[name] for name in wanted}
    _compare(python, program_of(folders["agent"], "agent"))
    for name, folder in folders.items():
        left_out = files_left_out(root / name, folder)
        if left_out:
            raise Trouble(f"the frozen {name} lacks {', '.join(left_out)}: look at the spec.")
    return folders


def files_left_out(sources: Path, folder: Path) -> list[str]:
    """Return what a program reads beside its modules and a freezer has left out: it follows imports alone."""
    found = [path.relative_to(sources) for path in sources.rglob("*") if path.is_file()]
    read = [path for path in found if path.suffix not in (".py", ".pyc", ".typed") and "egg-info" not in str(path)]
    return sorted(path.as_posix() for path in read if not (folder / "_internal" / path).is_file())


def program_of(folder: Path, name: str) -> Path:
    """Return the program in its folder."""
    return folder / (FOLDERS[name] + (".exe" if os.name == "nt" else ""))


def _compare(python: Path, program: Path) -> None:
    """Compare the frozen program's kinds with the source's: they are found by folder, and a freezer may miss one."""
    ours = _kinds([str(python), "-m", "statusapp_agent.cli.entry", "agent", "kinds", "--json"])
    theirs = _kinds([str(program), "agent", "kinds", "--json"])
    if ours != theirs:
        raise Trouble(f"the frozen agent has other kinds ({theirs}) than the source ({ours}): look at the spec.")


def _kinds(command: list[str]) -> object:
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if asked.returncode != 0:
        raise Trouble(f"{command[0]} does not run: {asked.stderr.strip()}")
    return json.loads(asked.stdout)
