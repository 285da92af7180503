"""``statusapp audit export``: who did what, as JSON lines."""

import json
import sys
from typing import Annotated

import typer

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import EPILOG
from statusapp_shared.audit import AuditView
from statusapp_shared.protocol import Items

_PAGE = 10_000


def add_to(noun: typer.Typer) -> None:
    """Add the commands."""
    noun.callback()(lambda: None)
    noun.command("export", epilog=EPILOG)(export)


def export(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help='A length ("30d") or a date; all, if left out.')
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="The end; now, if left out.")] = None,
) -> None:
    """Write the audit log to stdout, one JSON object a line, the oldest first."""
    after = 0
    with agent(ctx) as client:
        while True:
            reply = client.get(
                path_of("audit"),
                Items[AuditView],
                read_s=SLOW_READ_S,
                since=since and moment(since),
                until=until and moment(until),
                after=str(after),
                limit=str(_PAGE),
            )
            for line in reply.raw["items"]:
                sys.stdout.write(json.dumps(line) + "\n")
            if len(reply.view.items) < _PAGE:
                return
            after = reply.view.items[-1].id
