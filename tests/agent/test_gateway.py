"""The default gateway and the fingerprint of a network, from what Linux writes under /proc/net."""

import pytest

from statusapp_agent.gateway import Network, current_network, fingerprint, gateway_4, gateway_6, hardware_address

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
WIFI = "wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
CABLE = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
LINK = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
TUNNEL = "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
HALF = "tun0\t00000000\t0900080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"  # 0.0.0.0/1, as VPNs add it

ZERO = "0" * 32
ROUTES_6 = (
    f"fd000000000000000000000000000000 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001     eth0\n"
    f"{ZERO} 00 {ZERO} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"
    f"{ZERO} 00 {ZERO} 00 fd000000000000000000000000000001 00000600 00000002 00000000 00000003    wlan0\n"
    f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200       lo\n"
)
ARP = (
    "IP address       HW type     Flags       HW address            Mask     Device\n"
    "192.168.1.9      0x1         0x2         02:00:00:00:00:09     *        eth0\n"
    "192.168.1.1      0x1         0x2         02:AB:00:00:00:05     *        eth0\n"
    "192.168.1.254    0x1         0x0         00:00:00:00:00:00     *        wlan0\n"
)


@pytest.mark.parametrize(
    ("routes", "gateway"),
    [
        (HEAD + LINK + CABLE, "192.168.1.1"),
        (HEAD + WIFI + CABLE, "192.168.1.1"),
        (HEAD + CABLE + WIFI, "192.168.1.1"),
        (HEAD + WIFI, "192.168.1.254"),
        (HEAD + TUNNEL + HALF + WIFI, "192.168.1.254"),
        (HEAD + LINK + TUNNEL, None),
        (HEAD, None),
        ("", None),
        ("a b c\nnot\ta\thex\tnumber\tat\tall\tin\there\n", None),
    ],
)
def test_the_ipv4_gateway_is_the_one_with_the_best_metric(routes, gateway):
    assert gateway_4(routes) == gateway


def test_the_ipv6_gateway_carries_its_zone_when_it_is_link_local():
    assert gateway_6(ROUTES_6) == "fe80::1%eth0"
    assert (
        gateway_6(ROUTES_6.replace("fe800000000000000000000000000001 00000400", f"{ZERO[:-1]}2 00000800")) == "fd00::1"
    )
    assert gateway_6("x y z\n" + " ".join(["no"] * 10)) is None


def test_the_hardware_address_is_only_believed_when_it_is_complete():
    assert hardware_address(ARP, "192.168.1.1") == "02:ab:00:00:00:05"
    assert hardware_address(ARP, "192.168.1.254") is None
    assert hardware_address(ARP, "192.168.1.7") is None


def test_a_fingerprint_tells_networks_apart_and_does_not_tell_the_address():
    home, cafe = fingerprint("02:ab:00:00:00:05"), fingerprint("02:ab:00:00:00:06")
    assert home == fingerprint("02:ab:00:00:00:05") != cafe
    assert len(home) == 16
    assert ":" not in home
    assert fingerprint(None) is None


def test_where_we_are_is_read_from_the_system(tmp_path):
    assert current_network(tmp_path) == Network()
    (tmp_path / "route").write_text(HEAD + LINK + CABLE)
    (tmp_path / "ipv6_route").write_text(ROUTES_6)
    assert current_network(tmp_path) == Network(("192.168.1.1", "fe80::1%eth0"), None)
    (tmp_path / "arp").write_text(ARP)
    assert current_network(tmp_path).fingerprint == fingerprint("02:ab:00:00:00:05")
