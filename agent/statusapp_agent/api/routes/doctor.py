"""The troubleshooting list, performed."""

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.request import getproxies

from fastapi import Query

from statusapp_agent.api.parts import Now
from statusapp_agent.api.peers import Role
from statusapp_agent.api.present import Present
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.boot import Places
from statusapp_agent.core.doctor import BackupFacts, ChannelFacts, Facts, concerned
from statusapp_agent.core.doctor import doctor as perform
from statusapp_agent.core.paging_facts import PagingFacts
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.housekeeping import newest_copy
from statusapp_agent.store.copies import read_copy
from statusapp_agent.store.database import StoreError
from statusapp_agent.views.figures import doctor_view
from statusapp_shared.protocol import DoctorView


def add_to(api: Api) -> None:
    """Add the route."""
    api.add(Role.READ, "GET", "/doctor", doctor)


async def doctor(
    present: Now, services: Served, subject: Annotated[str | None, Query(max_length=200)] = None
) -> DoctorView:
    """Perform the list for one channel, one monitor, or everything; PagerDuty is asked where there is a REST key."""
    await present.look_at_secrets()
    names = concerned(services.engine.state, subject)
    looked = [record for record in present.live() if record.name in names]
    paging = await services.surveys.look(looked) if services.surveys is not None else {}
    facts = Facts(
        channels={record.name: await _facts(present, record, paging.get(record.name)) for record in present.live()},
        proxies={f"{scheme}_proxy": address for scheme, address in getproxies().items()},
        problems=tuple(present.agent_as_known().problems),
        backup=await asyncio.to_thread(_restore_drill, Places(services.data_dir).backups),
    )
    try:
        return doctor_view(perform(services.engine.state, facts, services.clock.now(), subject))
    except LookupError as unknown:
        raise ProblemError(404, "no_subject", str(unknown.args[0])) from unknown


def _restore_drill(backups: Path) -> BackupFacts:
    """Do with the newest copy what a restore would, up to the point where it would replace anything."""
    newest = newest_copy(backups)
    if newest is None:
        return BackupFacts(None)
    path, made_at = newest
    try:
        copy = read_copy(path)
    except StoreError as fault:
        return BackupFacts(made_at, fault=str(fault))
    return BackupFacts(made_at, copy.monitors, copy.channels)


async def _facts(present: Present, record: ChannelRecord, paging: PagingFacts | None) -> ChannelFacts:
    known = present.secrets.known(record.name)
    kind = present.services.channels.get(record.channel.kind)
    findings = () if kind is None or known.locked else await present.secrets.findings(record.channel, kind)
    readable = frozenset(name for name, secret in known.fields.items() if secret.is_set)
    return ChannelFacts(findings=findings, secrets=readable, vault=known.fault, paging=paging)
