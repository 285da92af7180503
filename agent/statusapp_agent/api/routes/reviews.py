"""Reviews of a week, a month or a quarter."""

import asyncio
import json
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from statusapp_agent.api.parts import EARLIEST, Moment
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.services import Services
from statusapp_agent.core.model import Scope
from statusapp_agent.review.document import document, html, markdown
from statusapp_agent.review.material import Material, gather
from statusapp_agent.review.periods import Period, earlier, period
from statusapp_agent.store.samples import watched_since
from statusapp_shared.reviews import ReviewFormat, ReviewKind, ReviewView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/reviews/{kind}", review)


async def review(
    services: Served,
    kind: ReviewKind,
    at: Moment | None = None,
    last: bool = False,
    format: ReviewFormat = "md",  # noqa: A002 - the word of the address
    zone: str | None = None,
) -> ReviewView:
    """Return the review of the period that holds ``at`` (now, if left out), or with ``last`` of the one before it."""
    where = zone_of(zone)
    now = services.clock.now()
    moment = min(at or now, now)
    chosen = period(kind, earlier(kind, moment, where) if last else moment, now, where)
    if chosen.before_since < EARLIEST:
        raise ProblemError(422, "range", "There is nothing to review that long ago: name a later date with `at`.")
    material = await asyncio.to_thread(_gather, services, chosen, now, where)
    said = document(material, services.engine.state.agent.get("dashboard_url"))
    return ReviewView(
        kind=kind,
        title=chosen.title,
        since=chosen.since,
        until=chosen.until,
        running=chosen.running,
        format=format,
        text=await asyncio.to_thread(_rendered, format, material, said),
        said=said,
    )


def zone_of(name: str | None) -> tzinfo:
    """Return a time zone by its name, this machine's where none is named; raises a 422."""
    if name is None:
        return datetime.now().astimezone().tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        sentence = f'There is no time zone "{name[:40]}": write one such as "Europe/Berlin".'
        raise ProblemError(422, "zone", sentence) from None


def _gather(services: Services, chosen: Period, now: datetime, zone: tzinfo) -> Material:
    state, writer = services.engine.state, services.engine.writer
    since = watched_since(writer.samples.path)
    watched = {
        name: (since.get(name, chosen.since), last.scope if (last := state.sights[name].last) else Scope.HOST)
        for name in list(state.watches)
    }
    monitors = {name: watch.monitor for name, watch in state.watches.items()}
    return gather(writer.state.path, chosen, now, zone, monitors, watched)


def _rendered(wanted: ReviewFormat, material: Material, said: dict[str, Any]) -> str:
    if wanted == "json":
        return json.dumps(said, indent=2, ensure_ascii=False)
    return html(material, said) if wanted == "html" else markdown(said)
