"""One PagerDuty account as it answers: when it may be asked again, and why a service of it can page nobody now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from statusapp_agent.pagerduty.client import RestClient, RestError
from statusapp_agent.pagerduty.shapes import RestOnCall, RestService, RestWindow, read, read_all

T = TypeVar("T")

LASTING_HOLD_S = 300.0
"""How often a refused token is tried again: somebody may have mended it, and asking more often is hammering."""
_FIRST_HOLD_S = 5.0
_LONGEST_HOLD_S = 120.0
_SERVICE_KEPT_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Why nobody can be paged: ``why`` is empty when no reason was found."""

    why: str
    service: str | None = None


class Account:
    """An account behind one credential. ``monotonic`` is the clock of all waiting."""

    def __init__(self, client: RestClient, monotonic: Callable[[], float]) -> None:
        self.client = client
        self._monotonic = monotonic
        self.held_until_s = 0.0
        self.trouble: RestError | None = None
        self.answered_at: datetime | None = None
        self._failures = 0
        self._services: dict[str, tuple[float, str | None]] = {}

    @property
    def held(self) -> bool:
        """Whether it is not to be asked now."""
        return self._monotonic() < self.held_until_s

    def answered(self, now: datetime) -> None:
        """Note that it answers; leave it alone for a while if little is left of the minute's requests."""
        self.trouble, self._failures, self.answered_at = None, 0, now
        self.held_until_s = self._monotonic() + self.client.rest_s

    def failed(self, fault: RestError) -> None:
        """Note that it does not; the wait grows, and is long for what time alone will not mend."""
        self.trouble = fault
        wait_s = LASTING_HOLD_S if fault.lasting else min(_FIRST_HOLD_S * 2.0**self._failures, _LONGEST_HOLD_S)
        self._failures = min(self._failures + 1, 10)
        self.held_until_s = self._monotonic() + max(wait_s, fault.after_s or 0.0)

    async def service_of(self, integration_key: str) -> str | None:
        """Return the id of the service with an integration key; None when no service has it, or may not be seen."""
        known = self._services.get(integration_key)
        if known is not None and self._monotonic() - known[0] < _SERVICE_KEPT_S:
            return known[1]
        found = await self._search(integration_key)
        self._services[integration_key] = (self._monotonic(), found)
        return found

    async def _search(self, integration_key: str) -> str | None:
        listed = await self.client.pages("/services", "services", [("include[]", "integrations")])
        services = read_all(RestService, listed)
        for service in services:
            for integration in service.integrations:
                if integration.get("integration_key") == integration_key:
                    return service.id
        return await self._search_one_by_one(services, integration_key)

    async def _search_one_by_one(self, services: list[RestService], integration_key: str) -> str | None:
        """Some accounts list integrations as references only: each is asked for then, a few dozen at most."""
        asked = 0
        for service in services:
            for integration in service.integrations:
                if "integration_key" in integration or not integration.get("id") or asked >= 40:
                    continue
                asked += 1
                path = f"/services/{service.id}/integrations/{integration['id']}"
                said = (await self.client.get(path)).get("integration")
                if isinstance(said, dict) and said.get("integration_key") == integration_key:
                    return service.id
        return None

    async def why_nobody(self, integration_key: str) -> Finding:
        """Return why a page over this key pages nobody: disabled, in maintenance, nobody on call, suppressed."""
        if len(integration_key) == 32 and integration_key.startswith("R"):
            return Finding("")  # the rules of an orchestration decide: there is no service to look at
        service_id = await self._or_none(self.service_of(integration_key))
        if service_id is None:
            return Finding("")
        service = read(
            RestService, (await self._or_none(self.client.get(f"/services/{service_id}")) or {}).get("service")
        )
        name = service.name or service_id
        if service.status == "disabled":
            return Finding(f"service disabled ({name})", service_id)
        windows = await self._or_none(self._ongoing(service_id)) or []
        if service.status == "maintenance" or windows:
            ends = max((each.end_time for each in windows if each.end_time is not None), default=None)
            until = f" until {ends:%H:%M} UTC" if ends is not None else ""
            return Finding(f"service in maintenance{until} ({name})", service_id)
        if service.escalation_policy.id is not None:
            empty = await self._or_none(self._nobody_on_call(service.escalation_policy.id))
            if empty is not None:
                return Finding(empty, service_id)
        if await self._or_none(self._orchestrated(service_id)):
            return Finding(f"suppressed by the event rules of the service ({name})", service_id)
        return Finding("", service_id)

    async def _or_none(self, question: Awaitable[T]) -> T | None:
        """Return an answer; None where the key or the plan does not let us ask: other questions may still tell."""
        try:
            return await question
        except RestError as fault:
            if fault.partial:
                return None
            raise

    async def _ongoing(self, service_id: str) -> list[RestWindow]:
        query = [("service_ids[]", service_id), ("filter", "ongoing")]
        return read_all(RestWindow, await self.client.pages("/maintenance_windows", "maintenance_windows", query))

    async def _nobody_on_call(self, policy_id: str) -> str | None:
        query = [("escalation_policy_ids[]", policy_id)]
        found = read_all(RestOnCall, await self.client.pages("/oncalls", "oncalls", query))
        if any(each.user.id is not None for each in found):
            return None
        said = (await self.client.get(f"/escalation_policies/{policy_id}")).get("escalation_policy")
        policy = said if isinstance(said, dict) else {}
        schedules = [
            str(target.get("summary") or target.get("id"))
            for rule in policy.get("escalation_rules") or []
            if isinstance(rule, dict)
            for target in rule.get("targets") or []
            if isinstance(target, dict) and str(target.get("type", "")).startswith("schedule")
        ]
        gap = f" (gap in the schedule {', '.join(dict.fromkeys(schedules))})" if schedules else ""
        return f"nobody on call in {policy.get('name') or policy_id}{gap}"

    async def _orchestrated(self, service_id: str) -> bool:
        return (await self.client.get(f"/event_orchestrations/services/{service_id}/active")).get("active") is True
