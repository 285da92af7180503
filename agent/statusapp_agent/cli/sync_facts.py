"""How a PagerDuty channel is kept in step, as lines of its page."""

from statusapp_agent.cli.words import count
from statusapp_shared.protocol import ChannelView


def sync_facts(view: ChannelView) -> list[tuple[str, str]]:
    """Return the lines; none for a channel of another kind."""
    sync = view.sync
    if sync is None:
        return []
    if sync.state == "off":
        return [("verified", "no: without an api_key a page is sent (unverified)")]
    lines = [("verified", "yes" if sync.state == "ok" else f"not now: {sync.reason}")]
    if sync.state == "ok":
        followed = f", {count(sync.open, 'incident')} followed" if sync.open else ""
        lines.append(("in step", f"{sync.reason}{followed}"))
    lines.append(("drift", "; ".join((str(sync.drift), *sync.differences))))
    lines.append(("writes there", "yes" if sync.writes else "no: it needs from_email and a key that may write"))
    return lines
