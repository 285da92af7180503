"""Making at PagerDuty what a channel needs: previewed, asked for, and never twice."""

import os

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_agent.core.pagerduty_zones import canonical
from statusapp_agent.core.provisioning import Item, summary
from statusapp_agent.pagerduty.client import RestError
from statusapp_agent.pagerduty.host_zone import host_zone
from statusapp_agent.pagerduty.provision import CannotError, Outcome
from statusapp_agent.pagerduty.provisioner import Wanted
from statusapp_shared.provisioning import ProvisionItem, ProvisionRequest, ProvisionView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.ADMIN, "POST", "/channels/{name:name}/provision", provision)


async def provision(
    name: str, asked: ProvisionRequest, present: Now, services: Served, caller: Caller
) -> ProvisionView:
    """Plan, and unless it is a dry run, make: service, integration, schedule, escalation policy; keep the key."""
    record = present.record(name)
    if services.provisioner is None:
        raise ProblemError(409, "no_provision", "This agent cannot make anything at PagerDuty.")
    zone = _zone(asked.time_zone)
    wanted = Wanted(record, list(asked.people), asked.service, zone, reuse=asked.reuse)

    async def store(key: str) -> None:
        await services.settling.set_secret(name, "integration_key", key, caller.user)

    try:
        if asked.dry_run:
            outcome = Outcome(await services.provisioner.plan(wanted))
        else:
            outcome = await services.provisioner.run(wanted, store)
    except (CannotError, RestError) as fault:
        text = str(fault)
        raise ProblemError(409, "cannot_provision", f"{text[:1].upper()}{text[1:].rstrip('.')}.") from fault
    if services.sync is not None and services.surveys is not None:
        services.sync.secrets_changed(name)
        services.surveys.forget(name)
    return _view(name, zone, outcome, dry_run=asked.dry_run)


def _zone(asked: str | None) -> str:
    name = asked or host_zone(os.environ)
    if name is None:
        text = "This computer does not tell its time zone: name one with --time-zone, such as Europe/Berlin."
        raise ProblemError(422, "time_zone", text)
    found = canonical(name)
    if found is None:
        text = f"PagerDuty has no time zone like {name[:64]!r}: name one with --time-zone, such as Europe/Berlin."
        raise ProblemError(422, "time_zone", text)
    return found


def _view(channel: str, zone: str, outcome: Outcome, *, dry_run: bool) -> ProvisionView:
    return ProvisionView(
        channel=channel,
        sentence=summary(outcome.items),
        time_zone=zone,
        dry_run=dry_run,
        done=outcome.done,
        items=[_item(each) for each in outcome.items],
        reusable=list(outcome.reusable),
    )


def _item(item: Item) -> ProvisionItem:
    return ProvisionItem.model_validate(
        {
            "noun": item.noun.value,
            "verb": item.verb.value,
            "name": item.name,
            "detail": item.detail,
            "state": item.state,
            "id": item.id,
        }
    )
