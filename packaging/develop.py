#!/usr/bin/env python3
"""The way into the source tree: makes the environment, then runs the demo, the tests or a tool in it.

    python3 packaging/develop.py demo
    python3 packaging/develop.py test

It needs Python 3.11 or newer and nothing else; the first call installs the pinned requirements into ``.venv``.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python reads: no newer syntax here
    sys.exit(
        "StatusApp needs Python 3.11 or newer, and this is %d.%d. Run it with a newer one, for example:\n"  # noqa: UP031
        "  python3.12 packaging/develop.py %s" % (sys.version_info[0], sys.version_info[1], " ".join(sys.argv[1:]))
    )

import pins
import system
from environment import Environment, Trouble, child_variables, locate, prepare, run_step

ROOT = Path(__file__).resolve().parent.parent
QUICK = "not slow and not servers"
# A test that hangs ends the run, with every thread's stack, instead of holding a CI machine for ever.
BOUNDED = ("-o", "faulthandler_timeout=600", "-o", "faulthandler_exit_on_timeout=true")
LINTERS = (
    ("checking the format", ("ruff", "format", "--check", "--quiet", ".")),
    ("checking the rules", ("ruff", "check", "--quiet", ".")),
    ("checking the types", ("mypy",)),
    ("checking the types in packaging", ("mypy", "packaging/develop.py", "packaging/build.py")),
    ("checking the layers", ("lint-imports",)),
)


def main(arguments: list[str]) -> int:
    """Do what the command line asks and return the exit code: 2 for wrong usage, 1 for trouble, else the tool's own."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and not options.passes_on:
        _parser().error(f"{options.command} does not take {' '.join(rest)}")
    options.rest = [word for word in rest if word != "--"]
    environment = locate(ROOT, os.environ)
    try:
        return int(options.does(environment, options))
    except Trouble as trouble:
        print(f"develop: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demo(environment: Environment, options: argparse.Namespace) -> int:
    """Run `statusapp demo` with what the agent needs and nothing more."""
    _ready(environment, "base", options)
    return _call(environment, [environment.tool("statusapp"), "demo", *options.rest])


def test(environment: Environment, options: argparse.Namespace) -> int:
    """Run the linters, then the tests; with arguments for pytest, the tests alone."""
    _ready(environment, "dev", options)
    desktop = not options.no_desktop and any((ROOT / "tests" / "desktop").rglob("test_*.py"))
    missing = system.libraries_missing() if desktop else []
    if missing:
        raise Trouble(
            f"the desktop's tests need libraries that are not here: {system.advice(missing)}\n"
            "develop: (as root, `develop.py system --install` does it; `test --no-desktop` leaves those tests out)"
        )
    failed = [] if options.rest else _lint(environment)
    command = [environment.tool("python"), "-m", "pytest", *BOUNDED]
    if not options.all:
        command += ["-m", QUICK]
    if not desktop:
        # pytest-qt refuses to start where Qt's libraries are missing.
        command += ["-p", "no:pytest-qt", "--ignore=tests/desktop"]
    code = _call(environment, [*command, *options.rest])
    for label in failed:
        print(f"develop: {label} failed; what it found is above the tests.", file=sys.stderr)
    return code or int(bool(failed))


def lint(environment: Environment, options: argparse.Namespace) -> int:
    """Run the linters alone."""
    _ready(environment, "dev", options)
    return int(bool(_lint(environment)))


def bench(environment: Environment, options: argparse.Namespace) -> int:
    """Run one benchmark with its arguments, or list them."""
    folder = ROOT / "tests" / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if options.name is None:
        print("\n".join(names) or "there are no benchmarks yet")
        return 0
    if options.name not in names:
        raise Trouble(f'there is no benchmark called "{options.name}"; there are: {", ".join(names) or "none"}.')
    _ready(environment, "dev", options)
    return _call(environment, [environment.tool("python"), "-m", f"tests.benchmarks.{options.name}", *options.rest])


def pin(environment: Environment, options: argparse.Namespace) -> int:
    """Remake the pinned requirements."""
    pins.remake(environment, options.upgrade, run_step)
    return 0


def shell(environment: Environment, options: argparse.Namespace) -> int:
    """Start a shell with the environment's programs first on the path."""
    _ready(environment, "dev", options)
    return _call(environment, [os.environ.get("SHELL") or os.environ.get("COMSPEC") or "/bin/sh", *options.rest])


def system_packages(environment: Environment, options: argparse.Namespace) -> int:  # noqa: ARG001
    """Name, or install, the system packages that the whole suite uses."""
    missing = system.libraries_missing() + system.programs_missing()
    if not missing:
        print("nothing is missing: Qt's libraries and the servers for the tests are here")
        return 0
    if options.install:
        system.install(missing, run_step)
        return 0
    print(system.advice(missing))
    return 1


def _ready(environment: Environment, wanted: str, options: argparse.Namespace) -> None:
    prepare(environment, wanted, options.python, run_step)


def _lint(environment: Environment) -> list[str]:
    failed = []
    variables = child_variables(environment, os.environ)
    for label, (name, *rest) in LINTERS:
        try:
            run_step(label, [environment.tool(name), *rest], variables, ROOT)
        except Trouble as trouble:
            print(trouble, file=sys.stderr)
            failed.append(label)
    return failed


def _call(environment: Environment, command: list[str]) -> int:
    """Run a program on this terminal and return its exit code; a request to stop is handed on to it."""
    variables = {"QT_QPA_PLATFORM": "offscreen", **child_variables(environment, os.environ)}
    asked: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def hand_on(number: int, _frame: object) -> None:
        asked.append(number)
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, hand_on)
    with subprocess.Popen(command, cwd=ROOT, env=variables) as child:
        children.append(child)
        if asked:  # before there was anybody to hand it on to
            child.terminate()
        while True:
            try:
                code = child.wait()
                break
            except KeyboardInterrupt:
                continue  # the terminal told the program too; how it ends is its own business
    return code if code >= 0 else 128 - code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="develop.py", description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--python", metavar="NAME", help="the interpreter for the environment (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, does, passes_on in (
        ("demo", demo, True),
        ("test", test, True),
        ("lint", lint, False),
        ("bench", bench, True),
        ("pin", pin, False),
        ("shell", shell, True),
        ("system", system_packages, False),
    ):
        command = commands.add_parser(name, help=(does.__doc__ or "").splitlines()[0], allow_abbrev=False)
        command.add_argument("--python", metavar="NAME", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        command.set_defaults(does=does, passes_on=passes_on)
    test_options = commands.choices["test"]
    test_options.add_argument("--all", "--slow", action="store_true", help="the slow tests and those with servers too")
    test_options.add_argument("--no-desktop", action="store_true", help="leave the desktop's tests out")
    commands.choices["bench"].add_argument("name", nargs="?", help="which one; without it they are listed")
    commands.choices["pin"].add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    commands.choices["system"].add_argument("--install", action="store_true", help="install them (root, apt-get)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
