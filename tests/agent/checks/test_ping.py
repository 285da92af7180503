"""Pings: real ones on loopback where this system allows any, scripted replies for what loopback never does."""

import asyncio
import socket
from types import SimpleNamespace

import pytest
from icmplib import sockets as icmplib_sockets
from icmplib.exceptions import (
    ICMPSocketError,
    ICMPv4DestinationUnreachable,
    SocketBroadcastError,
)

from statusapp_agent.checks.ping import PingCheck, PingSettings
from statusapp_agent.core.model import CheckStatus, Scope
from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.icmp import NOT_ALLOWED, open_echo
from tests.support.check_tools import check_tools

ANSWER, SILENCE = "answer", "silence"


class ScriptedSocket:
    """Stands where `icmplib.AsyncSocket` stands: answers each echo as the script says."""

    def __init__(self, script):
        self.script = list(script)
        self.closed = False

    def send(self, request):
        self.step = self.script.pop(0)
        if isinstance(self.step, ICMPSocketError):
            raise self.step

    async def receive(self, request, limit_s):
        if self.step == SILENCE:
            await asyncio.Event().wait()
        return SimpleNamespace(raise_for_status=self.raise_for_status)

    def raise_for_status(self):
        if isinstance(self.step, Exception):
            raise self.step

    def close(self):
        self.closed = True


async def ping(*script, timeout_s=2.0, host="192.0.2.1", **settings):
    opened = ScriptedSocket(script)
    chosen = PingSettings(host=host, count=len(script), **settings)
    result = await PingCheck(lambda address: opened).run(chosen, check_tools(timeout_s))
    assert opened.closed
    assert not opened.script
    return result


def may_ping(address: str) -> bool:
    try:
        open_echo(address).close()
    except WireFault:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_this_very_host_answers_or_we_say_what_is_missing(host):
    result = await PingCheck().run(PingSettings(host=host, count=2), check_tools())
    if may_ping("127.0.0.1"):
        assert result.status is CheckStatus.UP, result.message
        assert result.facts["loss"] == 0
        assert 0 < result.facts["min_s"] <= result.facts["avg_s"] <= result.facts["max_s"] < 1
        assert result.facts["jitter_s"] >= 0
        assert result.latency_s == result.facts["avg_s"]
    else:
        assert (result.status, result.message) == (CheckStatus.UNKNOWN, NOT_ALLOWED)
    assert result.scope is Scope.HOST


async def test_losing_as_many_as_allowed_is_up_and_one_more_is_down():
    half = await ping(ANSWER, SILENCE, timeout_s=0.3, max_loss=0.5)
    assert half.status is CheckStatus.UP
    assert half.facts["loss"] == 0.5
    most = await ping(ANSWER, SILENCE, SILENCE, timeout_s=0.3, max_loss=0.5)
    assert (most.status, most.error) == (CheckStatus.DOWN, "ping_loss")
    assert most.message.endswith("67% were lost and at most 50% may be")
    assert most.latency_s == most.facts["avg_s"]


async def test_a_host_that_answers_nothing_is_down_however_much_may_be_lost():
    result = await ping(SILENCE, SILENCE, timeout_s=0.3, max_loss=1.0)
    assert (result.status, result.error) == (CheckStatus.DOWN, "ping_no_answer")
    assert result.message == "192.0.2.1 answered none of 2 pings within 0.3 s"
    assert result.latency_s is None
    assert result.scope is Scope.INTERNET


async def test_a_slow_first_echo_leaves_the_others_their_time():
    result = await ping(SILENCE, ANSWER, ANSWER, timeout_s=0.3)
    assert result.facts["loss"] == pytest.approx(1 / 3, abs=0.001)
    assert result.status is CheckStatus.UP


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ICMPSocketError("[Errno 101] Network is unreachable"), "network is unreachable"),
        (ICMPv4DestinationUnreachable(SimpleNamespace(code=1)), "a router on the way says: "),
        (SocketBroadcastError(), "this machine's own rules forbid it"),
    ],
)
async def test_the_reason_is_told_when_there_is_one(problem, words):
    result = await ping(problem, problem)
    assert result.status is CheckStatus.DOWN
    assert f"192.0.2.1 answered none of 2 pings: {words}" in result.message


async def test_a_host_with_two_addresses_is_up_when_one_of_them_answers():
    asked = []

    async def resolver(name, port):
        return [
            (socket.AF_INET6, ("fe80::1", 0, 0, 3)),
            (socket.AF_INET6, ("fd00::2", 0, 0, 0)),
            (socket.AF_INET, ("192.168.1.9", 0)),
        ]

    def opener(address):
        asked.append(address)
        return ScriptedSocket([SILENCE if ":" in address else ANSWER])

    result = await PingCheck(opener, resolver).run(PingSettings(host="nas.lan", count=1), check_tools(0.4))
    assert result.status is CheckStatus.UP
    assert asked == ["fe80::1%3", "192.168.1.9"]
    assert (result.facts["address"], result.scope) == ("192.168.1.9", Scope.LAN)


async def test_a_name_that_is_not_found_is_down_and_a_lookup_that_hangs_ends_in_time():
    async def nobody(name, port):
        raise WireFault("dns", f"the name {name} does not exist")

    async def never(name, port):
        await asyncio.Event().wait()

    gone = await PingCheck(resolver=nobody).run(PingSettings(host="nas.lan"), check_tools())
    assert (gone.status, gone.error, gone.message) == (CheckStatus.DOWN, "dns", "the name nas.lan does not exist")
    slow = await PingCheck(resolver=never).run(PingSettings(host="nas.lan"), check_tools(0.2))
    assert (slow.status, slow.error) == (CheckStatus.DOWN, "dns")
    assert slow.message == "the name nas.lan could not be looked up within 0.2 s"


async def test_without_permission_the_result_is_unknown_and_says_what_to_do(monkeypatch):
    def forbid(self, kind):
        raise PermissionError(1, "Operation not permitted")

    # The seam would be the system itself: whether a socket may be opened is decided there.
    monkeypatch.setattr(icmplib_sockets.ICMPv4Socket, "_create_socket", forbid)
    result = await PingCheck().run(PingSettings(host="127.0.0.1"), check_tools())
    assert (result.status, result.error) == (CheckStatus.UNKNOWN, "ping_not_allowed")
    assert "net.ipv4.ping_group_range" in result.message
    assert "CAP_NET_RAW" in result.message


async def test_the_kind_of_socket_is_the_one_the_system_allows(monkeypatch):
    opened = []

    def only_raw(self, kind):
        opened.append(kind)
        if kind == socket.SOCK_DGRAM:
            raise PermissionError(13, "Permission denied")
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    monkeypatch.setattr(icmplib_sockets.ICMPv4Socket, "_create_socket", only_raw)
    open_echo("127.0.0.1").close()
    assert opened == [socket.SOCK_DGRAM, socket.SOCK_RAW]


async def test_a_system_without_ipv6_says_so(monkeypatch):
    def no_family(self, kind):
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(icmplib_sockets.ICMPv6Socket, "_create_socket", no_family)
    result = await PingCheck().run(PingSettings(host="::1"), check_tools())
    assert (result.status, result.error) == (CheckStatus.DOWN, "unreachable")
    assert result.message == "::1 cannot be pinged from here: address family not supported by protocol"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"host": ""},
        {"host": "http://nas.lan"},
        {"host": "nas.lan:80"},
        {"host": "nas.lan", "count": 0},
        {"host": "nas.lan", "count": 21},
        {"host": "nas.lan", "max_loss": 1.1},
        {"host": "nas.lan", "max_loss": -0.1},
    ],
)
def test_settings_that_cannot_work_are_refused(bad):
    with pytest.raises(ValueError, match=r"host|count|max_loss"):
        PingSettings.model_validate(bad)


def test_the_target_is_the_host():
    assert PingCheck().target(PingSettings(host="[fd00::1]")) == "fd00::1"
