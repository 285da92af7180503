"""``statusapp agent kinds``: what this program can check and whom it can tell, without an agent."""

import typer

from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import Screen, print_json


def add_to(noun: typer.Typer) -> None:
    """Add the command to the noun ``agent``."""
    noun.command("kinds", epilog=EPILOG)(kinds)


def kinds(ctx: typer.Context) -> None:
    """Show the kinds of checks and of channels that this program knows."""
    from statusapp_agent import channels, checks
    from statusapp_agent.kinds import ChannelKind, CheckKind, discover

    found = {"checks": sorted(discover(checks, CheckKind)), "channels": sorted(discover(channels, ChannelKind))}
    if options_of(ctx).json:
        print_json(found)
        return
    screen = Screen()
    screen.facts([(noun, ", ".join(names)) for noun, names in found.items()])
