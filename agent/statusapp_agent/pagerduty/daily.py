"""Once a day the doctor looks at PagerDuty unasked: a gap in a schedule should be known before it comes."""

import logging
from collections.abc import Callable
from datetime import UTC

from statusapp_agent.clock import Clock
from statusapp_agent.core.doctor import told_by
from statusapp_agent.core.events import Event, Examined
from statusapp_agent.core.paging_points import paging_points
from statusapp_agent.core.state import State
from statusapp_agent.pagerduty.surveys import Surveys

log = logging.getLogger("statusapp.doctor")

AT = "09:20"
"""Local time: when somebody may still do something about it today."""


class Daily:
    """The daily look."""

    def __init__(self, state: State, surveys: Surveys, clock: Clock, put: Callable[[Event], None]) -> None:
        self._state = state
        self._surveys = surveys
        self._clock = clock
        self._put = put

    async def look_at_pagerduty(self) -> None:
        """Look at every channel with a REST key; what could not be asked leaves the findings of the day before."""
        live = [record for record in self._state.channels.values() if not record.retired]
        known = await self._surveys.look(live)
        for record in live:
            facts = known.get(record.name)
            if facts is None or facts.faults:
                continue
            monitors = [self._state.watches[name].monitor for name in told_by(self._state, record.name)]
            points = paging_points(record.name, facts, monitors, UTC)
            found = tuple(f"{each.point}: {each.text}" for each in points if each.verdict != "pass")
            for text in found:
                if text not in record.findings:
                    log.warning("%s: %s", record.name, text)
            self._put(Examined(record.name, found))
