"""Change events: what somebody did to the world, shown next to the incidents that follow."""

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.events import ChangeHappened
from statusapp_agent.core.model import Action, Delivery
from statusapp_agent.core.state import Effect, Save
from statusapp_agent.views.incidents import delivery_view
from statusapp_shared.protocol import ChangeRequest, DeliveryView, Items


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.OPERATE, "POST", "/changes", report)


async def report(asked: ChangeRequest, present: Now, services: Served, caller: Caller) -> Items[DeliveryView]:
    """Record a change, and return what was queued about it."""
    if asked.monitor is not None:
        present.watch(asked.monitor)
    made: dict[int, Delivery] = {}

    def listen(effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Save(Delivery(action=Action.CHANGE, incident=None, reason=asked.summary, attempts=0) as delivery):
                    made.setdefault(delivery.id, delivery)
                case _:
                    pass

    services.engine.listeners.add(listen)
    try:
        await present.decide(ChangeHappened(asked.summary, asked.link, asked.monitor, caller.user))
    finally:
        services.engine.listeners.discard(listen)
    return Items(items=[delivery_view(delivery) for delivery in made.values()])
