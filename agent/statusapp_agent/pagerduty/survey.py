"""Asks PagerDuty's REST API for everything that the doctor judges: few requests, three roads at once, one deadline.

Each part fails by itself: what a plan or a read-only key does not show leaves the rest known.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from statusapp_agent.core.paging_facts import (
    PagingFacts,
    Part,
    PersonFacts,
    PolicyFacts,
    ScheduleFacts,
    ServiceFacts,
    TurnFacts,
    WindowFacts,
)
from statusapp_agent.pagerduty.account import Account
from statusapp_agent.pagerduty.client import Credential, RestClient, RestError, Trouble
from statusapp_agent.pagerduty.shapes import RestOnCall, RestService, RestWindow, read, read_all
from statusapp_agent.pagerduty.survey_shapes import RestPolicy, RestSchedule, RestUser, person_of

DEADLINE_S = 8.0
_REQUEST_S = 5.0
AHEAD = timedelta(days=14)
_MOST_PEOPLE = 20
T = TypeVar("T")


class Survey:
    """One look at one channel's road. ``monotonic`` is the clock of all waiting."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        credential: Credential,
        monotonic: Callable[[], float],
        now: datetime,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._roads = [RestClient(http, credential, _REQUEST_S) for _ in range(3)]
        self._monotonic = monotonic
        self._now = now
        self._deadline_s = deadline_s
        self._faults: dict[Part, str] = {}

    async def facts(self, integration_key: str) -> PagingFacts:
        """Return what is known when the last road has ended, or the deadline is over."""
        ends_s = self._monotonic() + self._deadline_s
        until = self._now + AHEAD
        if len(integration_key) == 32 and integration_key.startswith("R"):
            return PagingFacts(self._now, until, routed=True)
        service = await self._part(Part.SERVICE, ends_s, self._service(integration_key), None)
        if service is None or service.id is None:
            return PagingFacts(self._now, until, faults=self._faults)
        policy_id = service.escalation_policy.id
        (windows, suppressing), (policy, people, schedules), turns = await asyncio.gather(
            self._around(service.id, ends_s), self._policy_road(policy_id, ends_s), self._turns(policy_id, ends_s)
        )
        return PagingFacts(
            self._now,
            until,
            _service_facts(service, integration_key),
            windows=windows,
            suppressing=suppressing,
            policy=policy,
            turns=turns,
            schedules=schedules,
            people=people,
            faults=self._faults,
        )

    async def _part(self, part: Part, ends_s: float, asking: Awaitable[T], otherwise: T) -> T:
        """Return what a part answers; a fault is kept, and ``otherwise`` stands for the answer."""
        try:
            async with asyncio.timeout(max(0.0, ends_s - self._monotonic())):
                return await asking
        except TimeoutError:
            self._faults[part] = f"PagerDuty did not answer everything within {self._deadline_s:g} s"
        except RestError as fault:
            self._faults[part] = str(fault)
        return otherwise

    async def _service(self, integration_key: str) -> RestService | None:
        account = Account(self._roads[0], self._monotonic)
        found = await account.service_of(integration_key)
        if found is None:
            return None
        said = await self._roads[0].get(f"/services/{found}", [("include[]", "integrations")])
        return read(RestService, said.get("service"))

    async def _around(self, service: str, ends_s: float) -> tuple[tuple[WindowFacts, ...], bool]:
        client = self._roads[0]
        windows = await self._part(Part.MAINTENANCE, ends_s, _windows(client, service), ())
        return windows, await self._part(Part.RULES, ends_s, _has_rules(client, service), otherwise=False)

    async def _policy_road(
        self, policy_id: str | None, ends_s: float
    ) -> tuple[PolicyFacts | None, tuple[PersonFacts, ...], tuple[ScheduleFacts, ...]]:
        client = self._roads[1]
        policy = await self._part(Part.POLICY, ends_s, _policy(client, policy_id), None)
        if policy is None:
            self._faults.setdefault(Part.PEOPLE, "the escalation policy could not be read")
            return None, (), ()
        schedules: tuple[ScheduleFacts, ...] = ()
        try:
            async with asyncio.timeout(max(0.0, ends_s - self._monotonic())):
                schedules = tuple([await _schedule(client, *each) for each in policy.schedules()])
        except (RestError, TimeoutError):
            pass  # they only lend their zone to what /oncalls tells
        people = await self._part(Part.PEOPLE, ends_s, self._people(client, policy), ())
        return policy.facts(), people, schedules

    async def _people(self, client: RestClient, policy: RestPolicy) -> tuple[PersonFacts, ...]:
        found = policy.people() + [
            each.user.id
            for each in await _oncalls(client, policy.id, [])
            if each.user.id is not None and each.user.is_user
        ]
        include = [("include[]", "contact_methods"), ("include[]", "notification_rules")]
        asked = list(dict.fromkeys(found))[:_MOST_PEOPLE]
        told = [(await client.get(f"/users/{one}", include)).get("user") for one in asked]
        return tuple(person_of(read(RestUser, each)) for each in told)

    async def _turns(self, policy_id: str | None, ends_s: float) -> tuple[TurnFacts, ...]:
        span = [("since", self._now.isoformat()), ("until", (self._now + AHEAD).isoformat())]
        found = await self._part(Part.ON_CALL, ends_s, _oncalls(self._roads[2], policy_id, span), [])
        return tuple(
            TurnFacts(
                each.escalation_level or 1,
                each.user.id,
                each.user.shown,
                each.schedule.shown if each.schedule.id is not None else None,
                each.start,
                each.end,
            )
            for each in found
            # The new schedules have an empty member: a turn that is nobody's.
            if each.user.id is not None and each.user.is_user
        )


async def _oncalls(client: RestClient, policy_id: str | None, span: list[tuple[str, str]]) -> list[RestOnCall]:
    if policy_id is None:
        return []
    query = [("escalation_policy_ids[]", policy_id), *span]
    return read_all(RestOnCall, await client.pages("/oncalls", "oncalls", query))


async def _windows(client: RestClient, service: str) -> tuple[WindowFacts, ...]:
    found: list[RestWindow] = []
    for kind in ("ongoing", "future"):
        query = [("service_ids[]", service), ("filter", kind)]
        found += read_all(RestWindow, await client.pages("/maintenance_windows", "maintenance_windows", query))
    return tuple(WindowFacts(each.start_time, each.end_time, each.description or "") for each in found)


async def _has_rules(client: RestClient, service: str) -> bool:
    try:
        return (await client.get(f"/event_orchestrations/services/{service}/active")).get("active") is True
    except RestError as fault:
        if fault.trouble in (Trouble.MISSING, Trouble.PERMISSION, Trouble.PLAN, Trouble.REFUSED):
            return False  # not every plan has them
        raise


async def _policy(client: RestClient, policy_id: str | None) -> RestPolicy | None:
    if policy_id is None:
        return None
    return read(RestPolicy, (await client.get(f"/escalation_policies/{policy_id}")).get("escalation_policy"))


async def _schedule(client: RestClient, schedule: str, name: str) -> ScheduleFacts:
    """Return a schedule of either kind: a new, shift-based one answers under v3, where an old one is a 400."""
    try:
        said = await client.get(f"/v3/schedules/{schedule}")
        found = read(RestSchedule, said.get("schedule"))
        if found.id is not None:
            return ScheduleFacts(name, found.time_zone, shifts=True)
    except RestError as fault:
        if fault.trouble not in (Trouble.REFUSED, Trouble.MISSING, Trouble.PERMISSION, Trouble.PLAN):
            raise
    found = read(RestSchedule, (await client.get(f"/schedules/{schedule}")).get("schedule"))
    return ScheduleFacts(name, found.time_zone)


def _service_facts(service: RestService, integration_key: str) -> ServiceFacts:
    kinds: list[Any] = [
        each.get("type") for each in service.integrations if each.get("integration_key") == integration_key
    ]
    return ServiceFacts(
        service.id or "",
        service.name or service.id or "",
        service.status or "active",
        service.html_url,
        service.acknowledgement_timeout,
        service.auto_resolve_timeout,
        service.urgency,
        teams=tuple(each.shown for each in service.teams),
        events_v2=not kinds or any("events_api_v2" in str(kind) for kind in kinds),
    )
