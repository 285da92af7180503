"""Change events of our own: the settings changed, the agent started; told to the channels that want them."""

from collections.abc import Callable

from statusapp_agent.channels.pagerduty import PagerDutySettings
from statusapp_agent.core.events import ChangeHappened, Event
from statusapp_agent.core.state import State


def wanting(state: State) -> tuple[str, ...]:
    """Return the channels that want to be told what we did."""
    return tuple(
        name
        for name, record in state.channels.items()
        if not record.retired
        and isinstance(record.channel.settings, PagerDutySettings)
        and record.channel.settings.change_events
    )


def announce(state: State, put: Callable[[Event], None], deed: str) -> None:
    """Have something that the agent did told as a change; nothing when no channel wants that."""
    channels = wanting(state)
    if channels:
        region = state.agent.get("region")
        where = f" on {region}" if region else ""
        put(ChangeHappened(f"StatusApp{where}: {deed}"[:1024], None, None, "statusapp", channels))
