"""``statusapp incidents update``, ``merge``, ``reassign``: work that is done at PagerDuty, from here."""

from typing import Annotated

import typer
from pydantic import BaseModel

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import Failure
from statusapp_agent.cli.incident_words import VIA, By, Id
from statusapp_agent.cli.options import EPILOG
from statusapp_agent.cli.show import Screen, answer
from statusapp_agent.cli.words import incident_id
from statusapp_shared.pagerduty import MergeRequest, ReassignRequest, UpdateRequest
from statusapp_shared.protocol import IncidentView


def add_to(noun: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for name, run in (("update", update), ("merge", merge), ("reassign", reassign)):
        noun.command(name, epilog=EPILOG)(run)


def update(
    ctx: typer.Context,
    incident: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What those who wait for news should read.")],
    by: By = None,
) -> None:
    """Post an update in PagerDuty; a note, where its plan has no updates."""
    _work(ctx, incident, "updates", UpdateRequest(text=text[:4000], by=by, via=VIA))


def merge(
    ctx: typer.Context,
    incident: Id,
    into: Annotated[str, typer.Argument(metavar="INTO", parser=incident_id, help="The incident that goes on.")],
    by: By = None,
) -> None:
    """Merge an incident into another one in PagerDuty."""
    _work(ctx, incident, "merge", MergeRequest(into=into, by=by, via=VIA))


def reassign(
    ctx: typer.Context,
    incident: Id,
    to: Annotated[str, typer.Argument(metavar="WHO", help="E-mail address or name, as PagerDuty has it.")],
    by: By = None,
) -> None:
    """Give an incident to somebody in PagerDuty."""
    _work(ctx, incident, "reassign", ReassignRequest(to=to, by=by, via=VIA))


def _work(ctx: typer.Context, incident: str, verb: str, body: BaseModel) -> None:
    with agent(ctx) as client:
        reply = client.post(path_of("incidents", incident, verb), IncidentView, body)
    ended = [line for line in reply.view.timeline if line.kind in ("done_there", "not_done_there")]
    if ended and ended[-1].kind == "not_done_there":
        raise Failure(f"#{reply.view.number} {reply.view.monitor}: {ended[-1].text}.")
    text = ended[-1].text if ended else "PagerDuty has not answered yet; the timeline will tell"
    answer(ctx, reply, lambda screen, view: _draw(screen, view, text))


def _draw(screen: Screen, view: IncidentView, text: str) -> None:
    screen.sentence(f"#{view.number} {view.monitor}: {text}.", screen.mark(view.status))
