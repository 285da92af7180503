import asyncio
import errno
import resource
import socket
import threading
from datetime import UTC, datetime

import pytest

from statusapp_agent.core.model import Scope
from statusapp_agent.wire import resolve
from statusapp_agent.wire.dial import dial
from statusapp_agent.wire.faults import WireFault, from_connect
from statusapp_agent.wire.resolve import Endpoint, interleave, known, lookup
from statusapp_agent.wire.trace import Trace
from tests.support.servers import answering, closed_port, forever, serving

V4, V6 = socket.AF_INET, socket.AF_INET6


def trace() -> Trace:
    return Trace(datetime.now(UTC), "")


def resolver(*endpoints: Endpoint):
    async def found(_host: str, _port: int) -> list[Endpoint]:
        return list(endpoints)

    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_literal_address_needs_no_lookup(host: str):
    seen = trace()
    async with serving(forever, host="::1" if host == "::1" else "127.0.0.1") as server:
        line = await dial(host, server.port, seen, resolver=resolver())
        line.close()
    assert "dns" not in seen.phases
    assert seen.scope is Scope.HOST
    assert seen.address == server.host


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"])
async def test_localhost_is_both_families(listening: str):
    seen = trace()
    async with serving(forever, host=listening) as server:
        (await dial("localhost", server.port, seen)).close()
    assert seen.address == listening


async def test_the_next_address_is_tried_when_one_refuses():
    async with serving(forever) as server:
        seen = trace()
        found = resolver((V6, ("::1", closed_port("::1"), 0, 0)), (V4, ("127.0.0.1", server.port)))
        (await dial("nas.test", server.port, seen, resolver=found)).close()
    assert seen.address == "127.0.0.1"
    assert "dns" in seen.phases


async def test_the_next_address_is_tried_when_one_is_silent():
    # A listener whose queue is full drops what comes: the way a silent address looks from here.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        stuck = [socket.socket() for _ in range(4)]
        for each in stuck:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        async with serving(forever, host="::1") as server:
            seen = trace()
            found = resolver((V4, full.getsockname()), (V6, ("::1", server.port, 0, 0)))
            async with asyncio.timeout(2):
                (await dial("nas.test", 80, seen, resolver=found)).close()
        for each in stuck:
            each.close()
    assert seen.address == "::1"
    assert seen.ended_at - seen.started_at < 2


async def test_when_all_refuse_it_says_so():
    port = closed_port()
    found = resolver((V6, ("::1", closed_port("::1"), 0, 0)), (V4, ("127.0.0.1", port)))
    with pytest.raises(WireFault) as caught:
        await dial("nas.test", port, trace(), resolver=found)
    assert caught.value.error == "connect_refused"
    assert caught.value.sentence.endswith("refused the connection; nothing listens there")


def test_brackets_and_zones_are_understood():
    assert known("[::1]", 5) == [(V6, ("::1", 5, 0, 0))]
    assert known("fe80::1%1", 5) == [(V6, ("fe80::1", 5, 0, 1))]
    assert known("nas.lan", 5) is None
    with pytest.raises(WireFault, match="no network interface"):
        known("fe80::1%nosuchcard", 5)


async def test_addresses_are_judged_before_they_are_touched():
    async with serving(forever) as server:
        with pytest.raises(WireFault) as caught:
            await dial("127.0.0.1", server.port, trace(), allowed=lambda _address: False)
        await asyncio.sleep(0)
        assert server.connections == 0
    assert caught.value.error == "address_refused"


async def test_a_name_that_does_not_exist():
    seen = trace()
    with pytest.raises(WireFault) as caught:
        await dial("does-not-exist.invalid", 80, seen)
    assert caught.value.error == "dns"
    assert seen.scope is Scope.INTERNET


async def test_a_name_that_cannot_be_one():
    with pytest.raises(WireFault) as caught:
        await lookup("a" * 300, 80)
    assert caught.value.error == "dns"


async def test_lookups_of_one_name_at_one_time_share_a_thread():
    before = threading.active_count()
    outcomes = await asyncio.gather(*[lookup("does-not-exist.invalid", 80) for _ in range(50)], return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {WireFault}
    assert threading.active_count() <= before + 1
    assert not resolve._under_way


async def test_the_system_resolves_names_too():
    endpoints = await lookup("localhost", 80)
    assert {endpoint[1][0] for endpoint in endpoints} <= {"127.0.0.1", "::1"}


def test_families_take_turns_and_their_number_is_bounded():
    four = [(V4, (f"192.0.2.{number}", 80)) for number in range(10_000)]
    six = [(V6, ("2001:db8::1", 80, 0, 0))]
    mixed = interleave([*four, *six])
    assert [family for family, _ in mixed[:3]] == [V4, V6, V4]
    assert len(mixed) == 8
    assert interleave([]) == []


def test_our_own_faults_are_ours():
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EPERM):
        assert from_connect(OSError(number, "x"), "here").ours
    for number in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.ECONNRESET):
        assert not from_connect(OSError(number, "x"), "here").ours


async def test_no_file_handle_left_is_our_own_fault():
    async with answering(b"hello") as server:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as probe:
            lowest = probe.fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            with pytest.raises(WireFault) as caught:
                await dial("127.0.0.1", server.port, trace())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.ours
    assert caught.value.error == "local_resources"
    assert "file handle" in caught.value.sentence
