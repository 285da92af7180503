"""A small world around the pure core: time handed in, a courier played by hand, a model of PagerDuty opposite."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from statusapp_agent.core import events as ev
from statusapp_agent.core.canary import CanaryLook, CanaryRound
from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand
from statusapp_agent.core.model import (
    Action,
    Again,
    Channel,
    CheckStatus,
    Delivered,
    Delivery,
    DeliveryState,
    DigestLine,
    Incident,
    Monitor,
    Mute,
    Refused,
    Result,
    Scope,
)
from statusapp_agent.core.retry import due_at, heads, in_order
from statusapp_agent.core.state import (
    BlindTime,
    ChannelRecord,
    Drop,
    Evict,
    Log,
    Reschedule,
    Save,
    Send,
    State,
    Watch,
)
from statusapp_agent.core.step import step
from tests.support.model_pagerduty import ModelPagerDuty

INSTALL = "11111111-2222-3333-4444-555555555555"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOST, LAN, INTERNET = Scope.HOST, Scope.LAN, Scope.INTERNET

_PAGES = frozenset({Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE, Action.TEST})
ACTIONS = {
    "pagerduty": frozenset(Action),
    "slack": _PAGES | {Action.UPDATE},
    "sms": frozenset({Action.TRIGGER, Action.TEST}),
    "email": _PAGES | {Action.UPDATE},
}

NOT_NOW = Again("connection refused")
LOST_ANSWER = Again("connection reset", maybe_sent=True)
TOO_OFTEN = Again("429", hold_channel=True)
POISON = Refused("400: this message")
WRONG_KEY = Refused("400: invalid routing key", channel_broken=True)


def monitor(name: str, **changes) -> Monitor:
    """Return a monitor that is told to the channel ``pd`` unless said otherwise, with retries every 10 s."""
    if "tier" not in changes:
        changes.setdefault("channels", ("pd",))
    return Monitor(**{"name": name, "kind": "http", "settings": f"https://{name}.lan", **changes})


def channel(name: str, kind: str = "pagerduty", **changes) -> Channel:
    """Return a channel."""
    return Channel(**{"name": name, "kind": kind, "settings": "key-1", **changes})


class World:
    """State, step and absorb, with everything that came out remembered.

    ``answers`` decides what each try meets; by default PagerDuty's model takes it. ``saved`` is what a store would
    hold, so that `restart` can rebuild the state from it alone.
    """

    def __init__(self, *monitors, channels=(), tiers=None, canary_scopes=(), maintenance=(), agent=None, started=True):
        self.now = START
        self.there = ModelPagerDuty()
        self.answers: Callable[[Delivery, ChannelRecord], object] = self.arrive
        self.effects: list[object] = []
        self.story: list[tuple[str, str, str]] = []
        self.tried: list[tuple[datetime, str, Action]] = []
        self.saved: dict[tuple[str, object], object] = {}
        self.ever: dict[str, Incident] = {}
        self.deliveries_ever: dict[int, Delivery] = {}
        self.rounds = 0
        self.state = self._empty()
        self.monitors = {each.name: each for each in monitors or (monitor("nas"),)}
        self.channels = {each.name: each for each in channels or (channel("pd"),)}
        self.tiers = {each.name: each for each in tiers or ()}
        self.canary_scopes = frozenset(canary_scopes)
        self.maintenance = tuple(maintenance)
        self.agent = agent or {}
        self.apply()
        if started:
            self.do(ev.Started())

    def _empty(self) -> State:
        return State(INSTALL, version="1", actions=ACTIONS)

    def do(self, event) -> list[object]:
        """Let something happen now; return what came of it."""
        effects = step(self.state, event, self.now)
        self.state.absorb(effects)
        self.effects = effects
        for effect in effects:
            self._remember(effect)
        return effects

    def _remember(self, effect) -> None:  # noqa: C901 - one line for each value
        match effect:
            case Save(Watch() as value):
                self.saved["watch", value.monitor.name] = value
            case Save(Incident() as value):
                self.saved["incident", value.id] = self.ever[value.id] = value
            case Save(Delivery() as value):
                self.saved["delivery", value.id] = self.deliveries_ever[value.id] = value
            case Save(ChannelRecord() as value):
                self.saved["channel", value.name] = value
            case Save(Mute() as value):
                self.saved["mute", value.monitor] = value
            case Save(DigestLine() as value):
                self.saved["digest", value.key] = value
            case Save(Errand() as value):
                self.saved["errand", value.id] = value
                if value.ended:
                    del self.saved["errand", value.id]
            case Save(Counterpart() as value):
                self.saved["counterpart", value.opening] = value
            case Save(BlindTime() as value):
                self.saved["blind", value.scope] = value
            case Drop(noun, name):
                self.saved.pop((noun, name), None)
            case Evict(incident):
                self.saved.pop(("incident", incident), None)
                nouns = ("delivery", "counterpart")
                for key in [k for k, v in self.saved.items() if k[0] in nouns and v.incident == incident]:
                    del self.saved[key]
            case Log(incident, entry):
                self.story.append((incident, entry.kind, entry.text))
            case _:
                pass

    def apply(self, **changes) -> list[object]:
        """Change the settings: ``monitors`` and ``channels`` as lists, ``renewed`` as secret versions by channel."""
        for noun in ("monitors", "channels"):
            if noun in changes:
                setattr(self, noun, {each.name: each for each in changes.pop(noun)})
        if "tiers" in changes:
            self.tiers = {each.name: each for each in changes.pop("tiers")}
        self.maintenance = changes.pop("maintenance", self.maintenance)
        return self.do(
            ev.SettingsChanged(
                monitors=self.monitors,
                channels=self.channels,
                tiers=self.tiers,
                maintenance=self.maintenance,
                agent=self.agent,
                by="ann",
                canary_scopes=self.canary_scopes,
                **changes,
            )
        )

    def restart(self) -> None:
        """Lose all that is not saved, and start again."""
        self.state = self._empty()
        self.rounds = 0
        self.state.absorb([Save(value) for value in self.saved.values()])
        self.state.next_delivery = max([0, *self.deliveries_ever]) + 1
        self.state.next_incident = max([0, *(each.number for each in self.ever.values())]) + 1
        self.apply()
        self.do(ev.Started())

    def later(self, seconds: float) -> None:
        """Let time pass without anything happening."""
        self.now += timedelta(seconds=seconds)

    def tick(self, seconds: float = 1.0) -> list[object]:
        """Let time pass, and tell it."""
        self.later(seconds)
        return self.do(ev.Tick())

    def check(self, name="nas", *, down=None, ms=None, status=None, scope=LAN, started=None, after=0.0, recheck=None):
        """Take a finished check in: ``down`` is why it failed, ``ms`` how long a good one took."""
        self.later(after)
        found = status or (CheckStatus.DOWN if down else CheckStatus.UP)
        latency = None if ms is None else ms / 1000
        at = started or self.now
        return self.do(
            ev.Checked(
                name, Result(found, at, latency, down or "", "error" if down else None, scope=scope, recheck_s=recheck)
            )
        )

    def fail(self, name="nas", times=3, every=10.0, scope=LAN, down="refused"):
        """Let a number of checks fail, with the canaries in between answering where there are any."""
        for turn in range(times):
            if turn:
                if self.canary_scopes:
                    self.look()
                self.later(every)
            self.check(name, down=down, scope=scope)

    def recover(self, name="nas", times=2, every=10.0):
        """Let a number of checks succeed."""
        for _ in range(times):
            self.check(name, ms=45, after=every)

    def begin_look(self) -> int:
        """Begin a round of looking at the canaries."""
        self.rounds += 1
        self.do(ev.CanaryBegun(self.rounds))
        return self.rounds

    def end_look(self, number: int, *, alive=True, network=None) -> list[object]:
        """End a round."""
        looks = tuple(CanaryLook(f"canary-{scope}", scope, alive, reason="silent") for scope in self.canary_scopes)
        return self.do(ev.CanaryLooked(number, CanaryRound(looks, network)))

    def look(self, *, alive=True) -> list[object]:
        """Look at the canaries: one whole round."""
        return self.end_look(self.begin_look(), alive=alive)

    # The courier

    def arrive(self, delivery: Delivery, record: ChannelRecord, *, outcome=None):
        """Let a try reach the other side, and answer that it was taken unless ``outcome`` says otherwise."""
        key = delivery.notice.get("dedup_key")
        action = "trigger" if delivery.action in (Action.TEST, Action.UPDATE) else delivery.action.value
        if key is not None and record.channel.kind == "pagerduty" and action != "change":
            self.there.take(account(record), key, action)
        return outcome or Delivered()

    def due(self) -> list[Delivery]:
        """Return what the courier may try now, best first."""
        found: list[Delivery] = []
        for record in self.state.channels.values():
            if record.held_until is not None and self.now < record.held_until:
                continue
            pending = [self.state.deliveries[n] for n in self.state.waiting.get(record.name, ())]
            ready = [d for d in heads(pending) if not d.sending and due_at(d, self.now) <= self.now]
            found += in_order(ready, self.state.incidents, failing=record.failing_since is not None)
        return found

    def begin(self, number: int) -> tuple[Delivery, ChannelRecord] | None:
        """Give a delivery its turn; return what is to be sent, None when it is not needed any more."""
        for effect in self.do(ev.Attempting(number)):
            if isinstance(effect, Send):
                self.tried.append((self.now, effect.delivery.channel, effect.delivery.action))
                return effect.delivery, effect.record
        return None

    def end(self, number: int, outcome) -> list[object]:
        """End a try."""
        return self.do(ev.Attempted(number, outcome))

    def send(self, answer=None) -> None:
        """Play the courier until nothing is due; ``answer`` is one outcome for every try, or a function of it."""
        for _ in range(1000):
            ready = self.due()
            if not ready:
                return
            begun = self.begin(ready[0].id)
            if begun is not None:
                delivery, record = begun
                chosen = answer if answer is not None else self.answers
                outcome = chosen(delivery, record) if callable(chosen) else chosen
                if answer is not None and isinstance(outcome, Delivered):
                    self.arrive(delivery, record)
                self.end(delivery.id, outcome)
        raise AssertionError("the courier never came to rest")

    def run(self, seconds: float, answer=None) -> None:
        """Let time pass second by second, with the courier at work."""
        for _ in range(int(seconds)):
            self.tick(1)
            self.send(answer)

    # What is to be seen

    def watch(self, name="nas") -> Watch:
        """Return a monitor's watch."""
        return self.state.watches[name]

    def health(self, name="nas"):
        """Return a monitor's health."""
        return self.watch(name).health

    def incident(self, name="nas") -> Incident | None:
        """Return a monitor's open incident."""
        number = self.watch(name).incident
        return self.state.incidents[number] if number else None

    def opened(self, name=None) -> list[Incident]:
        """Return all incidents there ever were, of one monitor if named."""
        return [each for each in self.ever.values() if name in (None, each.monitor)]

    def lane(self, channel="pd", incident=None) -> list[tuple[Action, DeliveryState]]:
        """Return what was made for a channel so far, in order, with what became of it."""
        return [(d.action, d.state) for d in self.rows(channel, incident)]

    def rows(self, channel="pd", incident=None) -> list[Delivery]:
        """Return the deliveries of a channel, in order."""
        found = (d for d in self.deliveries_ever.values() if d.channel == channel)
        return sorted((d for d in found if incident in (None, d.incident)), key=lambda d: d.id)

    def pending(self) -> list[Delivery]:
        """Return what still waits."""
        return [d for d in self.state.deliveries.values() if d.pending]

    def rescheduled(self) -> dict[str, float | None]:
        """Return when monitors are to be checked next, by the last event."""
        return {e.monitor: e.after_s for e in self.effects if isinstance(e, Reschedule)}

    def got(self, kind: type) -> list[object]:
        """Return the effects of one kind of the last event."""
        return [e for e in self.effects if isinstance(e, kind)]

    def told(self, kind: str) -> list[str]:
        """Return the lines of one kind of all stories."""
        return [text for _, each, text in self.story if each == kind]


def account(record: ChannelRecord) -> object:
    """Return what the other side knows a channel by: its key."""
    return (record.channel.settings, tuple(sorted(record.secret_versions.items())))
