import pytest
from pydantic import BaseModel, ValidationError

from statusapp_agent.wire.host import Host, is_port, with_port


class Holder(BaseModel):
    host: Host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("nas.lan", "nas.lan"),
        (" nas.lan. ", "nas.lan."),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_a_host_is_a_name_or_an_address(text: str, host: str):
    assert Holder(host=text).host == host


@pytest.mark.parametrize(
    "text", ["", " ", "[]", "http://nas.lan", "nas.lan/x", "me@nas", "a b", "a..b", "a" * 64, "a\0b", "."]
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(ValidationError):
        Holder(host=text)


def test_ports():
    assert [is_port(port) for port in (None, 0, 1, 65_535, 65_536)] == [True, False, True, True, False]
    assert (with_port("::1", 80), with_port("nas.lan", 80)) == ("[::1]:80", "nas.lan:80")
