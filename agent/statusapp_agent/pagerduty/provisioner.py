"""Runs provisioning for channels: reads their keys, one run at a time, and nothing that the looks depend on."""

import asyncio
from dataclasses import dataclass

import httpx

from statusapp_agent.channels.pagerduty import PagerDutySettings, clean
from statusapp_agent.clock import Clock
from statusapp_agent.core.provisioning import Item, Wish
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.fields import SecretRef
from statusapp_agent.pagerduty.client import Credential, RestClient
from statusapp_agent.pagerduty.provision import CannotError, Outcome, Provision, Store, people_of
from statusapp_agent.pagerduty.unlocking import FieldReader
from statusapp_agent.vault_sources import VaultError

_SCHEDULE = "StatusApp on call"
_POLICY = "StatusApp escalation"
_UNLOCK_S = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: ``people`` by e-mail address, ``service`` by name; None and empty leave it to us."""

    record: ChannelRecord
    people: list[str]
    service: str | None
    zone: str
    reuse: bool = False


class Provisioner:
    """Plans and makes."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock, read_secret: FieldReader) -> None:
        self._http = http
        self._clock = clock
        self._read_secret = read_secret
        self._one_at_a_time = asyncio.Lock()

    async def plan(self, wanted: Wanted) -> tuple[Item, ...]:
        """Return what would be done. Raises CannotError and RestError."""
        return await (await self._provision(wanted)).plan()

    async def run(self, wanted: Wanted, store: Store) -> Outcome:
        """Do it; two runs at once would make everything twice."""
        async with self._one_at_a_time:
            return await (await self._provision(wanted)).run(store)

    async def _provision(self, wanted: Wanted) -> Provision:
        name, settings = wanted.record.name, wanted.record.channel.settings
        if not isinstance(settings, PagerDutySettings):
            raise CannotError(f"{name} is no PagerDuty channel")
        if settings.from_email is None:
            raise CannotError(f"{name} has no from_email: the address of a PagerDuty user, in whose name it is made")
        token = await self._secret(wanted.record, "api_key", settings.api_key)
        if not token:
            raise CannotError(f"{name} has no api_key: a REST API key with full access is needed to make anything")
        known_key = await self._secret(wanted.record, "integration_key", settings.integration_key, needed=False)
        origin = settings.api_origin.rstrip("/")
        client = RestClient(self._http, Credential(origin, token, settings.from_email, settings.region))
        people = await people_of(client, wanted.people or [settings.from_email])
        wish = Wish(wanted.service or f"StatusApp {name}", _SCHEDULE, _POLICY, people, wanted.zone)
        return Provision(client, wish, known_key, self._clock.now(), reuse=wanted.reuse)

    async def _secret(
        self, record: ChannelRecord, field: str, reference: SecretRef | None, *, needed: bool = True
    ) -> str:
        if reference is None:
            return ""
        path, version = f"channels/{record.channel.name}/{field}", record.secret_versions.get(field)
        try:
            # In a thread: a keyring may hang.
            async with asyncio.timeout(_UNLOCK_S):
                return clean(await asyncio.to_thread(self._read_secret, reference, path, version))
        except (VaultError, TimeoutError) as fault:
            if not needed:
                return ""  # a channel that is just being set up has none yet
            raise CannotError(str(fault) or "the keeper of its secrets does not answer") from None
