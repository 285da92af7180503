"""Hosts and ports as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.wire.hostport import HostPort, parse_hostport


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.168.1.1", "192.168.1.1", None),
        ("192.168.1.1:53", "192.168.1.1", 53),
        (" router.lan ", "router.lan", None),
        ("router.lan:443", "router.lan", 443),
        ("dns.example.org.:853", "dns.example.org.", 853),
        ("::1", "::1", None),
        ("[::1]", "::1", None),
        ("[fd00::1]:5353", "fd00::1", 5353),
        ("fe80::1%eth0", "fe80::1%eth0", None),
        ("[fe80::1%eth0]:53", "fe80::1%eth0", 53),
    ],
)
def test_what_people_write(text, host, port):
    named = parse_hostport(text)
    assert named == HostPort(host, port)
    assert parse_hostport(str(named)) == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":53",
        "host:",
        "host:0",
        "host:65536",
        "host:1e3",
        "host:-1",
        "host:٣",
        "[::1",
        "[::1]53",
        "[host]:53",
        "http://host",
        "user@host",
        "two words",
        "a..b",
        ".a",
        "1:2:3",
        "fe80::zz",
        "a\x00b",
        "host:" + "9" * 5000,
    ],
)
def test_anything_else_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"write a host|the port"):
        parse_hostport(text)


@given(st.ip_addresses(), st.none() | st.integers(1, 65_535))
def test_every_address_and_port_survives_being_written(address, port):
    assert parse_hostport(str(HostPort(str(address), port))) == HostPort(str(address), port)
