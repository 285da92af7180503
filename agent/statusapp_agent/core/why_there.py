"""The links of the chain that lie at PagerDuty: its incident, who was on call, how they were told, who answered."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from statusapp_agent.core.model import Incident, TimelineEntry
from statusapp_agent.core.phrases import capital, clock, sentence

SOURCE = "pagerduty"
_MOST = 8
Told = tuple[str, str, bool | None]


def there(incident: Incident, timeline: Sequence[TimelineEntry], today: datetime, zone: tzinfo) -> Iterable[Told]:
    """Return questions with answers from what looks at PagerDuty have written down; none where nobody looked."""
    facts = incident.context.get(SOURCE)
    lines = [entry for entry in timeline if entry.source == SOURCE]
    if not isinstance(facts, dict) and not lines:
        return
    if isinstance(facts, dict):
        yield _made(facts)
    if not lines:
        return
    assigned = [entry for entry in lines if entry.kind in ("assigned", "reassigned", "escalated", "exhausted")]
    if assigned:
        lost = any(entry.kind == "exhausted" for entry in assigned)
        yield "Who was on call at PagerDuty?", _story(assigned, today, zone), None if lost else True
    notified = [entry for entry in lines if entry.kind == "notified"]
    if notified:
        yield "How were they told?", _story(notified, today, zone), True
    elif assigned:
        text = "PagerDuty's log names no notification: look at their notification rules (`statusapp doctor`)."
        yield "How were they told?", text, False
    answered = [entry for entry in lines if entry.kind in ("acknowledged", "unacknowledged", "snoozed")]
    if answered:
        yield "Who answered at PagerDuty?", _story(answered, today, zone), True


def _made(facts: dict[str, object]) -> Told:
    words, url = str(facts.get("words") or "not known"), facts.get("url")
    ok = {"created": True, "nobody": False}.get(str(facts.get("fate")))
    status = f"it is {facts['status']} there" if facts.get("status") else ""
    differs = f"It differs from ours: {facts['difference']}" if facts.get("difference") else ""
    text = sentence(capital(words), capital(status), differs, str(url) if url else "")
    return "What did PagerDuty make of it?", text.removesuffix("." if url else ""), ok


def _story(lines: Sequence[TimelineEntry], today: datetime, zone: tzinfo) -> str:
    told = [f"{clock(entry.at, today, zone)} {entry.text}" for entry in lines[:_MOST]]
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return sentence("; ".join([*told, *more]))
