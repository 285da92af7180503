"""Values survive being stored."""

from datetime import UTC, datetime, timedelta, timezone

from statusapp_agent.core.health import Health, HealthState
from statusapp_agent.core.model import (
    Action,
    Beat,
    Delivery,
    DeliveryState,
    Incident,
    IncidentStatus,
    Monitor,
    Severity,
    When,
)
from statusapp_agent.core.state import Watch
from statusapp_agent.store.rows import pack, stamp, unpack, unstamp

NOW = datetime(2026, 11, 24, 3, 4, 5, 678901, tzinfo=UTC)


def test_an_incident_comes_back_as_it_was():
    incident = Incident(
        "ab" * 16, 42, "näs/web", Severity.ERROR, "no answer\n'quoted'", NOW, NOW + timedelta(seconds=9),
        status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=NOW, children=("a", "b"), context={"tags": ["x"]},
    )  # fmt: skip
    assert unpack(Incident, pack(incident)) == incident


def test_a_delivery_comes_back_as_it_was():
    delivery = Delivery(
        7, "pd", Action.RESOLVE, {"a": [1, 2.5, None, {"b": "ü"}]}, NOW, incident="x", state=DeliveryState.REFUSED,
        when=When.UNDELIVERED, not_before=NOW, attempts=3, maybe_sent=True, receipt={"dedup_key": "k"},
    )  # fmt: skip
    assert unpack(Delivery, pack(delivery)) == delivery


def test_a_watch_comes_back_with_the_monitor_of_the_settings():
    monitor = Monitor("nas", "http", None)
    health = Health(HealthState.DOWN, NOW, "refused", 3, outages=(NOW, NOW), first_failure_at=NOW)
    watch = Watch(monitor, health, paused=True, incident="x", beat=Beat(NOW, last_at=NOW), quiet_until=NOW)
    assert unpack(Watch, pack(watch, leave_out=frozenset({"monitor"})), monitor=monitor) == watch


def test_what_a_newer_version_wrote_besides_is_passed_over():
    assert unpack(Beat, '{"watching_since":"2026-11-24T03:04:05.678901+00:00","new":1}') == Beat(NOW)


def test_text_order_is_time_order_whatever_the_zone():
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    whole = NOW.replace(microsecond=0)
    assert stamp(east) == stamp(NOW)
    assert (stamp(whole) or "") < (stamp(NOW) or "")
    assert unstamp(stamp(NOW)) == NOW
    assert unstamp(None) is None
