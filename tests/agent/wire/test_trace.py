from datetime import UTC, datetime

import pytest

from statusapp_agent.core.model import CheckStatus, Scope
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.trace import Trace, limit_s

WALL = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("timeout_s", "own_s"), [(10.0, 9.95), (1.0, 0.95), (0.1, 0.095)])
def test_a_check_ends_itself_a_little_before_the_runner_would(timeout_s: float, own_s: float):
    assert limit_s(timeout_s) == pytest.approx(own_s)


def test_phases_of_one_name_add_up():
    trace = Trace(WALL, "nas.lan")
    begun = trace.started_at
    trace.enter("connect", begun + 1)
    trace.enter("first_byte", begun + 3)
    trace.enter("connect", begun + 4)
    trace.end(begun + 9)
    assert trace.phases == pytest.approx({"connect": 7.0, "first_byte": 1.0})
    assert trace.latency_s == pytest.approx(9.0)
    assert trace.took == "9000 ms"


def test_a_fault_ends_the_phase_under_way():
    trace = Trace(WALL, "nas.lan")
    trace.enter("connect")
    result = trace.failure(WireFault("connect_refused", "nothing listens"), {"more": 1})
    assert (result.status, result.error, result.message) == (CheckStatus.DOWN, "connect_refused", "nothing listens")
    assert (result.started_at, result.scope, result.facts) == (WALL, Scope.LAN, {"more": 1})
    assert set(result.phases) == {"connect"}


def test_our_own_fault_is_unknown():
    result = Trace(WALL, "nas.lan").failure(WireFault("local_resources", "no handle left", ours=True))
    assert result.status is CheckStatus.UNKNOWN


@pytest.mark.parametrize(
    ("phase", "error", "sentence"),
    [
        ("dns", "dns", "the name nas.lan could not be looked up within 10 s"),
        ("connect", "connect_timeout", "nas.lan did not answer the connection attempt within 10 s"),
        ("tls", "timeout", "the TLS handshake with nas.lan was not finished within 10 s"),
        ("first_byte", "timeout", "no answer within 10 s"),
        ("transfer", "timeout", "the answer began but was not complete within 10 s"),
    ],
)
def test_the_phase_tells_what_was_late(phase: str, error: str, sentence: str):
    trace = Trace(WALL, "nas.lan")
    trace.enter(phase)
    fault = trace.late(10.0)
    assert (fault.error, fault.sentence) == (error, sentence)
