"""``statusapp doctor``: the troubleshooting list, performed."""

from itertools import groupby
from typing import Annotated

import typer
from rich.text import Text

from statusapp_agent.cli.client import SLOW_READ_S, agent, path_of
from statusapp_agent.cli.failure import FAILED
from statusapp_agent.cli.names import subject_names
from statusapp_agent.cli.show import Screen, answer
from statusapp_agent.cli.words import BLIND, DOWN, FINE, MARKS
from statusapp_shared.protocol import DoctorFinding, DoctorView


def doctor(
    ctx: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", autocompletion=subject_names, help="A channel or a monitor; all of it if left out."
        ),
    ] = None,
) -> None:
    """Find out what does not work; exit code 1: a hand is needed."""
    with agent(ctx) as client:
        reply = client.get(path_of("doctor"), DoctorView, read_s=SLOW_READ_S, subject=subject)
    answer(ctx, reply, _draw)
    if any(finding.verdict == "fail" for finding in reply.view.findings):
        raise typer.Exit(FAILED)


def _draw(screen: Screen, view: DoctorView) -> None:
    verdicts = {finding.verdict for finding in view.findings}
    worst = DOWN if "fail" in verdicts else BLIND if "unknown" in verdicts else FINE
    screen.sentence(view.sentence, screen.sign(worst))
    for group, findings in groupby(view.findings, lambda finding: finding.group):
        screen.heading(group)
        screen.rows([_row(screen, finding) for finding in findings])


def _row(screen: Screen, finding: DoctorFinding) -> tuple[Text, ...]:
    passed = finding.verdict == "pass"
    text = Text(f"{finding.point}: {finding.text}", style="dim" if passed else "")
    if finding.remedy and not passed:
        text.append(f"\n{finding.remedy}", style="bold")
    return screen.mark(finding.verdict), Text(finding.verdict.upper(), style=MARKS[finding.verdict].style), text
