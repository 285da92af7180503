"""The doctor's daily look at PagerDuty: what it finds is kept with the channel, and told only when it changes."""

from dataclasses import replace

from statusapp_agent.core.draft import Draft
from statusapp_agent.core.events import Examined


def examined(draft: Draft, seen: Examined) -> None:
    """Take one look's findings in; the same as last time is no news."""
    record = draft.channel(seen.channel)
    if record is None or record.retired or record.findings == seen.findings:
        return
    fresh = [each for each in seen.findings if each not in record.findings]
    gone = [each for each in record.findings if each not in seen.findings]
    draft.save(replace(record, findings=seen.findings))
    for text in fresh:
        draft.audit("statusapp", "found", record.name, text)
    for text in gone:
        draft.audit("statusapp", "mended", record.name, text)
