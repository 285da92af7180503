"""``statusapp agent logs``: what the agent has to say, from wherever it was written."""

import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from statusapp_agent.cli.client import Client, find_socket, path_of
from statusapp_agent.cli.failure import FAILED, USAGE, Failure
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import print_json
from statusapp_agent.cli.words import harmless
from statusapp_agent.log import FILE
from statusapp_shared.address import SYSTEM_DATA_DIR, default_data_dir
from statusapp_shared.protocol import AgentView

UNIT = "statusapp-agent"
JOURNALCTL = ("/usr/bin/journalctl", "/bin/journalctl")  # whole paths: a planted program is not run


def add_to(noun: typer.Typer) -> None:
    """Add the command to the noun ``agent``."""
    noun.command("logs", epilog=EPILOG)(logs)


def logs(
    ctx: typer.Context,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=100_000, help="How many of the last.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes; journal only.")] = False,
) -> None:
    """Show the agent's log: its journal as a service, else the file in its data folder."""
    folder, mode = _where(ctx)
    file = folder / FILE
    if file.exists():
        if follow:
            raise Failure(f"This agent writes a file: tail -F {file}", USAGE)
        _show(ctx, _tail(file, lines))
        return
    program = next((each for each in JOURNALCTL if Path(each).exists()), None)
    if program is None:
        raise Failure(f"There is no log {file}, and no journal on this machine. Look where the agent was started.")
    command = [program, *(["--user"] if mode == "user" else []), "--unit", UNIT, "--lines", str(lines), "--no-pager"]
    if options_of(ctx).json:
        asked = subprocess.run([*command, "--output=cat"], capture_output=True, check=False)  # noqa: S603
        _show(ctx, asked.stdout.decode("utf-8", "replace").splitlines())
        return
    raise typer.Exit(subprocess.run([*command, *(["--follow"] if follow else [])], check=False).returncode)  # noqa: S603


def _where(ctx: typer.Context) -> tuple[Path, str]:
    """Return the data folder and the mode, from the agent itself or, where it does not run, from where it would be."""
    try:
        client = Client(find_socket(options_of(ctx).socket))
    except Failure:
        own = default_data_dir(os.environ, sys.platform)
        if not own.exists() and SYSTEM_DATA_DIR.exists():
            return SYSTEM_DATA_DIR, "system"
        return own, "user"
    try:
        view = client.get(path_of("agent"), AgentView).view
        return Path(view.data_dir), view.mode
    finally:
        client.close()


def _tail(file: Path, lines: int) -> list[str]:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return [line.rstrip("\n") for line in deque(opened, lines)]
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.", FAILED) from error


def _show(ctx: typer.Context, lines: list[str]) -> None:
    if options_of(ctx).json:
        print_json({"items": lines})
        return
    for line in lines:
        typer.echo(harmless(line))
