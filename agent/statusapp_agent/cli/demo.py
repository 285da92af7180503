"""``statusapp demo``: the whole story on loopback, in half a minute."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, print_json
from statusapp_agent.fields import parse_duration

_SECONDS = 30.0
_MOST_DAYS = 730


def demo(
    ctx: typer.Context,
    seconds: Annotated[
        float, typer.Option(metavar="N", min=1, max=600, help="How long the story may take.")
    ] = _SECONDS,
    history: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help='Instead: an agent with sample data of so long ("90d"), until Ctrl-C.'),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --history: keep the data there, and use it again.")
    ] = None,
) -> None:
    """See the whole story, on loopback and without an account.

    Something breaks, somebody is paged and takes it, it recovers, and the figures are printed.
    """
    if history is not None:
        raise typer.Exit(_sample(history, keep, Screen().console))
    if keep is not None:
        raise Failure("--keep goes with --history: the story leaves nothing behind.", USAGE)
    from statusapp_agent.demo.story import run

    as_json = options_of(ctx).json
    code = run(seconds, Screen(stderr=as_json).console)
    if as_json:
        print_json({"ok": code == 0})
    raise typer.Exit(code)


def _sample(history: str, keep: Path | None, console: Console) -> int:
    try:
        days = int(parse_duration(history) // 86_400)
    except ValueError as error:
        raise Failure(f"--history: {error}.", USAGE) from None
    if not 1 <= days <= _MOST_DAYS:
        raise Failure(f"--history takes from 1d to {_MOST_DAYS}d.", USAGE)
    from statusapp_agent.demo.sample_agent import run

    return run(days, keep.absolute() if keep else None, console)
