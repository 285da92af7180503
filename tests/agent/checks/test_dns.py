"""DNS checks against a real DNS server on loopback."""

import asyncio

import dns.rcode
import pytest

from statusapp_agent.checks.dns import DnsCheck, DnsSettings, road
from statusapp_agent.core.model import CheckStatus, Scope
from tests.support.check_tools import check_tools
from tests.support.dns_server import DnsServer, serve_dns

RECORDS = {
    ("nas.test", "A"): ["192.0.2.1", "192.0.2.7"],
    ("nas.test", "AAAA"): ["2001:db8::1"],
    ("www.test", "CNAME"): ["nas.test."],
    ("test", "MX"): ["10 mail.nas.test."],
    ("test", "NS"): ["ns1.test.", "ns2.test."],
    ("test", "TXT"): ['"v=spf1 -all"', '"half" "half"'],
    ("test", "SOA"): ["ns1.test. admin.test. 7 3600 600 86400 60"],
    ("test", "CAA"): ['0 issue "ca.test"'],
    ("_imap._tcp.test", "SRV"): ["0 5 993 mail.test."],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["nas.test."],
    ("many.test", "A"): [f"192.0.2.{n}" for n in range(250)],
    ("hostile.test", "TXT"): ['"\\027[31m<!channel>"'],
}


async def ask(server: DnsServer, timeout_s: float = 5.0, **settings):
    chosen = DnsSettings.model_validate({"server": server.address, **settings})
    return await DnsCheck().run(chosen, check_tools(timeout_s))


@pytest.mark.parametrize(
    ("name", "record_type", "expect"),
    [
        ("nas.test", "A", []),
        ("NAS.test.", "A", ["192.0.2.1"]),
        ("nas.test", "A", ["192.0.2.7", "192.0.2.1"]),
        ("www.test", "A", ["192.0.2.1"]),
        ("nas.test", "AAAA", ["2001:0DB8:0::0:1"]),
        ("www.test", "CNAME", ["NAS.test."]),
        ("test", "MX", ["10 mail.nas.test"]),
        ("test", "MX", ["Mail.nas.test."]),
        ("test", "NS", ["ns2.test", "ns1.test."]),
        ("test", "TXT", ["v=spf1 -all", "halfhalf"]),
        ("test", "TXT", ['"v=spf1 -all"']),
        ("test", "SOA", ["ns1.test admin.test 7 3600 600 86400 60"]),
        ("test", "CAA", ['0 issue "ca.test"']),
        ("test", "CAA", ["0 issue ca.test"]),
        ("_imap._tcp.test", "SRV", ["0 5 993 mail.test"]),
        ("_imap._tcp.test", "SRV", ["mail.test"]),
        ("192.0.2.1", "PTR", ["nas.test"]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["nas.test"]),
    ],
)
async def test_an_answer_that_holds_what_is_expected_is_up(name, record_type, expect):
    async with serve_dns(DnsServer(RECORDS)) as server:
        result = await ask(server, name=name, record_type=record_type, expect=expect)
    assert result.status is CheckStatus.UP, result.message
    assert result.message.startswith("answered ")
    assert result.facts["answers"]
    assert result.facts["ttl_s"] == 60
    assert list(result.phases) == ["dns"]
    assert 0 < result.phases["dns"] <= result.latency_s < 5


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"name": "gone.test"}, "dns_no_name", "no such name"),
        ({"name": "test"}, "dns_no_record", "no A record"),
        ({"name": "nas.test", "record_type": "MX"}, "dns_no_record", "no MX record"),
        (
            {"name": "nas.test", "expect": ["192.0.2.9"]},
            "dns_value",
            "answered 192.0.2.1, 192.0.2.7, expected 192.0.2.9",
        ),
        (
            {"name": "nas.test", "record_type": "AAAA", "expect": ["2001:db8::1", "nonsense"]},
            "dns_value",
            "answered 2001:db8::1, expected nonsense",
        ),
        (
            {"name": "test", "record_type": "TXT", "expect": ["half"]},
            "dns_value",
            "answered halfhalf, v=spf1 -all, expected half",
        ),
    ],
)
async def test_each_wrong_answer_has_its_sentence(settings, error, message):
    async with serve_dns(DnsServer(RECORDS)) as server:
        result = await ask(server, **settings)
    assert (result.status, result.error, result.message) == (CheckStatus.DOWN, error, message)


@pytest.mark.parametrize(
    ("rcode", "message"),
    [
        (dns.rcode.SERVFAIL, "the server answered SERVFAIL"),
        (dns.rcode.REFUSED, "the server answered REFUSED"),
        (dns.rcode.NOTIMP, "the server answered NOTIMP"),
    ],
)
async def test_a_server_that_refuses_is_quoted(rcode, message):
    async with serve_dns(DnsServer(RECORDS, rcode=rcode)) as server:
        result = await ask(server, name="nas.test")
    assert (result.status, result.error, result.message) == (CheckStatus.DOWN, "dns_refused", message)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
async def test_silence_and_garbage_end_at_the_time_limit(fault):
    async with serve_dns(DnsServer(RECORDS, **{fault: True})) as server:
        result = await ask(server, 0.3, name="nas.test")
    assert (result.status, result.error) == (CheckStatus.DOWN, "dns_timeout")
    assert result.message == "the server did not answer within 0.3 s"
    assert 0.2 < result.latency_s < 0.6
    assert server.asked


async def test_an_answer_too_long_for_a_datagram_comes_by_tcp_and_is_kept_short():
    async with serve_dns(DnsServer(RECORDS)) as server:
        result = await ask(server, name="many.test", expect=["192.0.2.249"])
    assert result.status is CheckStatus.UP
    assert server.asked == ["udp", "tcp"]
    assert len(result.facts["answers"]) == 50
    assert result.message.endswith("and 245 more")


async def test_what_a_server_says_cannot_act_on_a_screen():
    async with serve_dns(DnsServer(RECORDS)) as server:
        result = await ask(server, name="hostile.test", record_type="TXT")
    assert "\x1b" not in result.message + str(result.facts)
    assert "\\x1b" in result.message


async def test_a_server_on_ipv6():
    async with serve_dns(DnsServer(RECORDS), "::1") as server:
        result = await ask(server, name="nas.test", expect=["192.0.2.1"])
    assert result.status is CheckStatus.UP


async def test_a_server_by_name():
    found = await asyncio.get_running_loop().getaddrinfo("localhost", None)
    async with serve_dns(DnsServer(RECORDS), found[0][4][0]) as server:
        settings = DnsSettings(name="nas.test", server=f"localhost:{server.port}")
        result = await DnsCheck().run(settings, check_tools())
    assert result.status is CheckStatus.UP, result.message


async def test_a_server_whose_name_cannot_even_be_looked_up():
    result = await DnsCheck().run(DnsSettings(name="nas.test", server="\u00e4" * 63), check_tools())
    assert (result.status, result.error) == (CheckStatus.DOWN, "dns")


@pytest.mark.parametrize(
    ("name", "server", "scope"),
    [
        ("nas.lan", "127.0.0.1", Scope.LAN),
        ("localhost", "127.0.0.1:5353", Scope.HOST),
        ("nas.lan", "192.168.1.1", Scope.LAN),
        ("nas.lan", None, Scope.LAN),
        ("example.org", None, Scope.INTERNET),
        ("example.org", "192.168.1.1", Scope.INTERNET),
        ("nas.lan", "192.0.2.53", Scope.INTERNET),
        ("192.168.1.9", "192.168.1.1", Scope.LAN),
    ],
)
def test_a_question_travels_as_far_as_its_server_and_its_name(name, server, scope):
    assert road(DnsSettings(name=name, server=server)) is scope


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"name": ""},
        {"name": "two words"},
        {"name": "a..b"},
        {"name": "a" * 64},
        {"name": ".".join(["a" * 60] * 5)},
        {"name": "a.test", "record_type": "ANY"},
        {"name": "a.test", "server": "1.2.3.4:99999"},
        {"name": "a.test", "server": "[::1"},
        {"name": "a.test", "expect": "192.0.2.1"},
    ],
)
def test_settings_that_cannot_work_are_refused(bad):
    with pytest.raises(ValueError, match=r"name|record_type|server|expect"):
        DnsSettings.model_validate(bad)


def test_the_target_names_the_record_and_the_server():
    kind = DnsCheck()
    assert kind.target(DnsSettings(name="nas.lan")) == "nas.lan A"
    assert kind.target(DnsSettings(name="nas.lan", record_type="MX", server="[::1]:53")) == "nas.lan MX at [::1]:53"
