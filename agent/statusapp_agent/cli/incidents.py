"""``statusapp incidents``: what broke, who has it, how it ended."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from statusapp_agent.cli import incident_work
from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import USAGE, Failure
from statusapp_agent.cli.figures_csv import write_incidents
from statusapp_agent.cli.incident_words import VIA, By, Id
from statusapp_agent.cli.names import monitor_names
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import Column, Screen, answer
from statusapp_agent.cli.story import draw, draw_why, lasted, who
from statusapp_agent.cli.words import clock, count, since
from statusapp_agent.fields import parse_duration
from statusapp_shared.protocol import IncidentView, Items, NoteRequest, SnoozeRequest, WhoRequest, WhyView


def add_to(noun: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for name, run in (
        ("list", incidents),
        ("show", show),
        ("ack", acknowledge),
        ("unack", unacknowledge),
        ("resolve", resolve),
        ("snooze", snooze),
        ("note", note),
        ("why", why),
    ):
        noun.command(name, epilog=EPILOG)(run)
    incident_work.add_to(noun)


def incidents(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    since_text: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help='A length ("30d", "12h") or a date.')
    ] = None,
    monitor: Annotated[str | None, typer.Option(metavar="NAME", autocompletion=monitor_names)] = None,
    purpose: Annotated[
        Literal["real", "test", "drill"] | None, typer.Option(help="Real ones, tests or drills.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, max=10_000, help="At most so many, the latest.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet; times in UTC.")] = False,
) -> None:
    """List incidents, the latest first."""
    if as_csv and options_of(ctx).json:
        raise Failure("Give either --csv or --json: both say what stands on stdout.", USAGE)
    with agent(ctx) as client:
        reply = client.get(
            path_of("incidents"),
            Items[IncidentView],
            open="true" if open_only else None,
            since=since_text and moment(since_text),
            monitor=monitor,
            purpose=purpose,
            limit=None if limit is None else str(limit),
        )
    if as_csv:
        write_incidents(reply.view.items)
        return
    answer(ctx, reply, lambda screen, view: _draw_list(screen, view, open_only=open_only, since_text=since_text))


def show(ctx: typer.Context, incident: Id) -> None:
    """Show one incident with its deliveries and its timeline."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("incidents", incident), IncidentView), draw)


def acknowledge(ctx: typer.Context, incident: Id, by: By = None) -> None:
    """Take it: the others are not called any more."""
    _act(ctx, incident, "acknowledge", WhoRequest(by=by, via=VIA))


def unacknowledge(ctx: typer.Context, incident: Id, by: By = None) -> None:
    """Give it back: nobody has it any more, and it escalates again."""
    _act(ctx, incident, "unacknowledge", WhoRequest(by=by, via=VIA))


def resolve(ctx: typer.Context, incident: Id, by: By = None) -> None:
    """Close it. If the monitor still fails, a new incident opens after a while."""
    _act(ctx, incident, "resolve", WhoRequest(by=by, via=VIA))


def snooze(
    ctx: typer.Context,
    incident: Id,
    duration: Annotated[
        str, typer.Argument(metavar="DURATION", help='How long, such as "30m" or "2h"; at most 7 days.')
    ],
    by: By = None,
) -> None:
    """Take it, and be asked again after a while."""
    try:
        body = SnoozeRequest(seconds=parse_duration(duration), by=by, via=VIA)
    except ValidationError:
        raise Failure("An incident can be snoozed for more than nothing and at most 7 days.", USAGE) from None
    except ValueError as error:
        raise Failure(f"{error}.", USAGE) from None
    _act(ctx, incident, "snooze", body)


def note(
    ctx: typer.Context,
    incident: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to write into the timeline.")],
    by: By = None,
) -> None:
    """Write a note into the timeline."""
    try:
        body = NoteRequest(text=text, by=by, via=VIA)
    except ValidationError:
        raise Failure("A note has 1 to 4000 characters.", USAGE) from None
    _act(ctx, incident, "notes", body)


def why(ctx: typer.Context, incident: Id) -> None:
    """Tell the whole chain from check to person, with reasons."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("incidents", incident, "why"), WhyView), draw_why)


def moment(text: str) -> str:
    """Return what ``--since`` says as RFC 3339."""
    try:
        return since(text, datetime.now(UTC)).isoformat()
    except ValueError as error:
        raise Failure(f"{error}.", USAGE) from None


def draw_table(screen: Screen, items: Sequence[IncidentView]) -> None:
    """Write incidents as a table."""
    screen.table(
        [
            Column(""),
            Column("id", right=True),
            Column("monitor", 12),
            Column("status"),
            Column("began"),
            Column("lasted", right=True),
            Column("cause", 10),
        ],
        [
            [
                screen.mark(item.status),
                f"#{item.number}",
                item.monitor + ("" if item.purpose == "real" else f" ({item.purpose})"),
                item.status,
                clock(item.began_at, screen.now),
                lasted(item, screen),
                item.cause,
            ]
            for item in items
        ],
    )


def _act(ctx: typer.Context, incident: str, verb: str, body: WhoRequest) -> None:
    with agent(ctx) as client:
        reply = client.post(path_of("incidents", incident, verb), IncidentView, body)
    answer(ctx, reply, lambda screen, view: _draw_act(screen, view, verb))


def _draw_act(screen: Screen, view: IncidentView, verb: str) -> None:
    start = f"#{view.number} {view.monitor}"
    text = {
        "acknowledge": f"{start} is acknowledged: {who(view.acknowledged_by, view.acknowledged_via)} has it.",
        "unacknowledge": f"{start} is open again: nobody has it, and who is next will be told.",
        "resolve": f"{start} is resolved after {lasted(view, screen)}.",
        "snooze": f"{start} is snoozed"
        + (f" until {clock(view.snoozed_until, screen.now)}." if view.snoozed_until else "."),
        "notes": f"The note stands in the timeline of {start}.",
    }[verb]
    screen.sentence(text, screen.mark(view.status))


def _draw_list(screen: Screen, view: Items[IncidentView], *, open_only: bool, since_text: str | None) -> None:
    if not view.items:
        scope = f" since {since_text}" if since_text else ""
        screen.sentence(f"No {'open ' if open_only else ''}incident{scope}.", screen.mark("up"))
        return
    states = Counter(item.status for item in view.items)
    parts = [f"{states[status]} {status}" for status in ("open", "acknowledged", "resolved") if states[status]]
    screen.sentence(f"{count(len(view.items), 'incident')}: {', '.join(parts)}.")
    screen.blank()
    draw_table(screen, view.items)
