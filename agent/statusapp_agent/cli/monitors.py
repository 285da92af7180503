"""``statusapp monitors``: what is watched."""

from collections import Counter
from datetime import datetime
from typing import Annotated

import typer

from statusapp_agent.cli import monitor_page as page
from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.moment import past_moment
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import APPLY, Column, Screen, answer, confirm, print_json
from statusapp_agent.cli.story import draw_why
from statusapp_agent.cli.words import age, count, milliseconds
from statusapp_shared.protocol import CheckNowView, Items, MonitorView, ResultView, WhyView

Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=monitor_names, help="The monitor's name.")]
_LATEST = "5"


def add_to(noun: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for name, run in (
        ("list", monitors),
        ("show", show),
        ("check", check),
        ("pause", pause),
        ("resume", resume),
        ("why", why),
        ("delete", delete),
    ):
        noun.command(name, epilog=EPILOG)(run)


def monitors(ctx: typer.Context) -> None:
    """List every monitor with its state."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("monitors"), Items[MonitorView]), _draw_list)


def show(ctx: typer.Context, name: Name) -> None:
    """Show one monitor: settings, last check, latest results."""
    with agent(ctx) as client:
        reply = client.get(path_of("monitors", name), MonitorView)
        if options_of(ctx).json:
            return print_json(reply.raw)
        results = client.get(path_of("monitors", name, "results"), Items[ResultView], limit=_LATEST)
    screen = Screen()
    page.draw(screen, reply.view)
    return page.draw_results(screen, results.view.items)


def check(ctx: typer.Context, name: Name) -> None:
    """Check it once, now, and show the result with its phases. It counts like any other check."""
    with agent(ctx) as client:
        answer(ctx, client.post(path_of("monitors", name, "check"), CheckNowView, read_s=SLOW_READ_S), page.draw_check)


def pause(ctx: typer.Context, name: Name) -> None:
    """Stop checking, until it is resumed."""
    with agent(ctx) as client:
        answer(ctx, client.post(path_of("monitors", name, "pause"), MonitorView), _draw_pause)


def resume(ctx: typer.Context, name: Name) -> None:
    """Check again after a pause."""
    with agent(ctx) as client:
        answer(ctx, client.post(path_of("monitors", name, "resume"), MonitorView), _draw_resume)


def why(
    ctx: typer.Context,
    name: Name,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help='A moment of the past: "02:10", "2026-03-02 02:10", "2h ago".')
    ] = None,
) -> None:
    """Tell why somebody was, or was not, paged for it: now, or at a moment of the past."""
    try:
        moment = None if at is None else past_moment(at, datetime.now().astimezone()).isoformat()
    except ValueError as fault:
        raise Failure(f"--at: {fault}", USAGE) from None
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("monitors", name, "why"), WhyView, at=moment), draw_why)


def delete(
    ctx: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a monitor with its history; an open incident is resolved."""
    with agent(ctx) as client:
        view = client.get(path_of("monitors", name), MonitorView).view
        unfinished = f" Incident #{view.incident_number} is open and will be resolved." if view.incident_id else ""
        confirm(f"Delete {view.name}? Its history goes too.{unfinished}", yes=yes)
        client.delete(path_of("monitors", name))
    if options_of(ctx).json:
        print_json({"deleted": name})
    else:
        Screen().sentence(f"{view.name} is deleted.{unfinished and ' Its incident is resolved.'}")


def _draw_list(screen: Screen, view: Items[MonitorView]) -> None:
    if not view.items:
        screen.next_step("Nothing is watched yet. Write a settings file with the first monitor, then", APPLY)
        return
    states = Counter(monitor.state for monitor in view.items)
    screen.sentence(
        f"{count(len(view.items), 'monitor')}: "
        + ", ".join(f"{number} {state}" for state, number in states.most_common())
        + "."
    )
    screen.blank()
    screen.table(
        [
            Column(""),
            Column("name", 20),
            Column("state"),
            Column("latency", right=True),
            Column("checked", right=True),
            Column("target", 12),
        ],
        [
            [
                screen.mark(monitor.state),
                monitor.name,
                monitor.state + (" (flapping)" if monitor.flapping else ""),
                milliseconds(monitor.latency_ms),
                age(monitor.last_check_at, screen.now),
                monitor.target,
            ]
            for monitor in view.items
        ],
    )


def _draw_pause(screen: Screen, view: MonitorView) -> None:
    screen.sentence(f"{view.name} is paused: it is not checked, and nobody is told.", screen.mark(view.state))
    screen.next_step("Go on with", f"statusapp monitors resume {view.name}")


def _draw_resume(screen: Screen, view: MonitorView) -> None:
    screen.sentence(
        f"{view.name} is watched again: {view.state}, {view.reason or 'not checked yet'}", screen.mark(view.state)
    )
