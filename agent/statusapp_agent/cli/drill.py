"""``statusapp drill``: an announced exercise, followed step by step."""

import time
from typing import Annotated

import typer
from rich.text import Text

from statusapp_agent.cli.client import SLOW_READ_S, Client, Reply, agent, path_of
from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.names import subject_names
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.show import Screen, confirm, print_json
from statusapp_agent.cli.words import DEGRADED, DOWN, FINE, Mark, length
from statusapp_shared.drills import DrillRequest, DrillStarted
from statusapp_shared.protocol import IncidentView, TimelineView

_POLL_S = 0.3
_GRACE_S = 30.0
_QUIET = {"route", "opened", "closed", "triggered"}
_MARKS: dict[str, Mark] = {
    "told": FINE,
    "verified": FINE,
    "notified": FINE,
    "acknowledged": FINE,
    "resolved": FINE,
    "refused": DOWN,
    "nobody": DOWN,
    "delayed": DEGRADED,
    "escalated": DEGRADED,
    "fallback": DEGRADED,
    "exhausted": DOWN,
    "unverified": DEGRADED,
}


def drill(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=subject_names, help="A channel, or a monitor's whole route.")
    ],
    limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=5, max=7200, help="When it ends if nobody acknowledges.")
    ] = 600.0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Page whoever would be paged, marked as a drill, until somebody acknowledges.

    It is kept out of the figures, and resolves everything by itself. The exit code is 1 unless it was acknowledged.
    """
    screen = Screen(stderr=options_of(ctx).json)
    confirm(f"This really pages whoever is on call for {subject}. Go on?", yes=yes)
    with agent(ctx) as client:
        asked = DrillRequest(subject=subject, limit_s=limit)
        started = client.post(path_of("drills"), DrillStarted, asked, SLOW_READ_S).view
        reply = _follow(client, screen, started, limit)
    view = reply.view
    if options_of(ctx).json:
        print_json(reply.raw)
    if view.acknowledged_at is None:
        ending = next((line.text for line in reversed(view.timeline) if line.kind == "resolved"), "it goes on")
        raise Failure(f"Nobody acknowledged the drill #{view.number}: {ending.rstrip('.')}.", FAILED)
    took = (view.acknowledged_at - view.opened_at).total_seconds()
    screen.sentence(f"{view.acknowledged_by} acknowledged after {length(took)}.", screen.mark("ok"))


def _follow(client: Client, screen: Screen, started: DrillStarted, limit: float) -> Reply[IncidentView]:
    screen.sentence(f"Drill of {started.subject}, until somebody acknowledges, at most {length(limit)}:")
    told, begun = set[tuple[str, object, str]](), time.monotonic()
    while True:
        reply = client.get(path_of("incidents", started.incident_id), IncidentView)
        view = reply.view
        for line in view.timeline:
            if (line.kind, line.at, line.text) not in told:
                told.add((line.kind, line.at, line.text))
                _tell(screen, view, line)
        at_rest = all(item.state != "pending" for item in view.deliveries)
        if (view.status == "resolved" and at_rest) or time.monotonic() - begun > limit + _GRACE_S:
            return reply
        time.sleep(_POLL_S)


def _tell(screen: Screen, view: IncidentView, line: TimelineView) -> None:
    if line.kind in _QUIET and line.kind != "route":
        return
    after = max((line.at - view.opened_at).total_seconds(), 0.0)
    shown = f"{after:.1f} s" if after < 10 else length(after)
    mark = screen.sign(_MARKS[line.kind]) if line.kind in _MARKS else Text(" ")
    screen.rows([(mark, Text(f"{shown:>9}"), Text(line.text))])
