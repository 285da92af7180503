"""``statusapp report weekly|monthly|quarterly``: the review pack, to read, to print or to pass on."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, print_json
from statusapp_shared.reports import ReportView, Rhythm


def report(
    ctx: typer.Context,
    rhythm: Annotated[Rhythm, typer.Argument(metavar="weekly|monthly|quarterly", help="Which review.")],
    form: Annotated[Literal["md", "html"], typer.Option("--format", help="Markdown, or one HTML page.")] = "md",
    at: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="The last whole one at that time. Left out: the last, or the running one of a young agent.",
        ),
    ] = None,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help='Whose days, such as "Europe/Berlin".')] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.")] = None,
) -> None:
    """Write the review of the last whole week, month or quarter: what happened, what changed, what to do."""
    with agent(ctx) as client:
        reply = client.get(path_of("reports", rhythm), ReportView, read_s=SLOW_READ_S, at=at and moment(at), zone=zone)
    if options_of(ctx).json:
        print_json(reply.raw)
        return
    written = reply.view.html if form == "html" else reply.view.text
    if output is None:
        typer.echo(written)
        return
    try:
        output.write_text(written, "utf-8")
    except OSError as fault:
        raise Failure(f"{output} cannot be written: {fault.strerror}.", FAILED) from fault
    Screen(stderr=True).sentence(f"{reply.view.title} is in {output}.")
