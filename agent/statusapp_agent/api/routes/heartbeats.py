"""Heartbeats: reports of jobs that say themselves that they ran."""

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Served
from statusapp_agent.core.events import Beaten, Checked
from statusapp_shared.protocol import HeartbeatRequest, MonitorView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.OPERATE, "POST", "/heartbeats/{name:name}", report)


async def report(name: str, present: Now, services: Served, asked: HeartbeatRequest | None = None) -> MonitorView:
    """Report in for a heartbeat monitor; without a body, that all is well."""
    present.watch(name)
    said = asked or HeartbeatRequest()
    await present.decide(Beaten(name, said.status, said.message))
    watch = present.watch(name)
    if not watch.paused:
        # Judged now, so that the answer shows what the report has changed.
        result = await services.runner.check(watch.monitor, watch.beat)
        await present.decide(Checked(name, result))
    return present.monitor(present.watch(name))
