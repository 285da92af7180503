"""Sample views with every field filled, for tests of clients; ``with_`` makes variants."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from statusapp_shared import protocol as p

V = TypeVar("V", bound=BaseModel)


def ago(**length: float) -> datetime:
    """Return a moment so long ago."""
    return datetime.now(UTC) - timedelta(**length)


def with_(view: V, **changes: Any) -> V:
    """Return a view with some fields changed."""
    return view.model_copy(update=changes)


def result(**changes: Any) -> p.ResultView:
    """Return a good check of a web page."""
    return with_(
        p.ResultView(
            at=ago(seconds=20),
            status="up",
            latency_ms=123.4,
            message="200 OK",
            error=None,
            phases_ms={"dns": 2.1, "connect": 11.0, "tls": 24.5, "first_byte": 80.2, "transfer": 5.6},
            facts={"http_status": 200, "certificate_expires_at": "2027-01-01T00:00:00Z"},
        ),
        **changes,
    )


def monitor(name: str = "nas-web", **changes: Any) -> p.MonitorView:
    """Return a monitor that is up."""
    return with_(
        p.MonitorView(
            name=name,
            kind="http",
            target=f"https://{name}.lan/",
            url=f"https://{name}.lan/",
            state="up",
            reason="200 OK",
            since=ago(days=3, hours=4),
            last_check_at=ago(seconds=20),
            next_check_at=ago(seconds=-10),
            latency_ms=123.4,
            interval_s=30.0,
            timeout_s=10.0,
            retry_interval_s=10.0,
            failures=3,
            recoveries=2,
            degraded_above_s=2.0,
            severity="critical",
            tier="1",
            channels=None,
            depends_on=["router"],
            runbook="https://wiki.lan/nas",
            notes=None,
            tags=["storage"],
            flapping=False,
            incident_id=None,
            incident_number=None,
            last_result=result(),
            recent_latency_ms=[100.0, 110.0, None, 95.0, 400.0, 123.4],
        ),
        **changes,
    )


def down(name: str = "pi-hole", **changes: Any) -> p.MonitorView:
    """Return a monitor that is down, with incident 42."""
    return monitor(
        name,
        state="down",
        reason="connection refused by 192.168.1.53:80, confirmed after 3 failures",
        since=ago(minutes=6, seconds=12),
        latency_ms=None,
        incident_id="inc-42",
        incident_number=42,
        **changes,
    )


def delivery(**changes: Any) -> p.DeliveryView:
    """Return a trigger that PagerDuty took."""
    return with_(
        p.DeliveryView(
            id=7,
            incident_id="inc-42",
            channel="pagerduty-prod",
            action="trigger",
            state="delivered",
            attempts=1,
            next_attempt_at=None,
            not_before=None,
            delivered_at=ago(minutes=5, seconds=41),
            reason="accepted",
            maybe_sent=False,
        ),
        **changes,
    )


def incident(**changes: Any) -> p.IncidentView:
    """Return incident 42, open, with a delivery and a timeline."""
    return with_(
        p.IncidentView(
            id="inc-42",
            number=42,
            monitor="pi-hole",
            purpose="real",
            status="open",
            severity="critical",
            cause="connection refused by 192.168.1.53:80",
            began_at=ago(minutes=6, seconds=12),
            opened_at=ago(minutes=5, seconds=42),
            acknowledged_at=None,
            acknowledged_by=None,
            acknowledged_via=None,
            resolved_at=None,
            resolved_by=None,
            resolved_via=None,
            snoozed_until=None,
            dedup_key="statusapp/b2d7/inc-42",
            pagerduty=p.PagerDutyView(
                id="Q1", url="https://x.pagerduty.com/incidents/Q1", status="triggered", verified=True
            ),
            children=[],
            deliveries=[
                delivery(),
                delivery(
                    id=8,
                    channel="sms-primary",
                    state="pending",
                    not_before=ago(minutes=-1),
                    delivered_at=None,
                    attempts=0,
                    reason="only if nobody has acknowledged by then",
                ),
            ],
            timeline=[
                p.TimelineView(
                    at=ago(minutes=6, seconds=12),
                    kind="failed",
                    text="First failing check: connection refused by 192.168.1.53:80",
                    by=None,
                    via=None,
                ),
                p.TimelineView(
                    at=ago(minutes=5, seconds=42), kind="opened", text="Confirmed after 3 failures", by=None, via=None
                ),
                p.TimelineView(
                    at=ago(minutes=5),
                    kind="notified",
                    text="Notified Ben by push",
                    by=None,
                    via=None,
                    source="pagerduty",
                ),
            ],
        ),
        **changes,
    )


def acknowledged(**changes: Any) -> p.IncidentView:
    """Return incident 42, taken by Ben."""
    return incident(
        status="acknowledged",
        acknowledged_at=ago(minutes=2),
        acknowledged_by="Ben",
        acknowledged_via="PagerDuty",
        **changes,
    )


def resolved(**changes: Any) -> p.IncidentView:
    """Return incident 42, over."""
    return acknowledged(**{"resolved_at": ago(minutes=1), "resolved_via": "recovery"} | changes).model_copy(
        update={"status": "resolved"}
    )


def channel(name: str = "pagerduty-prod", **changes: Any) -> p.ChannelView:
    """Return a PagerDuty channel that works."""
    return with_(
        p.ChannelView(
            name=name,
            kind="pagerduty",
            status="ok",
            reason="last delivery accepted",
            held_until=None,
            auto_resolve=True,
            max_per_minute=100,
            settings={"region": "us", "from_email": "me@example.org"},
            secrets={
                "integration_key": p.SecretView(is_set=True, place="the vault", set_at=ago(hours=2)),
                "api_key": p.SecretView(is_set=False, place="the vault", set_at=None),
            },
            monitors=["nas-web", "pi-hole"],
            last_delivered_at=ago(minutes=5),
            tested_at=ago(days=1),
            test_ok=True,
            test_reason="delivered and resolved in 1.2 s",
            waiting=0,
        ),
        **changes,
    )


def agent(**changes: Any) -> p.AgentView:
    """Return a healthy agent."""
    return with_(
        p.AgentView(
            api_version=1,
            version="0.1.0",
            pid=4711,
            mode="user",
            data_dir="/home/ana/.local/state/statusapp",
            socket="/run/user/1000/statusapp/agent.sock",
            started_at=ago(days=2),
            uptime_s=172_800.0,
            database_bytes=413_696,
            samples_bytes=12_345_678,
            resident_bytes=48_000_000,
            monitors=3,
            checks_running=1,
            deliveries_waiting=0,
            oldest_waiting_s=None,
            canary="home",
            canary_reason="at home: 192.168.1.1 answers",
            schedule_lag_ms=2.4,
            healthy=True,
            problems=[],
        ),
        **changes,
    )


def status(**changes: Any) -> p.StatusView:
    """Return three monitors of which one is down."""
    monitors = [down(), monitor("backup", kind="heartbeat", state="degraded", reason="late by 2 min"), monitor()]
    return with_(
        p.StatusView(
            sentence="1 of 3 monitors is down: pi-hole, for 6 min. Ben is told, nobody has it yet.",
            counts={"down": 1, "degraded": 1, "up": 1},
            monitors=monitors,
            incidents=[incident(deliveries=[], timeline=[])],
            agent=agent(),
        ),
        **changes,
    )


def figure(mean: float = 134.0) -> p.FigureView:
    """Return a figure over four incidents."""
    return p.FigureView(mean=mean, p50=mean * 0.8, p90=mean * 2, count=4)


def analytics(**changes: Any) -> p.AnalyticsView:
    """Return a month with five incidents, none detected late enough to count."""
    group = {"incidents": 3, "acknowledged": 2, "never_acknowledged": 1}
    return with_(
        p.AnalyticsView(
            since=ago(days=30),
            until=ago(),
            incidents=5,
            open=1,
            acknowledged=4,
            never_acknowledged=1,
            resolved=4,
            blind_s=7200.0,
            mtta_s=figure(),
            mttr_s=figure(1980.0),
            mttd_s=None,
            groups=[
                p.AnalyticsGroup(key="pi-hole", mtta_s=figure(90.0), mttr_s=figure(600.0), mttd_s=None, **group),
                p.AnalyticsGroup(
                    key="a-monitor-with-quite-a-long-name-that-goes-on", mtta_s=None, mttr_s=None, mttd_s=None, **group
                ),
            ],
            definitions={
                "mtta": "First explicit acknowledgement minus opened; what nobody acknowledged is counted apart.",
                "mttr": "Resolved minus opened.",
            },
        ),
        **changes,
    )
