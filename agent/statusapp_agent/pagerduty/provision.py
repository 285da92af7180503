"""Makes at PagerDuty what a channel needs, or finds it: looked up by name before anything is made, so never twice.

A write whose answer was lost is looked up again before it is told as failed. What was made stays when something later
fails, is told, and is found again by the next run.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from statusapp_agent.core import provisioning as make
from statusapp_agent.core.provisioning import Body, Item, Noun, Someone, Verb, Wish
from statusapp_agent.pagerduty.client import RestClient, RestError, Trouble

PRODUCT_LIMIT = 2019
_TAKEN = 2001
_LISTS = {Noun.SCHEDULE: "schedules", Noun.POLICY: "escalation_policies", Noun.SERVICE: "services"}
_ONE = {Noun.SCHEDULE: "schedule", Noun.POLICY: "escalation_policy", Noun.SERVICE: "service"}
Store = Callable[[str], Awaitable[None]]


class CannotError(Exception):
    """It cannot even be planned; the text is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: the lines of its plan with their states, and what may be reused where a limit was met."""

    items: tuple[Item, ...]
    reusable: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether everything is there."""
        return all(each.state == "done" for each in self.items)


async def people_of(client: RestClient, emails: list[str]) -> tuple[Someone, ...]:
    """Return the people with these addresses, in this order; raises CannotError naming whom PagerDuty does not know."""
    listed = await client.pages("/users", "users")
    by_email = {str(each.get("email", "")).lower(): each for each in listed if isinstance(each, dict)}
    missing = [email for email in emails if email.lower() not in by_email]
    if missing:
        raise CannotError(f"PagerDuty has no user {missing[0]}; write the address that stands in their profile there")
    chosen = [by_email[email.lower()] for email in dict.fromkeys(each.lower() for each in emails)]
    return tuple(Someone(str(each["id"]), str(each.get("name") or each["email"]), each["email"]) for each in chosen)


class Provision:
    """One run for one channel. ``known_key`` is the channel's own integration key, if it has one."""

    def __init__(self, client: RestClient, wish: Wish, known_key: str, now: datetime, *, reuse: bool) -> None:
        self._client = client
        self._wish = wish
        self._known_key = known_key
        self._now = now
        self._reuse = reuse
        self._listed: dict[Noun, list[Body]] = {}

    async def plan(self) -> tuple[Item, ...]:
        """Return what would be done; asks, and changes nothing. Raises RestError."""
        for noun, name in _LISTS.items():
            query = [("include[]", "integrations")] if noun is Noun.SERVICE else []
            self._listed[noun] = [
                each for each in await self._client.pages(f"/{name}", name, query) if isinstance(each, dict)
            ]
        own = self._with_key()
        if own is not None:
            return (*self._of_service(own),)
        wish = self._wish
        service = self._named(Noun.SERVICE, wish.service)
        if service is not None:
            return (*self._of_service(service),)
        policy = self._policy()
        ours = policy.verb is Verb.REUSE  # it names its schedule already, whatever that is called
        return (
            *(() if ours else (self._schedule(),)),
            policy,
            Item(Noun.SERVICE, Verb.CREATE, wish.service, "high urgency, nothing is closed by time alone"),
            Item(Noun.INTEGRATION, Verb.CREATE, "StatusApp", "Events API V2"),
            Item(Noun.KEY, Verb.STORE, "integration_key", "in the agent's vault"),
        )

    def _with_key(self) -> Body | None:
        keyed = (each for each in self._listed[Noun.SERVICE] for one in _integrations(each) if self._is_own(one))
        return next(keyed, None)

    def _is_own(self, integration: Body) -> bool:
        return bool(self._known_key) and integration.get("integration_key") == self._known_key

    def _named(self, noun: Noun, name: str) -> Body | None:
        return next((each for each in self._listed[noun] if str(each.get("name")).lower() == name.lower()), None)

    def _of_service(self, service: Body) -> list[Item]:
        """Plan around a service that exists: its policy stays, and what would close an outage is turned off."""
        policy: Body = service.get("escalation_policy") or {}
        told = str(policy.get("summary") or policy.get("id"))
        found = [Item(Noun.POLICY, Verb.REUSE, told, "as it is", str(policy.get("id")))]
        timeout = service.get("auto_resolve_timeout")
        verb = Verb.REUSE if timeout is None else Verb.CHANGE
        detail = "as it is" if timeout is None else f"auto_resolve_timeout off (was {timeout} s)"
        found.append(Item(Noun.SERVICE, verb, str(service.get("name")), detail, str(service["id"])))
        fitting = [each for each in _integrations(service) if make.INTEGRATION_TYPE in str(each.get("type"))]
        own = next((each for each in fitting if self._is_own(each)), next(iter(fitting), None))
        if own is not None:
            name = str(own.get("name") or own.get("summary") or "Events API V2")
            found.append(Item(Noun.INTEGRATION, Verb.REUSE, name, "Events API V2", str(own["id"])))
        else:
            found.append(Item(Noun.INTEGRATION, Verb.CREATE, "StatusApp", "Events API V2"))
        return [*found, Item(Noun.KEY, Verb.STORE, "integration_key", "in the agent's vault")]

    def _schedule(self) -> Item:
        wish = self._wish
        existing = self._named(Noun.SCHEDULE, wish.schedule)
        if existing is None and self._reuse:
            existing = next(iter(self._listed[Noun.SCHEDULE]), None)
        if existing is not None:
            return Item(Noun.SCHEDULE, Verb.REUSE, str(existing["name"]), "as it is", str(existing["id"]))
        told = ", ".join(one.name for one in wish.people)
        return Item(Noun.SCHEDULE, Verb.CREATE, wish.schedule, f"a week in turn: {told} ({wish.zone})")

    def _policy(self) -> Item:
        wish = self._wish
        existing = self._named(Noun.POLICY, wish.policy)
        if existing is not None:
            return Item(Noun.POLICY, Verb.REUSE, str(existing["name"]), "as it is", str(existing["id"]))
        told = make.escalation(replace(wish, schedule=self._schedule().name))
        if self._reuse and self._listed[Noun.POLICY]:
            chosen = self._named(Noun.POLICY, "Default") or self._listed[Noun.POLICY][0]
            return Item(Noun.POLICY, Verb.CHANGE, str(chosen["name"]), f"to {told}", str(chosen["id"]))
        return Item(Noun.POLICY, Verb.CREATE, wish.policy, told)

    async def run(self, store: Store) -> Outcome:
        """Do it, in order; ends with the first thing that fails. ``store`` puts the key into the vault."""
        items = list(await self.plan())
        ids = {each.noun: each.id for each in items if each.id is not None}
        for number, item in enumerate(items):
            try:
                made = await self._do(item, ids, store)
            except RestError as fault:
                items[number] = replace(item, state="failed", detail=str(fault))
                return Outcome(tuple(items), self._reusable(fault, item.noun))
            ids[item.noun] = made
            items[number] = replace(item, state="done", id=made if item.noun is not Noun.KEY else None)
        return Outcome(tuple(items))

    async def _do(self, item: Item, ids: dict[Noun, str], store: Store) -> str:
        if item.noun is Noun.KEY:
            await store(await self._key(ids))
            return ""
        if item.verb is Verb.REUSE and item.id is not None:
            return item.id
        if item.verb is Verb.CHANGE and item.id is not None:
            path = f"/{_LISTS[item.noun]}/{item.id}"
            await self._client.write("PUT", path, self._change(item, ids))
            return item.id
        if item.noun is Noun.INTEGRATION:
            return await self._integration(ids[Noun.SERVICE])
        return await self._make(item, ids)

    def _change(self, item: Item, ids: dict[Noun, str]) -> Body:
        if item.noun is Noun.POLICY:
            return make.policy_body(self._wish, ids[Noun.SCHEDULE], item.name)
        return {"service": {"type": "service", "auto_resolve_timeout": None}}

    async def _make(self, item: Item, ids: dict[Noun, str]) -> str:
        match item.noun:
            case Noun.SCHEDULE:
                body = make.schedule_body(self._wish, self._now)
            case Noun.POLICY:
                body = make.policy_body(self._wish, ids[Noun.SCHEDULE], item.name)
            case _:
                body = make.service_body(item.name, ids[Noun.POLICY])
        name = _LISTS[item.noun]
        try:
            said = (await self._client.write("POST", f"/{name}", body)).get(_ONE[item.noun])
        except RestError as fault:
            # Its answer was lost, or the name is taken although it was not listed: it may be there.
            if not fault.maybe_done and not (fault.trouble is Trouble.REFUSED and fault.code == _TAKEN):
                raise
            found = await self._again(item)
            if found is None:
                raise fault from None
            return found
        return _id(said, item.noun)

    async def _again(self, item: Item) -> str | None:
        name = _LISTS[item.noun]
        self._listed[item.noun] = await self._client.pages(f"/{name}", name)
        found = self._named(item.noun, item.name)
        return str(found["id"]) if found is not None else None

    async def _integration(self, service: str) -> str:
        path = f"/services/{service}/integrations"
        try:
            said = await self._client.write("POST", path, make.integration_body())
            return _id(said.get("integration"), "integration")
        except RestError as fault:
            if not fault.maybe_done:
                raise
            shown = (await self._client.get(f"/services/{service}", [("include[]", "integrations")])).get("service")
            fitting = [each for each in _integrations(shown or {}) if make.INTEGRATION_TYPE in str(each.get("type"))]
            if not fitting:
                raise fault from None
            return str(fitting[-1]["id"])

    async def _key(self, ids: dict[Noun, str]) -> str:
        path = f"/services/{ids[Noun.SERVICE]}/integrations/{ids[Noun.INTEGRATION]}"
        said: Any = (await self._client.get(path)).get("integration")
        key = said.get("integration_key") if isinstance(said, dict) else None
        if not isinstance(key, str) or not key:
            raise RestError(Trouble.REFUSED, "PagerDuty does not show the key of the integration to this REST API key")
        return key

    def _reusable(self, fault: RestError, noun: Noun) -> tuple[str, ...]:
        """Return what there is of a kind that the plan allows no more of."""
        if fault.trouble is not Trouble.PLAN and fault.code != PRODUCT_LIMIT:
            return ()
        return tuple(str(each.get("name")) for each in self._listed.get(noun, []))


def _integrations(service: Body) -> list[Body]:
    listed = service.get("integrations")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _id(said: Any, noun: str) -> str:
    if isinstance(said, dict) and isinstance(said.get("id"), str):
        return str(said["id"])
    raise RestError(Trouble.UNREACHABLE, f"PagerDuty's answer names no id of the {noun}", maybe_done=True)
