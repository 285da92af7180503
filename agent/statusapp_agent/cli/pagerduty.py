"""``statusapp pagerduty``: making at PagerDuty what a channel needs."""

from typing import Annotated

import typer
from rich.text import Text

from statusapp_agent.cli.channel_test import watch
from statusapp_agent.cli.client import SLOW_READ_S, Client, Reply, agent, path_of
from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.names import channel_names
from statusapp_agent.cli.options import EPILOG, options_of
from statusapp_agent.cli.show import Screen, answer, confirm, print_json
from statusapp_agent.cli.words import DOWN, FINE, Mark
from statusapp_shared.protocol import TestRequest, TestStarted
from statusapp_shared.provisioning import ProvisionItem, ProvisionRequest, ProvisionView

_PATIENCE_S = 100.0
_PLANNED = {
    "create": Mark("+", "+", "green"),
    "reuse": Mark("=", "=", "bright_black"),
    "change": Mark("~", "~", "yellow"),
    "store": Mark("+", "+", "green"),
}


def add_to(noun: typer.Typer) -> None:
    """Add the verbs to the noun."""

    # With one command alone, typer would take its name away.
    @noun.callback()
    def _pagerduty() -> None:
        """What StatusApp does at PagerDuty for you."""

    noun.command("provision", epilog=EPILOG)(provision)


def provision(
    ctx: typer.Context,
    channel: Annotated[
        str, typer.Argument(metavar="CHANNEL", autocompletion=channel_names, help="The channel's name.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and make nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Use a schedule and change a policy that exist, on a small plan.")
    ] = False,
    person: Annotated[
        list[str] | None,
        typer.Option(metavar="EMAIL", help="Who is on call, in turn; again for each. from_email if left out."),
    ] = None,
    service: Annotated[str | None, typer.Option(metavar="NAME", help="The name of the service.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Of the schedule; this computer's if left out.")
    ] = None,
) -> None:
    """Make or find service, integration, schedule and escalation policy (0, 15, 30 min) at PagerDuty.

    The plan is shown first. The integration key goes into the agent's vault, and a test follows.
    """
    path, screen = path_of("channels", channel, "provision"), Screen(stderr=options_of(ctx).json)
    asked = ProvisionRequest(reuse=reuse, people=person or [], service=service, time_zone=time_zone)
    with agent(ctx) as client:
        planned = client.post(path, ProvisionView, asked, SLOW_READ_S)
        if dry_run:
            answer(ctx, planned, _draw)
            return
        _draw(screen, planned.view)
        confirm("Do this at PagerDuty?", yes=yes)
        made = client.post(path, ProvisionView, asked.model_copy(update={"dry_run": False}), SLOW_READ_S)
        screen.blank()
        if made.view.done:
            screen.sentence(made.view.sentence)
        _rows(screen, made.view)
        if not made.view.done:
            _refused(ctx, screen, made)
        document = {**made.raw, "test": _test(client, screen, channel)}
    if options_of(ctx).json:
        print_json(document)


def _test(client: Client, screen: Screen, channel: str) -> object:
    screen.blank()
    started = client.post(path_of("channels", channel, "test"), TestStarted, TestRequest(), SLOW_READ_S).view
    verdict = watch(client, screen, started, _PATIENCE_S)
    if not verdict.passed:
        raise Failure(verdict.sentence, FAILED)
    screen.sentence(verdict.sentence, screen.mark("ok"))
    return verdict.document


def _refused(ctx: typer.Context, screen: Screen, made: Reply[ProvisionView]) -> None:
    view = made.view
    if view.reusable:
        there = ", ".join(view.reusable)
        screen.next_step(
            f"Your PagerDuty plan allows no more; there is {there}. To use that",
            f"statusapp pagerduty provision {view.channel} --reuse",
        )
    if options_of(ctx).json:
        print_json(made.raw)
    raise Failure(view.sentence, FAILED)


def _draw(screen: Screen, view: ProvisionView) -> None:
    screen.sentence(view.sentence)
    _rows(screen, view)


def _rows(screen: Screen, view: ProvisionView) -> None:
    screen.rows([_row(screen, item) for item in view.items])


def _row(screen: Screen, item: ProvisionItem) -> tuple[Text, ...]:
    mark = {"done": FINE, "failed": DOWN}.get(item.state, _PLANNED[item.verb])
    named = f"{item.noun} {item.name}" + (f": {item.detail}" if item.detail else "")
    return screen.sign(mark), Text(item.verb), Text(named)
