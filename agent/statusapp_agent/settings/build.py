"""One table of a file or of the database becomes one entry; its faults are gathered with their places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from statusapp_agent.core.hours import BusinessHours, Hours
from statusapp_agent.core.model import Channel, Maintenance, Monitor, Severity, Step, Tier, When
from statusapp_agent.kinds import ChannelKind, CheckKind
from statusapp_agent.settings.complaints import complain
from statusapp_agent.settings.documents import OWN, documents_of, dump
from statusapp_agent.settings.faults import Findings
from statusapp_agent.settings.locate import Path
from statusapp_agent.settings.roster_links import on_call_of
from statusapp_agent.settings.secret_fields import references, secret_keys, settle
from statusapp_agent.settings.silence import days_of, escalation_of, minute_of, quiet_of
from statusapp_agent.settings.suitable import duration_keys, unit_missing, unsuitable
from statusapp_agent.settings.tables import (
    DAYS,
    AgentTable,
    BusinessHoursTable,
    ChannelTable,
    MaintenanceTable,
    MonitorTable,
    TierTable,
    known_keys,
)
from statusapp_agent.settings.values import AgentSettings, Entry
from statusapp_agent.vault import Secret

TIMEOUT_S = 10.0
RETRY_S = 10.0

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Builder:
    """What reading one text needs: the kinds, where things are, and what has been found so far."""

    findings: Findings
    checks: Mapping[str, CheckKind[Any]]
    channels: Mapping[str, ChannelKind[Any]]
    folder: FilePath
    environment: Mapping[str, str]
    given: Mapping[str, str]
    secrets: dict[str, Secret] = field(default_factory=dict)

    def agent(self, raw: Mapping[str, Any], at: Path, region: str) -> AgentSettings | None:
        """Build the agent's own settings; ``region`` is what it has by default."""
        table = self._table(AgentTable, raw, "[agent]", at)
        if table is None:
            return None
        return AgentSettings(
            region=table.region or region,
            dashboard_url=table.dashboard_url,
            canaries=None if table.canaries is None else tuple(table.canaries),
            heartbeat_url=table.heartbeat_url,
            storm_threshold=table.storm_threshold,
            keep_results_s=table.keep_results,
            metrics_listen=table.metrics_listen,
            readers=tuple(table.readers),
            operators=tuple(table.operators),
            business_hours=business_of(table.business_hours),
            document=dump(table, exclude_unset=True),
        )

    def table(self, model: type[M], raw: Mapping[str, Any], subject: str, at: Path) -> M | None:
        """Read a table by its model, for what is built elsewhere; faults are added, and None is returned then."""
        return self._table(model, raw, subject, at)

    def tier(self, raw: Mapping[str, Any], at: Path) -> Entry[Tier] | None:
        """Build a tier."""
        table = self._table(TierTable, raw, f'tier "{raw.get("name")}"', at)
        if table is None:
            return None
        steps = tuple(Step(step.channel, step.kind, When(step.when), step.after, step.hours) for step in table.notify)
        value = Tier(table.name, steps, escalation_of(table), quiet_of(table))
        return Entry(value, dump(table, exclude_defaults=True), dump(table))

    def maintenance(self, raw: Mapping[str, Any], at: Path) -> Entry[Maintenance] | None:
        """Build a maintenance window."""
        table = self._table(MaintenanceTable, raw, f'maintenance "{raw.get("name")}"', at)
        if table is None:
            return None
        hours, minutes = map(int, (table.start or "00:00").split(":"))
        moment = datetime.fromisoformat(table.starts_at) if table.starts_at else None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(table.timezone))
        value = Maintenance(
            name=table.name,
            monitors=tuple(table.monitors),
            duration_s=table.duration,
            **days_of(table),
            start_minute=hours * 60 + minutes,
            timezone=table.timezone,
            starts_at=moment,
            tags=tuple(table.tags),
        )
        return Entry(value, dump(table, exclude_defaults=True), dump(table))

    def channel(self, raw: Mapping[str, Any], at: Path) -> Entry[Channel] | None:
        """Build a channel."""
        subject = f'channel "{raw.get("name")}"'
        kind = self._kind(raw, at, subject, self.channels, "channel")
        if kind is None:
            return None
        defaults = {"max_per_minute": kind.max_per_minute}
        split = self._split(ChannelTable, kind.Settings, raw, at, subject, defaults)
        if split is None:
            return None
        common, settings = split
        for finding in self._judged(kind, common.name, settings):
            place = (*at, finding.field)
            (self.findings.fault if finding.error else self.findings.warn)(place, f"{subject}: {finding.text}")
        on_call = tuple(text for _, text in on_call_of(settings))
        value = Channel(
            common.name,
            common.kind,
            settings,
            common.auto_resolve,
            common.max_per_minute,
            on_call,
            budget=kind.budget(settings),
            keeps_open=kind.keeps_open,
        )
        return Entry(value, *documents_of(common, settings, defaults))

    def monitor(self, raw: Mapping[str, Any], at: Path) -> Entry[Monitor] | None:
        """Build a monitor."""
        subject = f'monitor "{raw.get("name")}"'
        kind = self._kind(raw, at, subject, self.checks, "check")
        if kind is None:
            return None
        split = self._split(MonitorTable, kind.Settings, raw, at, subject, kind.defaults)
        if split is None:
            return None
        common, settings = split
        value = _monitor(common, settings, kind, "timeout" in raw)
        self._warn_about(value, at, subject)
        return Entry(value, *documents_of(common, settings, kind.defaults))

    def _warn_about(self, monitor: Monitor, at: Path, subject: str) -> None:
        if monitor.timeout_s > max(monitor.interval_s, 1.0):
            self.findings.warn(
                (*at, "timeout"), f"{subject}: the timeout is longer than the interval: slow checks delay it"
            )
        if monitor.degraded_above_s is not None and monitor.degraded_above_s >= monitor.timeout_s:
            self.findings.warn(
                (*at, "degraded_above"),
                f"{subject}: nothing is ever degraded, as the timeout is not above degraded_above",
            )
        if monitor.tier is None and not monitor.channels:
            self.findings.warn(at, f'nobody is told when "{monitor.name}" fails: give it a tier or channels')

    def _judged(self, kind: ChannelKind[Any], name: str, settings: Any) -> list[Any]:
        found = list(kind.inspect(settings))
        for key in references(settings):
            if secret := self.secrets.get(f"channels/{name}/{key}"):
                found += kind.inspect_secret(key, secret.reveal(), settings)
        return found

    def _kind(self, raw: Mapping[str, Any], at: Path, subject: str, kinds: Mapping[str, Any], what: str) -> Any:
        name = raw.get("kind")
        if name is None:
            self.findings.fault((*at, "kind"), f'{subject}: "kind" is missing: give one of {", ".join(sorted(kinds))}')
        elif not isinstance(name, str) or name not in kinds:
            self.findings.fault((*at, "kind"), no_such_kind(what, name, kinds), name, kinds)
        return kinds.get(name) if isinstance(name, str) else None

    def _split(
        self,
        common: type[M],
        own: Any,
        raw: Mapping[str, Any],
        at: Path,
        subject: str,
        defaults: Mapping[str, Any],
    ) -> tuple[M, Any] | None:
        """Read the common keys and those of the kind, each by its model."""
        common_keys, own_keys = known_keys(common), known_keys(own)
        noun = "channel" if common is ChannelTable else "monitor"
        apart = raw.get(OWN, {}) if OWN not in own_keys else {}
        if not isinstance(apart, Mapping):
            self.findings.fault((*at, OWN), f'{subject}: "{OWN}" must be a table')
            apart = {}
        for place, table, right in ((at, raw, {*common_keys, *own_keys, OWN}), ((*at, OWN), apart, set(own_keys))):
            for key in table:
                if key not in right:
                    message = f'{subject}: there is no key "{key}" for a {raw["kind"]} {noun}'
                    self.findings.fault((*place, key), message, key, sorted(right - {OWN}))
        mine = {key: value for key, value in {**raw, **apart}.items() if key in own_keys}
        self._put_secrets_away(f"{noun}s/{raw.get('name')}", own, mine, at, subject)
        first = self._table(
            common, {**defaults, **{key: value for key, value in raw.items() if key in common_keys}}, subject, at
        )
        second = self._table(own, mine, subject, at)
        return None if first is None or second is None else (first, second)

    def _put_secrets_away(self, prefix: str, own: Any, mine: dict[str, Any], at: Path, subject: str) -> None:
        for key in secret_keys(own):
            if key not in mine:
                continue
            path = f"{prefix}/{key}"
            if isinstance(mine[key], str):
                message = f'{subject}: the plain secret "{key}" is moved to the vault: prefer {{ env = "NAME" }}'
                self.findings.warn((*at, key), message)
            try:
                mine[key], secret = settle(mine[key], path, self.folder, self.environment, self.given)
            except ValueError as fault:
                self.findings.fault((*at, key), f'{subject}: "{key}": {fault}')
                mine[key], secret = {"vault": True}, None
            if secret is not None:
                self.secrets[path] = secret

    def _table(self, model: type[M], raw: Mapping[str, Any], subject: str, at: Path) -> M | None:
        fitting, sound = dict(raw), True
        durations = duration_keys(model)
        for key, value in raw.items():
            if message := unsuitable(value) or (unit_missing(value) if key in durations else None):
                self.findings.fault((*at, key), f'{subject}: "{key}": {message}')
                del fitting[key]
                sound = False
        try:
            built = model.model_validate(fitting)
        except ValidationError as error:
            dropped = {str(key) for key in raw if key not in fitting}
            complain(error, subject, at, fitting, model, self.findings, dropped)
            return None
        return built if sound else None


def business_of(table: BusinessHoursTable | None) -> BusinessHours | None:
    """Return the hours at which people are at work, None where the settings name none."""
    if table is None:
        return None
    days = tuple(sorted({DAYS.index(day) for day in table.days}))
    return BusinessHours(Hours(days, minute_of(table.start), minute_of(table.end)), table.timezone)


def no_such_kind(what: str, name: object, kinds: Mapping[str, Any]) -> str:
    """Return the sentence for a kind that this version does not have."""
    return f"there is no {what} kind '{name}' in this version; there are: {', '.join(sorted(kinds))}"


def _monitor(common: MonitorTable, settings: Any, kind: CheckKind[Any], timeout_written: bool) -> Monitor:
    # A short interval must not make a check hopeless; hence at least a second unless it was written.
    quick = max(common.interval, 1.0)
    timeout = common.timeout if common.timeout is not None else TIMEOUT_S
    return Monitor(
        name=common.name,
        kind=common.kind,
        settings=settings,
        target=kind.target(settings),
        url=kind.url(settings),
        interval_s=common.interval,
        timeout_s=timeout if timeout_written else min(timeout, quick),
        retry_interval_s=common.retry_interval if common.retry_interval is not None else min(common.interval, RETRY_S),
        failures=common.failures,
        recoveries=common.recoveries,
        degraded_above_s=common.degraded_above,
        severity=Severity(common.severity),
        tier=common.tier,
        channels=None if common.channels is None else tuple(common.channels),
        depends_on=tuple(common.depends_on),
        runbook=common.runbook,
        tags=tuple(common.tags),
        notes=common.notes,
        flap_after=common.flap_after,
    )


Build = Callable[[Mapping[str, Any], Path], Entry[Any] | None]
