"""``statusapp report``: the review of a week, a month or a quarter."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.incidents import moment
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, answer
from statusapp_shared.reviews import ReviewView


def report(
    ctx: typer.Context,
    kind: Annotated[Literal["weekly", "monthly", "quarterly"], typer.Argument(help="Which review.")],
    format: Annotated[  # noqa: A002 - the word of the option
        Literal["md", "html"], typer.Option(help="Markdown to read here, or a page for the browser and for paper.")
    ] = "md",
    last: Annotated[bool, typer.Option("--last", help="The period before this one, whole.")] = False,
    at: Annotated[
        str | None, typer.Option(metavar="WHEN", help='The period that holds this date, or a length ago ("40d").')
    ] = None,
    zone: Annotated[str | None, typer.Option(metavar="NAME", help="Time zone; this machine's, if left out.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Show what a week, a month or a quarter was like: what happened, what changed, what to do."""
    as_json = options_of(ctx).json
    with agent(ctx) as client:
        reply = client.get(
            path_of("reviews", kind),
            ReviewView,
            read_s=SLOW_READ_S,
            format="json" if as_json else format,
            last="true" if last else None,
            at=at and moment(at),
            zone=zone,
        )
    if out is not None:
        text = reply.view.text
        _write(out, text)
        answer(ctx, reply, lambda screen, view: _written(screen, view, out))
    elif as_json:
        sys.stdout.write(reply.view.text + "\n")
    else:
        sys.stdout.write(reply.view.text.rstrip("\n") + "\n")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, "utf-8")
    except OSError as fault:
        raise Failure(f"The review cannot be written to {out}: {fault.strerror}.", FAILED) from None


def _written(screen: Screen, view: ReviewView, out: Path) -> None:
    screen.sentence(f"{view.title} is in {out}.", screen.mark("up"))
