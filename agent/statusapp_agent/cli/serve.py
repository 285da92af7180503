"""``statusapp agent run``: becomes the agent. Apart from the rest, so that the agent loads nothing that draws."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_shared.address import SYSTEM_DATA_DIR, SYSTEM_SOCKET


def agent_noun() -> None:
    """The agent itself: run it, look at its health."""


def add_to(noun: typer.Typer) -> None:
    """Add the command to the noun ``agent``."""
    noun.command("run", epilog=EPILOG)(run)


def run(
    ctx: typer.Context,
    data_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the agent keeps its databases.")] = None,
    socket: Annotated[  # noqa: ARG001 - lifted to the global option; stands here for the help
        Path | None, typer.Option(metavar="PATH", help="The socket to serve on.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A settings file to apply at the start.")
    ] = None,
    mode: Annotated[
        Literal["user", "system"],
        typer.Option(help="system: /var/lib/statusapp and /run/statusapp, unless named otherwise."),
    ] = "user",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="What the log holds.")
    ] = "info",
) -> None:
    """Run the agent in the foreground; SIGTERM and Ctrl-C stop it."""
    if settings is not None and not settings.is_file():
        raise Failure(f"There is no settings file {settings}.", USAGE)
    at = options_of(ctx).socket
    if mode == "system":
        data_dir, at = data_dir or SYSTEM_DATA_DIR, at or SYSTEM_SOCKET
    from statusapp_agent.app import run as become_the_agent

    raise typer.Exit(become_the_agent(data_dir=data_dir, socket=at, settings=settings, log_level=log_level))
