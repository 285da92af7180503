"""``statusapp channels``: who is told, and how."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.text import Text

from statusapp_agent.cli.channel_test import watch
from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import FAILED, USAGE, Failure
from statusapp_agent.cli.names import channel_names
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import APPLY, Column, Screen, answer, confirm, print_json
from statusapp_agent.cli.sync_facts import sync_facts
from statusapp_agent.cli.words import DEGRADED, age, clock, count
from statusapp_shared.protocol import ChannelView, Items, SecretRequest, SecretView, TestRequest, TestStarted

Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=channel_names, help="The channel's name.")]
_PATIENCE_S = 100.0  # PagerDuty may take a minute to show that it made no incident


def add_to(noun: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for name, run in (
        ("list", channels),
        ("show", show),
        ("test", try_out),
        ("set-secret", set_secret),
        ("delete", delete),
    ):
        noun.command(name, epilog=EPILOG)(run)


def channels(ctx: typer.Context) -> None:
    """List every channel with its state."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("channels"), Items[ChannelView]), _draw_list)


def show(ctx: typer.Context, name: Name) -> None:
    """Show one channel: settings, which secrets are set, last test."""
    with agent(ctx) as client:
        answer(ctx, client.get(path_of("channels", name), ChannelView), _draw)


def try_out(
    ctx: typer.Context,
    name: Name,
    quiet: Annotated[
        bool, typer.Option("--quiet", "--quiet-test", help="Send a change event only: it pages nobody.")
    ] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, max=600, help="How long to wait.")] = _PATIENCE_S,
) -> None:
    """Test a channel on the real road.

    Sends a page that closes itself; the exit code is 1 unless it was delivered and resolved.
    """
    with agent(ctx) as client:
        started = client.post(
            path_of("channels", name, "test"), TestStarted, TestRequest(quiet=quiet), SLOW_READ_S
        ).view
        screen = Screen(stderr=options_of(ctx).json)
        verdict = watch(client, screen, started, timeout)
    if options_of(ctx).json:
        print_json(verdict.document)
    if not verdict.passed:
        raise Failure(verdict.sentence, FAILED)
    screen.sentence(verdict.sentence, screen.mark("ok"))


def set_secret(
    ctx: typer.Context,
    name: Name,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The secret's field, such as integration_key.")],
) -> None:
    """Put a secret into the agent's vault. Reads it from stdin, or asks for it unseen on a terminal."""
    try:
        body = SecretRequest(value=_read_secret(name, field))
    except ValidationError:
        raise Failure("A secret has 1 to 65536 characters; nothing was sent.", USAGE) from None
    with agent(ctx) as client:
        client.trust()
        reply = client.put(path_of("channels", name, "secrets", field), ChannelView, body)
    answer(ctx, reply, lambda screen, view: _draw_set(screen, view, field))


def delete(
    ctx: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a channel with its secrets."""
    with agent(ctx) as client:
        view = client.get(path_of("channels", name), ChannelView).view
        used = f" {count(len(view.monitors), 'monitor')} then will not tell anybody by it." if view.monitors else ""
        confirm(f"Delete {view.name}? Its secrets go too.{used}", yes=yes)
        client.delete(path_of("channels", name))
    if options_of(ctx).json:
        print_json({"deleted": name})
    else:
        Screen().sentence(f"{view.name} is deleted, with its secrets.")


def _draw_set(screen: Screen, view: ChannelView, field: str) -> None:
    screen.sentence(f"{field} of {view.name} is set.", screen.mark("ok"))
    screen.next_step("Try it", f"statusapp channels test {view.name}")


def _read_secret(name: str, field: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"{field} of {name}", hide_input=True, err=True)).strip()
    return sys.stdin.read().strip()


def _draw_list(screen: Screen, view: Items[ChannelView]) -> None:
    if not view.items:
        screen.sentence("Nobody is told yet: an incident would only show here.")
        screen.next_step("Write a channel into the settings file, then", APPLY)
        return
    ready = sum(channel.status == "ok" for channel in view.items)
    screen.sentence(f"{count(len(view.items), 'channel')}, {ready} of them tested and working.")
    screen.blank()
    screen.table(
        [
            Column(""),
            Column("name", 12),
            Column("kind"),
            Column("state"),
            Column("delivered", right=True),
            Column("waiting", right=True),
            Column("reason", 8),
        ],
        [
            [
                screen.mark(channel.status),
                channel.name,
                channel.kind,
                channel.status,
                age(channel.last_delivered_at, screen.now),
                str(channel.waiting or ""),
                channel.reason,
            ]
            for channel in view.items
        ],
    )


def _draw(screen: Screen, view: ChannelView) -> None:
    reason = view.reason or "nothing is known against it"
    screen.sentence(f"{view.name} ({view.kind}) is {view.status}: {reason}", screen.mark(view.status))
    screen.blank()
    screen.facts(
        [
            ("held until", view.held_until and clock(view.held_until, screen.now, seconds=True)),
            ("last test", _tested(screen, view)),
            ("last drill", _drilled(screen, view)),
            ("delivered", age(view.last_delivered_at, screen.now)),
            ("waiting", str(view.waiting) if view.waiting else "nothing"),
            ("auto-resolve", "yes" if view.auto_resolve else "no: what is over here stays open there"),
            ("at most", f"{view.max_per_minute} a minute"),
            *_cost(view),
            ("monitors", ", ".join(view.monitors) or "none uses it"),
            *sync_facts(view),
        ]
    )
    if view.findings:
        screen.heading("Found at PagerDuty, at the last daily look")
        screen.rows([(screen.sign(DEGRADED), Text(text)) for text in view.findings])
    if view.settings:
        screen.heading("Settings")
        screen.facts((name, _setting(value)) for name, value in view.settings.items())
    if view.secrets:
        missing = next((field for field, secret in view.secrets.items() if not secret.is_set), "FIELD")
        screen.heading("Secrets")
        screen.facts((field, _secret(screen, secret)) for field, secret in view.secrets.items())
        screen.blank()
        screen.next_step("Set one", f"statusapp channels set-secret {view.name} {missing}")


def _cost(view: ChannelView) -> list[tuple[str, str]]:
    if view.sent_this_month is None:
        return []
    return [("this month", f"{view.sent_this_month:,} of {view.monthly_limit:,} messages sent")]


def _tested(screen: Screen, view: ChannelView) -> str:
    if view.tested_at is None:
        return f"never; test it: statusapp channels test {view.name}"
    verdict = "passed" if view.test_ok else "failed"
    return f"{verdict} {age(view.tested_at, screen.now)}" + (f": {view.test_reason}" if view.test_reason else "")


def _drilled(screen: Screen, view: ChannelView) -> str | None:
    if view.drill is None:
        return None
    return f"{'passed' if view.drill.ok else 'failed'} {age(view.drill.at, screen.now)}: {view.drill.reason}"


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def _secret(screen: Screen, secret: SecretView) -> str:
    if not secret.is_set:
        return "not set"
    when = f", since {clock(secret.set_at, screen.now)}" if secret.set_at else ""
    return f"set, in {secret.place}{when}"
