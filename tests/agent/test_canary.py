"""Canaries against real listeners on loopback, which count as whatever scope the test says."""

import asyncio
import contextlib
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.canary import PUBLIC_CANARIES, Canaries, Road
from statusapp_agent.core.canary import CanaryRound
from statusapp_agent.core.model import Scope
from statusapp_agent.gateway import Network
from statusapp_agent.wire.faults import WireFault
from tests.support.certificates import Authority
from tests.support.servers import closed_port, forever, server_context, serving


def no_pings(address):
    raise WireFault("ping_not_allowed", "may not ping", ours=True)


async def no_names(name, port):
    raise WireFault("dns", f"the name {name} does not exist")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def road(scope=Scope.LAN, *, authority=None, tls_ports=(), usual_ports=(), limit_s=2.0):
    return Road(
        limit_s=limit_s,
        usual_ports=tuple(usual_ports),
        tls_ports=frozenset(tls_ports),
        context=lambda: ssl.create_default_context(cafile=authority and str(authority.bundle)),
        scope_of=lambda host: scope,
        resolver=no_names,
        opener=no_pings,
    )


async def look(address, chosen):
    (seen,) = (await Canaries([address], chosen, Network).look()).looks
    return seen


async def test_a_port_that_takes_connections_is_alive():
    async with serving(forever) as server:
        seen = await look(server.address, road())
    assert (seen.address, seen.scope, seen.alive, seen.portal) == (server.address, Scope.LAN, True, False)


async def test_a_port_on_ipv6():
    async with serving(forever, host="::1") as server:
        assert (await look(server.address, road())).alive


@pytest.mark.parametrize(("scope", "alive"), [(Scope.HOST, False), (Scope.LAN, True), (Scope.INTERNET, False)])
async def test_a_refusal_proves_the_road_in_the_house_and_nowhere_else(scope, alive):
    seen = await look(f"127.0.0.1:{closed_port()}", road(scope))
    assert (seen.alive, seen.portal) == (alive, False)
    assert "refused the connection" in seen.reason


async def test_a_host_without_a_port_is_alive_at_the_first_sign_of_life():
    async with serving(forever) as server:
        seen = await look("127.0.0.1", road(usual_ports=[server.port]))
    assert (seen.alive, seen.reason) == (True, f"port {server.port} answers")
    refused = closed_port()
    seen = await look("127.0.0.1", road(Scope.INTERNET, usual_ports=[refused]))
    assert (seen.alive, seen.reason) == (True, f"refused port {refused}, so it is there")


async def test_a_host_with_no_sign_of_life_is_not_alive():
    seen = await look("127.0.0.1", road())
    assert not seen.alive
    assert seen.reason == "127.0.0.1 cannot be reached"
    seen = await look("router.lan", road())
    assert (seen.alive, seen.reason) == (False, "the name router.lan does not exist")


async def test_the_right_certificate_on_a_public_port_is_alive(authority):
    pair = authority.server("127.0.0.1")
    async with serving(forever, tls=server_context(str(pair.path))) as server:
        seen = await look(server.address, road(Scope.INTERNET, authority=authority, tls_ports=[server.port]))
    assert (seen.alive, seen.portal, seen.reason) == (True, False, "the certificate is theirs")


@pytest.mark.parametrize(
    ("names", "self_signed"), [(("portal.example",), False), (("127.0.0.1",), True)], ids=["other name", "self-signed"]
)
async def test_a_wrong_certificate_is_a_portal(authority, names, self_signed):
    pair = authority.server(*names, self_signed=self_signed)
    async with serving(forever, tls=server_context(str(pair.path))) as server:
        chosen = road(Scope.INTERNET, authority=authority, tls_ports=[server.port])
        seen = await look(server.address, chosen)
        at_home = await look(server.address, road(Scope.LAN, authority=authority, tls_ports=[server.port]))
    assert (seen.alive, seen.portal) == (False, True)
    assert "certificate" in seen.reason
    assert at_home.alive  # nobody expects a public certificate of a router at home


async def test_plain_http_where_tls_belongs_is_a_portal(authority):
    async def plain(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n")
        await writer.drain()

    async with serving(plain) as server:
        chosen = road(Scope.INTERNET, authority=authority, tls_ports=[server.port])
        seen = await look(server.address, chosen)
    assert (seen.alive, seen.portal) == (False, True)


async def test_a_clock_that_is_wrong_is_no_portal(authority):
    now = datetime.now(UTC)
    pair = authority.server("127.0.0.1", ends=now - timedelta(days=1))
    async with serving(forever, tls=server_context(str(pair.path))) as server:
        seen = await look(server.address, road(Scope.INTERNET, authority=authority, tls_ports=[server.port]))
    assert (seen.alive, seen.portal) == (True, False)
    assert "expired" in seen.reason


async def test_silence_ends_at_the_limit_and_all_are_asked_at_once(authority):
    async with serving(forever) as one, serving(forever) as two:
        ports = [one.port, two.port]
        chosen = road(Scope.INTERNET, authority=authority, tls_ports=ports, limit_s=0.2)
        before = asyncio.get_running_loop().time()
        seen = await Canaries([one.address, two.address], chosen, Network).look()
        took = asyncio.get_running_loop().time() - before
    assert [(look.alive, look.portal) for look in seen.looks] == [(False, False)] * 2
    assert seen.looks[0].reason == "no answer within 0.2 s"
    assert took < 0.39


async def test_an_empty_list_turns_the_guard_off():
    def never():
        raise AssertionError("nobody must look at the network")

    guard = Canaries([], road(), never)
    assert guard.off
    assert await guard.look() == CanaryRound()


async def test_without_the_setting_the_gateway_of_the_moment_and_public_addresses_are_asked():
    where = [Network(("192.168.1.1", "fe80::1%eth0"), "home"), Network(("10.0.0.1",), "cafe")]

    async def nobody(host, port, trace, **rest):
        raise WireFault("unreachable", "no packet leaves this machine in a test")

    nowhere = Road(resolver=no_names, opener=no_pings, dial=nobody)
    guard = Canaries(None, nowhere, lambda: where.pop(0))
    assert not guard.off
    first, second = await guard.look(), await guard.look()
    assert [seen.address for seen in first.looks] == ["192.168.1.1", "fe80::1%eth0", *PUBLIC_CANARIES]
    assert [seen.scope for seen in first.looks] == [Scope.LAN] * 2 + [Scope.INTERNET] * 3
    assert [seen.address for seen in second.looks] == ["10.0.0.1", *PUBLIC_CANARIES]
    assert (first.network, second.network) == ("home", "cafe")


@pytest.mark.parametrize("bad", ["http://1.1.1.1", "1.1.1.1:0", "two words", ""])
def test_an_address_that_cannot_be_read_is_refused_in_a_sentence(bad):
    with pytest.raises(ValueError, match=r"write a host|the port"):
        Canaries([bad])


async def test_no_attempt_outlives_the_look():
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(forever)) for _ in range(3)]
        assert (await look("127.0.0.1", road(usual_ports=[server.port for server in servers]))).alive
        left = [task for task in asyncio.all_tasks() if "canary" in str(task.get_coro())]
    assert left == []
