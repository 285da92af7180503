"""``statusapp demo``: the whole story on loopback, in half a minute; or a sample quarter to look at."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, print_json
from statusapp_agent.fields import parse_duration

_SECONDS = 30.0
_DAY_S = 86_400


def demo(
    ctx: typer.Context,
    seconds: Annotated[
        float, typer.Option(metavar="N", min=1, max=600, help="How long the story may take.")
    ] = _SECONDS,
    history: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help='No story: sample data of so long ("90d"), served until Ctrl-C.'),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the sample data there, and go on with them next time.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed draws another past.")] = 7,
    serve: Annotated[bool, typer.Option(help="Serve the sample data, or only make them.")] = True,
    desktop: Annotated[bool, typer.Option("--desktop", help="Show it in the window and the tray as well.")] = False,
) -> None:
    """See the whole story, on loopback and without an account.

    Something breaks, somebody is paged and takes it, it recovers, and the figures are printed. With --history, an
    agent with a made-up past instead, to look at figures and reports.
    """
    as_json = options_of(ctx).json
    console = Screen(stderr=as_json).console
    if history is not None:
        raise typer.Exit(_serve_history(history, keep, seed, console, serve=serve))
    if keep is not None or not serve:
        raise Failure('--keep and --no-serve go with --history, such as --history "90d".', USAGE)
    from statusapp_agent.cli.desktop import beside, refuse_without_display
    from statusapp_agent.demo.story import run

    if desktop:
        refuse_without_display()
    code = run(seconds, console, beside) if desktop else run(seconds, console)
    if as_json:
        print_json({"ok": code == 0})
    raise typer.Exit(code)


def _serve_history(history: str, keep: Path | None, seed: int, console: Console, *, serve: bool) -> int:
    from statusapp_agent.demo.serving import run

    try:
        days = parse_duration(history) / _DAY_S
    except ValueError:
        days = 0.0
    if not 2 <= days <= 800:
        raise Failure(f'--history takes a length of 2 to 800 days, such as "90d", not {history!r}.', USAGE)
    if not serve and keep is None:
        raise Failure("--no-serve needs --keep DIR: without it nothing would be left.", USAGE)
    return run(days, keep, seed, serve, console)
