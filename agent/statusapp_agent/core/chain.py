"""The chain from a check to a person, link by link, as it stands now for one monitor: state in, sentences out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from statusapp_agent.core.audience import Audience
from statusapp_agent.core.canary import verdict
from statusapp_agent.core.health import Health, HealthState, calm_needed, is_flapping, recent_outages
from statusapp_agent.core.maintenance import covers, ends_at
from statusapp_agent.core.model import Channel, Incident, Monitor
from statusapp_agent.core.phrases import ago, clock, count, lasting, length, listed, sentence
from statusapp_agent.core.quiet import hold_now, tier_of
from statusapp_agent.core.routing import route, route_in_words
from statusapp_agent.core.sight import Sight
from statusapp_agent.core.state import State, Watch
from statusapp_agent.core.told import Link

_OVERDUE_AFTER_S = 60.0
"""Checks that come this late are not worth a word: longer than anything that they are spread over."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One monitor with what is known around it, at a moment. ``channels`` are those that are not retired, by name."""

    state: State
    watch: Watch
    channels: Mapping[str, Channel]
    now: datetime
    zone: tzinfo = UTC

    @property
    def name(self) -> str:
        """The monitor's name."""
        return self.watch.monitor.name

    @property
    def monitor(self) -> Monitor:
        """The monitor as the settings say it."""
        return self.watch.monitor

    @property
    def health(self) -> Health:
        """What is confirmed of it."""
        return self.watch.health

    @property
    def down(self) -> bool:
        """Whether its outage is confirmed."""
        return self.watch.health.state is HealthState.DOWN

    @property
    def sight(self) -> Sight:
        """What was lately seen of it."""
        # The state makes missing sights by itself; looking must not change it.
        return self.state.sights.get(self.name) or Sight()

    @property
    def incident(self) -> Incident | None:
        """Its open incident."""
        return self.state.incidents.get(self.watch.incident) if self.watch.incident else None

    def at(self, moment: datetime) -> str:
        """Return a moment in words."""
        return clock(moment, self.now, self.zone)


def live_channels(state: State) -> dict[str, Channel]:
    """Return the channels that new incidents use, by name."""
    return {name: record.channel for name, record in state.channels.items() if not record.retired}


def watched(scene: Scene) -> Link:
    """Tell whether it is checked, and when it last was."""
    monitor, last = scene.monitor, scene.sight.last
    check = f"`statusapp monitors check {scene.name}` checks it at once."
    every = f"one is due every {length(monitor.interval_s)}"
    if scene.watch.paused:
        resume = f"`statusapp monitors resume {scene.name}` ends that."
        return Link(False, "Paused: it is not checked, and nobody is paged for it.", resume)
    if last is None:
        return Link(None, f"Not checked since the agent started; {every}.", check)
    since_s = (scene.now - last.started_at).total_seconds()
    checked = f"The last check began {ago(last.started_at, scene.now)}"
    if since_s > max(_OVERDUE_AFTER_S, 3 * monitor.interval_s + monitor.timeout_s):
        return Link(False, f"{checked}, though {every}.", f"See whether the agent is overloaded; {check}")
    return Link(True, f"{checked}; {every}.")


def failing(scene: Scene) -> Link:
    """Tell whether it fails now."""
    health = scene.health
    since = f" since {scene.at(health.since)} ({lasting(health.since, scene.now)})" if health.since else ""
    match health.state:
        case HealthState.DOWN:
            return Link(True, sentence(f"Down{since}: {_cause(scene)}", _last_checks(scene)))
        case _ if health.suspect:
            text = f"It fails, for {lasting(health.first_failure_at or scene.now, scene.now)} so far: {_cause(scene)}"
            return Link(True, sentence(text, _last_checks(scene)))
        case HealthState.DEGRADED:
            return Link(False, sentence(f"Slow{since}, not down: {health.reason}", "Only an outage pages"))
        case HealthState.UP:
            return Link(False, sentence(f"Up{since}", _last_checks(scene)))
        case HealthState.PENDING:
            return Link(None, sentence(f"Not known: {health.reason}"))


def _cause(scene: Scene) -> str:
    failed = [seen.message for seen in scene.sight.recent if seen.status == "down" and seen.message]
    known = scene.incident.cause if scene.incident is not None else ""
    return failed[-1] if failed else known or scene.health.reason


def _last_checks(scene: Scene) -> str:
    seen = [glimpse.status for glimpse in scene.sight.recent]
    if len(seen) < 2:
        return ""
    return f"The last {len(seen)} checks, oldest first: {', '.join(seen)}"


def confirmed(scene: Scene) -> Link:
    """Tell whether enough checks have failed."""
    health, needed = scene.health, scene.monitor.failures
    if scene.down:
        at = f" at {scene.at(health.since)}" if health.since else ""
        return Link(True, f"Confirmed{at}; needs {count(needed, 'failure')} in a row.")
    if not health.suspect:
        return Link(None, f"Nothing to confirm: an outage needs {count(needed, 'failure')} in a row.")
    if health.failures < needed:
        next_s = min(scene.monitor.retry_interval_s, scene.monitor.interval_s)
        then = f"The next check follows within {length(next_s)}."
        return Link(False, f"{health.failures} of {needed} failures so far; needs {needed}.", then)
    text = f"{health.failures} failures, and {needed} are needed; the canaries are asked whether the fault is ours."
    return Link(False, text, "It is confirmed by the next failure after the canaries have answered.")


def recovering(watch: Watch, now: datetime) -> Link:
    """Tell how many good checks are missing before an outage is over."""
    health, needed = watch.health, watch.monitor.recoveries
    if health.state is not HealthState.DOWN:
        return Link(None, f"Nothing to recover from; an outage ends after {count(needed, 'good check')} in a row.")
    text = f"{min(health.successes, needed)} of {count(needed, 'good check')} so far"
    calm = calm_needed(health, watch.monitor, now).total_seconds()
    if calm > 0:
        text += f"; because it flaps, it must also stay good for {length(calm)}"
    missing = max(0, needed - health.successes)
    then = f"It closes by itself after {count(missing, 'more good check')}." if missing else "It closes by itself then."
    return Link(None, f"Still down: {text}.", then)


def calm(scene: Scene) -> Link:
    """Tell whether it goes up and down so often that recoveries are damped."""
    monitor, health = scene.monitor, scene.health
    if monitor.flap_after <= 0:
        return Link(True, "Never treated as flapping: its settings turn that off.")
    outages = len(recent_outages(health, scene.now))
    if not is_flapping(health, monitor, scene.now):
        return Link(True, f"{count(outages, 'outage')} within an hour; {monitor.flap_after} would be flapping.")
    quiet = length(calm_needed(health, monitor, scene.now).total_seconds())
    text = f"Flapping: {outages} outages within an hour. An outage ends only after {quiet} of good checks, so that"
    return Link(True, f"{text} it is one incident and not many.", "Mend what comes and goes, or ask for more failures.")


def unheld(scene: Scene) -> Link:
    """Tell whether something that it depends on explains its failure."""
    holder = scene.watch.held_by
    if holder is not None:
        incident = _root_incident(scene.state, holder)
        why = f"`statusapp monitors why {holder}` says more."
        if incident is not None:
            whose = f"#{incident.number}" + ("" if incident.monitor == holder else f" of {incident.monitor}")
            text = f"Held: {holder} is down, and {scene.name} depends on it. Incident {whose} is for both."
            return Link(False, text, why)
        return Link(False, f"Held: {scene.name} depends on {holder}, which has no incident open itself.", why)
    parents = [scene.state.watches[name] for name in scene.monitor.depends_on if name in scene.state.watches]
    if not parents:
        return Link(True, "It depends on nothing.")
    fine = [each for each in parents if each.health.state is not HealthState.DOWN and not each.health.suspect]
    if len(fine) < len(parents) and not scene.down:
        failing_ones = listed(each.monitor.name for each in parents if each not in fine)
        return Link(None, f"It depends on {failing_ones}, which fails: if it fails too, it is held.")
    return Link(True, f"It depends on {listed(each.monitor.name for each in parents)}, and is not held.")


def _root_incident(state: State, holder: str) -> Incident | None:
    """Return the open incident of what holds a monitor, or of what holds that in turn."""
    seen: set[str] = set()
    parent = state.watches.get(holder)
    while parent is not None and parent.monitor.name not in seen:
        if parent.incident is not None:
            return state.incidents.get(parent.incident)
        seen.add(parent.monitor.name)
        parent = state.watches.get(parent.held_by) if parent.held_by else None
    return None


def in_service(scene: Scene) -> Link:
    """Tell whether it is in maintenance."""
    until = scene.watch.maintenance_until
    if until is None:
        return Link(True, "No window is on.")
    windows = [
        w for w in scene.state.maintenance if covers(w, scene.name, scene.monitor.tags) and ends_at(w, scene.now)
    ]
    named = f" ({listed(window.name for window in windows)})" if windows else ""
    text = f"Maintenance{named} until {scene.at(until)}: a failure opens no incident. What still fails then pages."
    return Link(False, text)


def loud(scene: Scene) -> Link:
    """Tell whether pages wait: it is muted, or the hours are quiet."""
    hold = hold_now(scene.state, scene.monitor, scene.now)
    if hold is None:
        tier = tier_of(scene.monitor, scene.state.tiers)
        outside = (
            f" The quiet hours of tier {tier.name} are not on, or do not concern it." if tier and tier.quiet else ""
        )
        return Link(True, f"It is not muted.{outside}")
    text = f"Pages wait: {hold.reason}. What is still broken then is paged; what is over is told in a digest."
    unmute = "`statusapp unmute` ends a mute at once." if "muted" in hold.reason else None
    return Link(False, text, unmute)


def reopened(scene: Scene) -> Link | None:
    """Tell that somebody resolved its incident while it failed; None when nobody did, or long enough ago."""
    until = scene.watch.quiet_until
    if until is None or until <= scene.now or not scene.down:
        return None
    return Link(False, f"Its incident was resolved while it failed; a new one opens if it fails at {scene.at(until)}.")


def sighted(scene: Scene) -> Link:
    """Tell whether we can see for ourselves, or the fault could be ours."""
    look = "`statusapp agent status` shows what the canaries say."
    last = scene.sight.last
    stretch = scene.state.blind.get(last.scope) if last is not None else None
    why = scene.watch.blind or (stretch.cause if stretch is not None else None)
    if why is not None:
        since = scene.watch.blind_since or (stretch.began_at if stretch is not None else scene.now)
        none = "No outage is counted for that time, and none ruled out"
        return Link(scene.incident is not None, sentence(f"Blind since {scene.at(since)}: {why}", none), look)
    if last is None or not any(scope.rank <= last.scope.rank for scope in scene.state.canary_scopes):
        return Link(True, "No canary vouches for the road to it: its checks alone decide.")
    if scene.state.round is None:
        return Link(None, "The canaries have not been looked at yet.", look)
    gate = verdict(scene.state.round, last.scope)
    return Link(gate.open, sentence(gate.reason), look)


def routed(scene: Scene) -> Link:
    """Tell whether there is somebody to tell."""
    audience = Audience(scene.state.roster, scene.now, scene.state.agent)
    found = audience.timed(route(scene.monitor, scene.channels, scene.state.tiers))
    words = route_in_words(scene.name, found, audience)
    if not found.steps:
        return Link(False, words, "Give it a tier or channels that exist, under Notifications in its settings.")
    broken = [step.channel for step in found.steps if scene.state.channels[step.channel].broken]
    if len(broken) == len(found.steps):
        mend = f"`statusapp doctor {broken[0]}` says what is wrong with it."
        return Link(False, sentence(words, f"But {listed(broken)} cannot send"), mend)
    return Link(True, words)
