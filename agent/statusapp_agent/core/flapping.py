"""Something that goes up and down: said once, where its incident is told and without paging anybody."""

from statusapp_agent.core.digest import add
from statusapp_agent.core.draft import Draft
from statusapp_agent.core.health import calm_needed, is_flapping, recent_outages
from statusapp_agent.core.model import Incident
from statusapp_agent.core.phrases import length
from statusapp_agent.core.state import Watch


def note(draft: Draft, watch: Watch, incident: Incident) -> None:
    """Say of a new incident that it is damped from now on, if it is."""
    if not is_flapping(watch.health, watch.monitor, draft.now):
        return
    outages = len(recent_outages(watch.health, draft.now))
    calm = length(calm_needed(watch.health, watch.monitor, draft.now).total_seconds())
    text = f"flapping: {outages} outages within an hour, so this one stays open until it has been good for {calm}"
    draft.log(incident, "flapping", text)
    add(draft, f"flapping {incident.monitor}", f"{incident.monitor} is {text} (#{incident.number})", draft.now)
