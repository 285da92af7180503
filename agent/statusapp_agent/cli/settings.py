"""``statusapp apply`` and ``export``: the settings file in, the settings out."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import FAILED, USAGE, Failure
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, answer, confirm, print_json
from statusapp_agent.cli.words import DEGRADED, FINE
from statusapp_shared.protocol import ApplyRequest, ChangeView, PlanView, SettingsView

_LIMIT_BYTES = 1_048_576  # ApplyRequest.text
_VERBS = {"create": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red")}


def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The settings file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the plan.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Delete what the file does not name.")] = False,
) -> None:
    """Bring the agent to what a settings file says.

    Prints what changes, and does it. Twice in a row changes nothing.
    """
    text = read(file)
    body = ApplyRequest(
        text=text,
        file=str(file.absolute()),
        prune=prune,
        dry_run=dry_run,
        secrets=secrets_from(text, os.environ),
    )
    with agent(ctx) as client:
        client.trust()
        try:
            reply = client.post(path_of("settings"), PlanView, body, read_s=SLOW_READ_S)
        except Failure as failure:
            lines = tuple(line.replace(body.file, str(file), 1) for line in failure.lines)
            raise Failure(failure.sentence, failure.code, lines) from failure
    answer(ctx, reply, lambda screen, view: _draw(screen, view, file))


def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to; stdout, if left out.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace the file without asking.")] = False,
) -> None:
    """Write the settings as TOML, without secrets."""
    with agent(ctx) as client:
        reply = client.get(path_of("settings"), SettingsView)
    if file is not None:
        if file.exists():
            confirm(f"Replace {file}? Comments in it are lost.", yes=yes)
        _replace(file, reply.view.text)
    if options_of(ctx).json:
        print_json(reply.raw)
    elif file is None:
        typer.echo(reply.view.text, nl=False)
    else:
        Screen().sentence(f"The settings stand in {file}, without secrets.")


def read(file: Path) -> str:
    """Return the text of a settings file; raise Failure with a sentence when it cannot be one."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.", USAGE) from error
    if len(data) > _LIMIT_BYTES:
        raise Failure(f"{file} is larger than 1 MiB, which is no settings file.", USAGE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Failure(f"{file}:{line}: this is not UTF-8 text. Save the file as UTF-8.", USAGE) from error


def secrets_from(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that ``{ env = "NAME" }`` names and this environment holds, by ``kind/name/field``.

    What is not set here is left to the agent, whose environment may know it; so is a file that is no TOML.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    return {
        f"{place}/{field}": value
        for place, item in _items(document)
        for field, reference in item.items()
        if isinstance(reference, dict) and isinstance(name := reference.get("env"), str)
        if (value := environment.get(name))
    }


def _items(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for noun in ("channels", "monitors"):
        items = document.get(noun)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                yield f"{noun}/{item['name']}", item


def _replace(file: Path, text: str) -> None:
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise Failure(f"{file} cannot be written: {error.strerror}.", FAILED) from error


def _draw(screen: Screen, view: PlanView, file: Path) -> None:
    for warning in view.warnings:
        screen.sentence(f"warning: {warning}", screen.sign(DEGRADED))
    if not view.changes:
        screen.sentence(f"Nothing to change: the agent already is as {file} says.", screen.sign(FINE))
        return
    for change in view.changes:
        _draw_change(screen, change)
    screen.blank()
    made = _counts(view.changes, done=view.applied)
    if view.applied:
        screen.sentence(f"Applied {file}: {made}.", screen.sign(FINE))
    else:
        screen.sentence(f"This is only the plan: {made}. Nothing was changed.")
        # Only a plan that was asked for with --prune deletes anything.
        prune = " --prune" if any(change.verb == "delete" for change in view.changes) else ""
        screen.next_step("Do it", f"statusapp apply {file}{prune}")


def _draw_change(screen: Screen, change: ChangeView) -> None:
    sign, style = _VERBS[change.verb]
    screen.sentence(Text(f"{sign} {change.noun} {change.name}".rstrip(), style=style))
    screen.rows([(Text("   "), Text(detail)) for detail in change.details])


def _counts(changes: list[ChangeView], *, done: bool) -> str:
    words = {"create": "created", "change": "changed", "delete": "deleted"}
    return ", ".join(
        f"{number} {word if done else f'to {verb}'}"
        for verb, word in words.items()
        if (number := sum(change.verb == verb for change in changes))
    )
