"""Remakes the pinned requirements from pyproject.toml: exact versions with hashes, for every platform and Python."""

import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from environment import Environment, Run, Trouble

MADE_BY = "python3 packaging/develop.py pin"

# A release that was taken over is as a rule noticed within days: what is younger is not taken.
MINIMUM_AGE = "7 days"


@dataclass(frozen=True)
class File:
    """One requirements file: its name, what of pyproject.toml goes in, and which file's versions it must share."""

    name: str
    sources: tuple[str, ...]
    like: str | None = None


# The widest first: what it settles is settled for the narrower ones, so that all of them agree.
FILES = (
    File("requirements-dev.txt", ("pyproject.toml", "--extra", "desktop", "--group", "dev")),
    File("requirements-desktop.txt", ("pyproject.toml", "--extra", "desktop"), like="requirements-dev.txt"),
    File("requirements-agent.txt", ("pyproject.toml",), like="requirements-dev.txt"),
    # What freezes the programs; it never comes near an environment that runs them.
    File("requirements-package.txt", ("packaging/package.in",), like="requirements-dev.txt"),
)


def compiling(file: File, upgrade: bool) -> list[str]:
    """Return the arguments for uv that remake one file, to be run in the root of the tree."""
    flags = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-annotate"]
    flags += ["--exclude-newer", MINIMUM_AGE, "--custom-compile-command", MADE_BY]
    if upgrade:
        flags.append("--upgrade")
    if file.like:
        flags += ["--constraints", f"packaging/{file.like}"]
    return ["pip", "compile", "--quiet", *flags, *file.sources, "--output-file", f"packaging/{file.name}"]


def remake(environment: Environment, upgrade: bool, run: Run) -> None:
    """Remake all requirement files; versions that still fit are kept unless ``upgrade``. Raises Trouble."""
    uv = _find_uv(environment)
    for file in FILES:
        run(f"compiling packaging/{file.name}", [uv, "--directory", str(environment.root), *compiling(file, upgrade)])
    with tempfile.TemporaryDirectory() as folder:
        # What builds the project is pinned as well, since the project is installed without an isolated build.
        source = Path(folder) / "build.in"
        settings = tomllib.loads((environment.root / "pyproject.toml").read_text("utf-8"))
        source.write_text("\n".join(settings["build-system"]["requires"]) + "\n", "utf-8")
        build = File("requirements-build.txt", (str(source),))
        run(f"compiling packaging/{build.name}", [uv, "--directory", str(environment.root), *compiling(build, upgrade)])


def _find_uv(environment: Environment) -> str:
    uv = shutil.which("uv", path=str(environment.programs)) or shutil.which("uv")
    if uv is None:
        raise Trouble(
            "remaking the pins needs uv, which is neither in the environment nor on the path; "
            f'"{environment.python} -m pip install uv" puts it into the environment.'
        )
    return uv
