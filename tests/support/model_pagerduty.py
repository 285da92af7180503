"""PagerDuty's deduplication as a pure model: what its incidents are after a row of events."""

from dataclasses import dataclass, field
from itertools import pairwise

_ORDER = {"trigger": 0, "acknowledge": 1, "resolve": 2}


@dataclass
class ThereIncident:
    """One incident at the other side; ``account`` is the routing key that opened it."""

    account: object
    key: str
    status: str = "triggered"
    events: list[str] = field(default_factory=lambda: ["trigger"])


@dataclass
class ModelPagerDuty:
    """All incidents ever made, and the journal of what arrived: (account, key, action)."""

    incidents: list[ThereIncident] = field(default_factory=list)
    journal: list[tuple[object, str, str]] = field(default_factory=list)

    def take(self, account, key, action):
        """Take one event in: a trigger joins what is open or opens anew; others need something open."""
        self.journal.append((account, key, action))
        found = next((each for each in self.open() if (each.account, each.key) == (account, key)), None)
        if found is None:
            if action == "trigger":
                self.incidents.append(ThereIncident(account, key))
            return
        found.events.append(action)
        if action == "acknowledge":
            found.status = "acknowledged"
        elif action == "resolve":
            found.status = "resolved"

    def open(self):
        """Return the incidents that are not resolved."""
        return [each for each in self.incidents if each.status != "resolved"]

    def of(self, key):
        """Return the incidents of one key."""
        return [each for each in self.incidents if each.key == key]

    def actions(self, key):
        """Return what arrived for one key, in order."""
        return [action for _, each, action in self.journal if each == key]


def in_order(actions):
    """Whether no trigger follows an acknowledge and nothing precedes its trigger: trigger <= acknowledge <= resolve."""
    ranks = [_ORDER[action] for action in actions]
    return all(earlier <= later for earlier, later in pairwise(ranks)) and (not ranks or ranks[0] == 0)
