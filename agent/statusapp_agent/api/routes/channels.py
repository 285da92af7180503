"""Channels: the ways to reach somebody. Secrets go in, and never out."""

import uuid

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.events import TestChannel
from statusapp_agent.core.phrases import listed
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.kinds import KindSettings
from statusapp_agent.views.channels import secret_fields
from statusapp_shared.protocol import ChannelView, Items, SecretRequest, TestRequest, TestStarted

_ONE = "/channels/{name:name}"


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/channels", channels)
    api.add(Role.READ, "GET", _ONE, channel)
    api.add(Role.ADMIN, "DELETE", _ONE, delete_channel, 204)
    api.add(Role.OPERATE, "POST", f"{_ONE}/test", try_channel, 202)
    api.add(Role.ADMIN, "PUT", f"{_ONE}/secrets/{{field:name}}", set_secret)


async def channels(present: Now) -> Items[ChannelView]:
    """Return all channels, by name."""
    await present.look_at_secrets()
    return Items(items=present.channels_as_known())


async def channel(name: str, present: Now) -> ChannelView:
    """Return one channel."""
    return await present.channel(present.record(name))


async def delete_channel(name: str, present: Now, services: Served, caller: Caller) -> None:
    """Delete a channel; what it has opened is still closed over it."""
    present.record(name)
    await services.settling.delete("channels", name, caller.user)


async def try_channel(name: str, present: Now, caller: Caller, asked: TestRequest | None = None) -> TestStarted:
    """Walk the real road to a channel: a page that closes itself, or quietly a change event."""
    present.record(name)
    quiet = asked is not None and asked.quiet
    incident = uuid.uuid4().hex
    await present.decide(TestChannel(name, incident, quiet, caller.user))
    return TestStarted(incident_id=incident, channel=name, quiet=quiet)


async def set_secret(
    name: str, field: str, given: SecretRequest, present: Now, services: Served, caller: Caller
) -> ChannelView:
    """Replace one secret of a channel, from the next message on."""
    record = present.record(name)
    _is_field(record, field)
    kind = services.channels.get(record.channel.kind)
    findings = kind.inspect_secret(field, given.value, record.channel.settings) if kind is not None else []
    refused = [finding.text for finding in findings if finding.error]
    if refused:
        raise ProblemError(422, "secret", " ".join(refused))
    await services.settling.set_secret(name, field, given.value, caller.user)
    return await present.channel(present.record(name))


def _is_field(record: ChannelRecord, field: str) -> None:
    settings: KindSettings = record.channel.settings
    known = secret_fields(type(settings))
    if field not in known:
        has = f"its secrets are {listed(known)}" if known else "it has none"
        sentence = f"A channel of kind {record.channel.kind!r} has no secret {field[:80]!r}; {has}."
        raise ProblemError(404, "no_secret", sentence)
