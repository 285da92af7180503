"""What figures are made from: everything that touches the range, nothing that does not, as it was written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.core.model import (
    Action,
    Delivery,
    DeliveryState,
    Incident,
    IncidentStatus,
    Purpose,
    Scope,
    Severity,
    When,
)
from statusapp_agent.core.periods import trailing
from statusapp_agent.core.state import Save
from statusapp_agent.store.record import read_record
from statusapp_agent.store.state_store import StateStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERIOD = trailing(NOON, NOON + 10 * HOUR)  # the one before begins at 02:00, and half an hour earlier counts for returns


def incident(number, hours, lasts=1.0, **more):
    opened = NOON + hours * HOUR
    over = None if lasts is None else opened + lasts * HOUR
    status = IncidentStatus.OPEN if over is None else IncidentStatus.RESOLVED
    return Incident(
        f"i{number}", number, "nas", Severity.ERROR, "refused", opened, opened, status, resolved_at=over, **more
    )


@pytest.fixture
def store(tmp_path):
    made = StateStore(tmp_path / "state.db", tmp_path / "backups")
    yield made
    made.close()


def record_of(store, *values):
    store.commit([(NOON, Save(value)) for value in values])
    return read_record(store.path, store.path.with_name("samples.db"), PERIOD, NOON + 20 * HOUR, {"nas": ("home",)})


def test_an_incident_comes_back_whole(store):
    whole = incident(
        1,
        3,
        scope=Scope.LAN,
        acknowledged_at=NOON + 3.5 * HOUR,
        acknowledged_by="ann",
        acknowledged_via="cli",
        snoozed_until=NOON + 5 * HOUR,
        children=("i2",),
        merged_into="i9",
        context={"tier": "1"},
        resolved_by="statusapp",
        resolved_via="recovery",
    )
    assert record_of(store, whole).incidents == [whole]


def test_it_takes_what_touches_the_range_and_leaves_the_rest(store):
    taken = [
        incident(1, -100, lasts=99),  # ended within the range before
        incident(2, -99, lasts=None),  # lasts for ever
        incident(3, -10.4),
        incident(4, 0),
        incident(5, 9.9),
    ]
    left = [incident(6, -50, lasts=2), incident(7, 10), incident(8, 3, purpose=Purpose.DRILL)]
    assert record_of(store, *taken, *left).incidents == taken


def test_pages_are_accepted_triggers(store):
    row = Delivery(
        1, "pd", Action.TRIGGER, {}, NOON, "i1", state=DeliveryState.DELIVERED, delivered_at=NOON + timedelta(seconds=3)
    )
    rows = [
        row,
        replace(row, id=2, channel="sms~1", when=When.UNACKNOWLEDGED, not_before=NOON + timedelta(seconds=2)),
        replace(row, id=3, channel="mail", action=Action.RESOLVE),
        replace(row, id=4, channel="slack", state=DeliveryState.REFUSED),
    ]
    found = record_of(store, incident(1, 0), *rows)
    assert [(page.channel, page.escalation, page.due_at) for page in found.pages] == [
        ("pd", False, None),
        ("sms", True, NOON + timedelta(seconds=2)),
    ]
    assert found.channels == {"i1": ("mail", "pd", "sms")}


def test_the_history_need_not_be_there(store):
    assert record_of(store).watched_since == {}
