#!/usr/bin/env python3
"""Builds what is given out, from a clean checkout and with nothing but Python 3.11 and dpkg-deb.

    python3 packaging/build.py deb        # build/out/*.deb, with the bill of materials beside them
    python3 packaging/build.py wheel      # build/out/*.whl, the same bytes each time
    python3 packaging/build.py freeze     # build/frozen: the programs as folders; what the installers are made of

What it needs is installed by hash into an environment of its own, ``build/venv``.
"""

import argparse
import sys
from pathlib import Path

import debs
import frozen
import wheels
from environment import Trouble
from materials import write_materials

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Build what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="build.py", description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("what", choices=("deb", "wheel", "freeze"))
    parser.add_argument("--no-desktop", action="store_true", help="the agent alone")
    options = parser.parse_args(arguments)
    out = ROOT / "build" / "out"
    out.mkdir(parents=True, exist_ok=True)
    try:
        built = _build(options.what, out, desktop=not options.no_desktop)
    except Trouble as trouble:
        print(f"build: {trouble}", file=sys.stderr)
        return 1
    for path in built:
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.1f} MB" if path.is_file() else str(path))
    return 0


def _build(what: str, out: Path, *, desktop: bool) -> list[Path]:
    if what == "wheel":
        return [wheels.build(ROOT, out)]
    programs = frozen.programs(ROOT, desktop=desktop)
    python = frozen.prepare(ROOT, programs)
    folders = frozen.freeze(ROOT, python, programs)
    materials = [write_materials(ROOT, python, program, folder, out) for program, folder in folders.items()]
    if what == "freeze":
        return [*folders.values(), *materials]
    return [*debs.build(ROOT, python, folders, out), *materials]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
