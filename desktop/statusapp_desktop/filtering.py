"""The filter of monitors: plain words, ``tag:``, ``state:``, ``tier:`` and ``kind:``. Pure."""

from statusapp_desktop.states import state_word
from statusapp_shared.protocol import MonitorView


def matches(monitor: MonitorView, text: str) -> bool:
    """Return whether a monitor fits every word of a filter; words in any order, upper or lower case."""
    return all(_fits(monitor, word) for word in text.casefold().split())


def _fits(monitor: MonitorView, word: str) -> bool:
    key, colon, value = word.partition(":")
    if colon and value:
        match key:
            case "tag":
                return any(tag.casefold().startswith(value) for tag in monitor.tags)
            case "state":
                return value in (monitor.state, state_word(monitor.state).casefold())
            case "tier":
                return (monitor.tier or "").casefold() == value
            case "kind":
                return monitor.kind.casefold() == value
    return word in f"{monitor.name} {monitor.target} {' '.join(monitor.tags)}".casefold()
