"""What a state looks like and is called: the one mapping from the agent's words to shapes and names. Pure."""

from statusapp_desktop.tokens import Shape
from statusapp_desktop.words import tr
from statusapp_shared.protocol import IncidentView, MonitorView

_SHAPES: dict[str, Shape] = {
    "up": "fine",
    "degraded": "degraded",
    "down": "down",
    "pending": "blind",
    "blind": "blind",
    "held": "blind",
    "maintenance": "maintenance",
    "paused": "paused",
}
WORST_FIRST = ("down", "degraded", "blind", "pending", "held", "maintenance", "paused", "up")
RANK = {state: rank for rank, state in enumerate(WORST_FIRST)}


def monitor_shape(monitor: MonitorView, incident: IncidentView | None = None) -> Shape:
    """Return a monitor's shape; what somebody has acknowledged is hollow."""
    if monitor.state == "down" and incident is not None and incident.status == "acknowledged":
        return "acknowledged"
    return _SHAPES[monitor.state]


def incident_shape(incident: IncidentView) -> Shape:
    """Return an incident's shape."""
    if incident.status == "resolved":
        return "fine"
    if incident.status == "acknowledged":
        return "acknowledged"
    return "degraded" if incident.severity in ("warning", "info") else "down"


def state_word(state: str) -> str:
    """Return what a monitor's state is called."""
    return {
        "up": tr("fine"),
        "degraded": tr("degraded"),
        "down": tr("down"),
        "pending": tr("not checked yet"),
        "blind": tr("blind"),
        "held": tr("held"),
        "maintenance": tr("in maintenance"),
        "paused": tr("paused"),
        "acknowledged": tr("acknowledged"),
        "muted": tr("muted"),
        "unreachable": tr("agent unreachable"),
    }.get(state, state)


def shape_word(shape: Shape) -> str:
    """Return what a shape is called, for those who do not see it."""
    return state_word({"fine": "up"}.get(shape, shape))
