"""The options that every command has, wherever they stand on the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from statusapp_agent.cli.failure import USAGE, Failure

_FLAGS = frozenset({"--json", "--debug"})
_WITH_VALUE = "--socket"

EPILOG = "Everywhere: --socket PATH names the agent, --json prints one JSON document, --debug shows tracebacks."


@dataclass(frozen=True, slots=True)
class Options:
    """What the global options say."""

    socket: Path | None = None
    json: bool = False
    debug: bool = False


def lift(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a command line into its global options and the rest, so that both orders mean the same.

    Only moves words; what they mean is left to the parser. Nothing behind ``--`` is touched.
    Raises Failure when ``--socket`` stands last.
    """
    lifted: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _FLAGS or word.startswith(f"{_WITH_VALUE}="):
            lifted.append(word)
        elif word == _WITH_VALUE:
            value = next(words, None)
            if value is None:
                raise Failure("--socket needs the PATH of an agent's socket.", USAGE)
            lifted += [word, value]
        else:
            rest.append(word)
    return lifted, rest


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        try:
            version = metadata.version("statusapp")
        except metadata.PackageNotFoundError:
            version = "run from its sources, not installed"
        typer.echo(f"statusapp {version}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    socket: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The agent to talk to; also STATUSAPP_SOCKET.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of failures.")] = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watch what runs at home, and page somebody when it breaks."""
    ctx.obj = Options(socket, json, debug)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def options_of(ctx: typer.Context) -> Options:
    """Return the global options of a running command."""
    found = ctx.find_root().obj
    return found if isinstance(found, Options) else Options()
