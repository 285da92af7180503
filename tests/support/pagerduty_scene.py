"""A stand-in PagerDuty with both of its APIs, and a clock that tests move."""

from datetime import UTC, datetime, timedelta

from statusapp_agent.demo.pagerduty_account import Account, small_account
from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_rest import PagerDutyRest
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from tests.support.settings_text import KEY, OTHER_KEY

TOKEN = "y_NbAkKc66ryYTWUXYEu"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class TestClock:
    """A time that stands still until it is moved."""

    __test__ = False

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def passed_s(self) -> float:
        """Return the seconds since its beginning."""
        return (self.at - START).total_seconds()

    def on(self, seconds: float) -> datetime:
        """Move it on; return the new time."""
        self.at += timedelta(seconds=seconds)
        return self.at


def service(clock: TestClock | None = None, *, lag_s: float = 0.0, limit: int = 960) -> PagerDutyService:
    """Return a stand-in that is not started yet; without a clock it has the real time."""
    model = PagerDutyModel(frozenset({KEY, OTHER_KEY}), limit=1_000_000)
    more = {} if clock is None else {"now": clock.now}
    rest = PagerDutyRest(model, small_account(KEY, TOKEN), lag_s=lag_s, limit=limit, **more)
    return PagerDutyService(model, rest=rest, **more)


def trigger(there: PagerDutyService, key: str, at: datetime, action: str = "trigger", severity: str = "critical"):
    """Take an event in as the Events API does."""
    import json

    event = {"routing_key": KEY, "event_action": action, "dedup_key": key}
    if action == "trigger":
        event["payload"] = {"summary": f"{key} is down", "source": "nas", "severity": severity}
    return there.model.take("/v2/enqueue", json.dumps(event).encode(), at)


def account_of(there: PagerDutyService) -> Account:
    """Return the account behind it."""
    assert there.rest is not None
    return there.rest.account
