import pytest

from statusapp_agent.core.model import Scope
from statusapp_agent.wire.scope import is_sheltered, of_host


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("127.0.0.1", Scope.HOST),
        ("127.200.1.1", Scope.HOST),
        ("0.0.0.0", Scope.HOST),
        ("::1", Scope.HOST),
        ("[::1]", Scope.HOST),
        ("::", Scope.HOST),
        ("::ffff:127.0.0.1", Scope.HOST),
        ("localhost", Scope.HOST),
        ("app.localhost.", Scope.HOST),
        ("10.1.2.3", Scope.LAN),
        ("172.31.255.255", Scope.LAN),
        ("192.168.1.1", Scope.LAN),
        ("169.254.169.254", Scope.LAN),
        ("100.64.0.1", Scope.LAN),
        ("fe80::1%eth0", Scope.LAN),
        ("fd12::1", Scope.LAN),
        ("::ffff:192.168.1.1", Scope.LAN),
        ("nas", Scope.LAN),
        ("nas.lan", Scope.LAN),
        ("NAS.Local.", Scope.LAN),
        ("nas.home", Scope.LAN),
        ("nas.home.arpa", Scope.LAN),
        ("nas.internal", Scope.LAN),
        ("172.32.0.1", Scope.INTERNET),
        ("100.128.0.1", Scope.INTERNET),
        ("1.1.1.1", Scope.INTERNET),
        ("2606:4700::1111", Scope.INTERNET),
        ("example.org", Scope.INTERNET),
        ("lan.example.org", Scope.INTERNET),
    ],
)
def test_a_host_tells_how_far_away_it_is(host: str, scope: Scope):
    assert of_host(host) is scope


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1"])
def test_this_host_and_the_link_are_sheltered(address: str):
    assert is_sheltered(address)


@pytest.mark.parametrize("address", ["192.168.1.1", "8.8.8.8", "fd00::1"])
def test_other_addresses_are_not_sheltered(address: str):
    assert not is_sheltered(address)
