"""``statusapp oncall``: who is on call, overrides and swaps, and the rotation for a calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from statusapp_agent.cli import oncall_page
from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import FAILED, USAGE, Failure
from statusapp_agent.cli.names import names_of
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import Screen, answer, print_json
from statusapp_agent.cli.words import clock
from statusapp_agent.fields import parse_duration
from statusapp_shared.oncall import CalendarView, OnCallView, OverrideRequest, OverrideView
from statusapp_shared.protocol import Items


def _rotations(ctx: typer.Context, incomplete: str) -> list[str]:
    return names_of(ctx, "oncall", incomplete, lambda view: [each["name"] for each in view.get("rotations", [])])


def _overrides(ctx: typer.Context, incomplete: str) -> list[str]:
    return names_of(ctx, "oncall", incomplete, lambda view: [each["name"] for each in view.get("overrides", [])])


_Rotation = Annotated[str, typer.Argument(metavar="ROTATION", autocompletion=_rotations, help="The rotation's name.")]
_Person = Annotated[str, typer.Argument(metavar="PERSON", help="Who takes over.")]
_WHEN = 'A length from now ("2h") or a date ("2026-12-24 18:00"), local unless it says otherwise.'
_From = Annotated[str | None, typer.Option("--from", metavar="WHEN", help=f"{_WHEN} Now if left out.")]
_Until = Annotated[str, typer.Option("--until", metavar="WHEN", help='A length from the beginning ("8h") or a date.')]
_Level = Annotated[int, typer.Option(metavar="N", min=1, max=10, help="The level; 1 is reached first.")]


def add_to(noun: typer.Typer) -> None:
    """Add the verbs; without one it shows who is on call."""
    noun.callback(invoke_without_command=True, epilog=EPILOG)(oncall)
    for name, run in (("override", override), ("swap", swap), ("remove", remove), ("export", export)):
        noun.command(name, epilog=EPILOG)(run)


def oncall(
    ctx: typer.Context,
    at: Annotated[str | None, typer.Option(metavar="TIME", help=f"{_WHEN} Now if left out.")] = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=366, help="How many days ahead to look for gaps.")] = 14,
) -> None:
    """Show who is on call now and next; exit code 1: nobody is, in some rotation."""
    if ctx.invoked_subcommand is not None:
        return
    named = None if at is None else moment(at, datetime.now(UTC)).isoformat()
    with agent(ctx) as client:
        reply = client.get(path_of("oncall"), OnCallView, at=named, days=str(days))
    answer(ctx, reply, lambda screen, view: oncall_page.draw(screen, view, asked=at is not None, days=days))
    if any(not rotation.on for rotation in reply.view.rotations):
        raise typer.Exit(FAILED)


def override(
    ctx: typer.Context, rotation: _Rotation, person: _Person, until: _Until, begins: _From = None, level: _Level = 1
) -> None:
    """Let PERSON take ROTATION over for a time."""
    _take_over(ctx, rotation, person, (begins, until), level, swap=False)


def swap(
    ctx: typer.Context, rotation: _Rotation, person: _Person, until: _Until, begins: _From = None, level: _Level = 1
) -> None:
    """Let PERSON take ROTATION over; whoever is relieved takes as much of PERSON's next shift."""
    _take_over(ctx, rotation, person, (begins, until), level, swap=True)


def remove(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="OVERRIDE", autocompletion=_overrides, help="Its name; `statusapp oncall` lists it."),
    ],
) -> None:
    """Take an override away: the rotation goes on as if it had never been."""
    with agent(ctx) as client:
        client.delete(path_of("oncall", "overrides", name))
    if options_of(ctx).json:
        print_json({"removed": name})
    else:
        Screen().sentence(f"The override {name} is removed.")


def export(
    ctx: typer.Context,
    rotation: _Rotation,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to; stdout if left out.")] = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=366, help="How many days ahead.")] = 90,
) -> None:
    """Write the shifts of ROTATION as iCalendar."""
    with agent(ctx) as client:
        reply = client.get(path_of("oncall", "rotations", rotation, "calendar"), CalendarView, days=str(days))
    text: str = reply.raw["text"]  # as it came: folding and line ends are part of the format
    if file is not None:
        _write(file, text)
        count = text.count("BEGIN:VEVENT")
        if not options_of(ctx).json:
            Screen().sentence(f"{file} has the {count} shifts of the next {days} days.")
    if options_of(ctx).json:
        print_json(reply.raw)
    elif file is None:
        typer.echo(text.replace("\r\n", "\n"), nl=False)


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode())
    except OSError as fault:
        raise Failure(f"{file} cannot be written: {fault.strerror}.", FAILED) from fault


def _take_over(
    ctx: typer.Context, rotation: str, person: str, span: tuple[str | None, str], level: int, *, swap: bool
) -> None:
    now = datetime.now(UTC)
    begins = now.replace(microsecond=0) if span[0] is None else moment(span[0], now)
    ends = moment(span[1], begins)
    try:
        body = OverrideRequest(rotation=rotation, person=person, starts_at=begins, ends_at=ends, level=level, swap=swap)
    except ValidationError:
        raise Failure("Names have 1 to 100 characters; nothing was changed.", USAGE) from None
    with agent(ctx) as client:
        reply = client.post(path_of("oncall", "overrides"), Items[OverrideView], body)
    answer(ctx, reply, _draw_made)


def _draw_made(screen: Screen, view: Items[OverrideView]) -> None:
    for made in view.items:
        level = "" if made.level == 1 else f" (level {made.level})"
        span = f"from {clock(made.starts_at, screen.now)} until {clock(made.ends_at, screen.now)}"
        screen.sentence(f"{made.person} is on call in {made.rotation}{level} {span}.", screen.mark("ok"))
        screen.next_step("To take that back", f"statusapp oncall remove {made.name}")


def moment(text: str, start: datetime) -> datetime:
    """Return the moment that a length after ``start`` or a date names; a date without an offset is local."""
    try:
        return start + timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Failure(
            f'{text!r} is neither a length such as "8h" nor a date such as "2026-12-24 18:00" or '
            '"2026-12-24T18:00:00+01:00".',
            USAGE,
        ) from None
