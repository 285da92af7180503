"""``statusapp demo``: the whole story on loopback, in half a minute."""

from typing import Annotated

import typer

from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, print_json

_SECONDS = 30.0


def demo(
    ctx: typer.Context,
    seconds: Annotated[
        float, typer.Option(metavar="N", min=1, max=600, help="How long the story may take.")
    ] = _SECONDS,
    desktop: Annotated[bool, typer.Option("--desktop", help="Show it in the window and the tray as well.")] = False,
) -> None:
    """See the whole story, on loopback and without an account.

    Something breaks, somebody is paged and takes it, it recovers, and the figures are printed.
    """
    from statusapp_agent.cli.desktop import beside, refuse_without_display
    from statusapp_agent.demo.story import run

    as_json = options_of(ctx).json
    console = Screen(stderr=as_json).console
    if desktop:
        refuse_without_display()
    code = run(seconds, console, beside) if desktop else run(seconds, console)
    if as_json:
        print_json({"ok": code == 0})
    raise typer.Exit(code)
