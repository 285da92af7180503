"""What was changed shortly before something broke: the first question of whoever is paged."""

from datetime import timedelta

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.model import Incident
from statusapp_agent.core.phrases import between

RECENT = timedelta(hours=2)
MOST_TOLD = 3


def remind(draft: Draft, incident: Incident) -> None:
    """Write the latest changes before an incident into its story: ``12 min after: docker upgraded``."""
    found = [
        change
        for change in draft.state.changes
        if change.monitor in (None, incident.monitor)
        and change.at <= incident.opened_at
        and incident.began_at - change.at <= RECENT
    ]
    for change in found[-MOST_TOLD:]:
        began = max(incident.began_at, change.at)
        draft.log(incident, "change", f"{between(change.at, began)} after: {change.summary} ({change.by})")
