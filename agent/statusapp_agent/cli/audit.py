"""``statusapp audit``: who did what to what."""

import json
import sys
from typing import Annotated

import typer

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import EPILOG
from statusapp_shared.protocol import Items
from statusapp_shared.reviews import AuditView

_AT_ONCE = 1000


def add_to(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.callback()(audit)
    noun.command("export", epilog=EPILOG)(export)


def audit() -> None:
    """Who did what to what: a log to which lines are only ever added."""


def export(
    ctx: typer.Context,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help='A length ("30d", "12h") or a date.')] = None,
) -> None:
    """Print the audit log, one JSON document a line, oldest first."""
    begins = since and moment(since)
    after = 0
    with agent(ctx) as client:
        while True:
            reply = client.get(path_of("audit"), Items[AuditView], since=begins, after=str(after), limit=str(_AT_ONCE))
            for line in reply.view.items:
                sys.stdout.write(json.dumps(line.model_dump(mode="json"), ensure_ascii=False) + "\n")
                after = line.id
            if len(reply.view.items) < _AT_ONCE:
                return
