"""Every kind of check against servers that nobody here wrote: nginx, OpenSSH, dnsmasq, and the kernel's own echo."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statusapp_agent.checks.dns import DnsCheck
from statusapp_agent.checks.http import HttpCheck
from statusapp_agent.checks.ping import PingCheck
from statusapp_agent.checks.tcp import TcpCheck
from statusapp_agent.checks.tls import TlsCheck
from statusapp_agent.core.model import CheckStatus
from tests.support.check_tools import check_tools
from tests.support.programs import free_port, require, running

pytestmark = pytest.mark.servers

UP, DEGRADED, DOWN, UNKNOWN = CheckStatus.UP, CheckStatus.DEGRADED, CheckStatus.DOWN, CheckStatus.UNKNOWN
PASSWORD = "correct horse"

SERVER = """
    server {{
        listen 127.0.0.1:{port}{ssl};
        {certificate}
        root {root};
        location = /private.txt {{ auth_basic "private"; auth_basic_user_file {folder}/passwords; }}
        location = /moved {{ return 301 /hello.txt; }}
        location = /loop {{ return 302 /loop; }}
        location = /broken {{ return 503; }}
        location = /status.json {{ default_type application/json; return 200 '{{"status": {{"disks": 4}}}}'; }}
        {more}
    }}
"""
NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/plain txt; }}
    {servers}
}}
"""

CERTIFICATES = {
    "good": ("IP:127.0.0.1", 90),
    "soon": ("IP:127.0.0.1", 3),
    "expired": ("IP:127.0.0.1", -2),
    "elsewhere": ("DNS:other.test", 90),
    "client": ("DNS:agent.test", 90),
}
"""For whom each certificate is made, and in how many days it ends."""
SIGNING = """
[ca]
default_ca = home
[home]
certificate = authority.pem
private_key = authority.key
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
[names]
commonName = supplied
"""


@dataclass(frozen=True)
class Certificates:
    """What the openssl command made: an authority and what it signed (``NAME.pem`` and ``NAME.key``)."""

    folder: Path

    @property
    def authority(self) -> str:
        return str(self.folder / "authority.pem")

    def of(self, name: str) -> tuple[str, str]:
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")


@dataclass(frozen=True)
class Nginx:
    """Where each of its servers listens."""

    plain: int
    good: int
    soon: int
    expired: int
    elsewhere: int
    client: int


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    openssl, folder = require("openssl", "openssl"), tmp_path_factory.mktemp("certificates")

    def command(*words):
        subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True, timeout=60)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command(
        "req",
        "-x509",
        *new_key,
        "-keyout",
        "authority.key",
        "-out",
        "authority.pem",
        "-days",
        "30",
        "-subj",
        "/CN=Home",
    )
    (folder / "ca.conf").write_text(SIGNING)
    (folder / "index.txt").touch()
    now = datetime.now(UTC)
    for name, (subject, days) in CERTIFICATES.items():
        command("req", "-new", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(f"subjectAltName={subject}\n")
        files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext"]
        # Not -days: the command refuses a number that would give the expired one.
        dates = [f"{now + timedelta(days=each):%Y%m%d%H%M%SZ}" for each in (-30, days)]
        command("ca", "-batch", "-notext", "-config", "ca.conf", *files, "-startdate", dates[0], "-enddate", dates[1])
    return Certificates(folder)


@pytest.fixture(scope="module")
def nginx(certificates, tmp_path_factory):
    program, folder = require("nginx", "nginx-light"), tmp_path_factory.mktemp("nginx")
    root = folder / "html"
    root.mkdir()
    (root / "hello.txt").write_text("hello from nginx\n")
    (root / "private.txt").write_text("the private page\n")
    hashed = subprocess.run(
        [require("openssl", "openssl"), "passwd", "-apr1", "-stdin"],
        input=PASSWORD.encode(), capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    (folder / "passwords").write_text(f"ana:{hashed.stdout.decode().strip()}\n")
    ports = {name: free_port() for name in Nginx.__dataclass_fields__}

    def server(name):
        certificate = more = ""
        if name != "plain":
            path, key = certificates.of("good" if name == "client" else name)
            certificate = f"ssl_certificate {path}; ssl_certificate_key {key};"
        if name == "client":
            more = f"ssl_client_certificate {certificates.authority}; ssl_verify_client on;"
        if name == "plain":
            more = f"location = /secure {{ return 301 https://127.0.0.1:{ports['good']}/hello.txt; }}"
        ssl = "" if name == "plain" else " ssl"
        return SERVER.format(port=ports[name], ssl=ssl, certificate=certificate, root=root, folder=folder, more=more)

    user = "user root;" if os.geteuid() == 0 else ""  # the workers must be able to read this test's folder
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(user=user, folder=folder, servers="".join(map(server, ports))))
    with running([program, "-p", str(folder), "-c", str(configuration)], folder / "log", *ports.values()):
        yield Nginx(**ports)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    program, folder = require("sshd", "openssh-server"), tmp_path_factory.mktemp("sshd")
    keygen = require("ssh-keygen", "openssh-client")
    subprocess.run(
        [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")],
        check=True,
        capture_output=True,
        timeout=60,
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as the service's own start script does
    port = free_port()
    configuration = folder / "sshd_config"
    configuration.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/key\nPidFile {folder}/pid\nUsePAM no\n"
    )
    with running([program, "-D", "-e", "-f", str(configuration)], folder / "log", port):
        yield port


@pytest.fixture(scope="module")
def dnsmasq(tmp_path_factory):
    program, folder = require("dnsmasq", "dnsmasq-base"), tmp_path_factory.mktemp("dnsmasq")
    port = free_port()
    configuration = folder / "dnsmasq.conf"
    configuration.write_text(
        f"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nkeep-in-foreground\n"
        f"pid-file={folder}/pid\nlocal=/test/\nhost-record=nas.test,192.0.2.1,2001:db8::1\ncname=www.test,nas.test\n"
        "mx-host=test,mail.test,10\ntxt-record=test,v=spf1 -all\nsrv-host=_imap._tcp.test,mail.test,993,0,5\n"
        "ptr-record=1.2.0.192.in-addr.arpa,nas.test\ncaa-record=test,0,issue,ca.test\n"
    )
    with running([program, f"--conf-file={configuration}", "--user="], folder / "log", port):
        yield port


@pytest.mark.parametrize(
    ("server", "path", "settings", "status", "error"),
    [
        ("plain", "/hello.txt", {"keyword": "hello from nginx"}, UP, None),
        ("plain", "/hello.txt", {"keyword": "hello from apache"}, DOWN, "keyword"),
        ("plain", "/gone.txt", {}, DOWN, "http_status"),
        ("plain", "/gone.txt", {"expect_status": [404]}, UP, None),
        ("plain", "/broken", {}, DOWN, "http_status"),
        ("plain", "/hello.txt", {"method": "HEAD"}, UP, None),
        ("plain", "/moved", {"keyword": "hello"}, UP, None),
        ("plain", "/moved", {"follow_redirects": False, "expect_status": [301]}, UP, None),
        ("plain", "/loop", {}, DOWN, "redirect"),
        ("plain", "/secure", {"keyword": "hello"}, UP, None),
        ("plain", "/status.json", {"json_path": "$.status.disks", "json_equals": 4}, UP, None),
        ("plain", "/status.json", {"json_path": "$.status.disks", "json_equals": 5}, DOWN, None),
        ("plain", "/private.txt", {}, DOWN, "http_status"),
        ("plain", "/private.txt", {"username": "ana", "password": {"env": "RIGHT"}, "keyword": "private"}, UP, None),
        ("plain", "/private.txt", {"username": "ana", "password": {"env": "WRONG"}}, DOWN, "http_status"),
        ("good", "/hello.txt", {}, UP, None),
        ("soon", "/hello.txt", {}, DEGRADED, "certificate_expires_soon"),
        ("soon", "/hello.txt", {"warn_before": "1d"}, UP, None),
        ("expired", "/hello.txt", {}, DOWN, "tls_expired"),
        ("elsewhere", "/hello.txt", {}, DOWN, "tls_hostname"),
        ("elsewhere", "/hello.txt", {"verify_tls": False}, UP, None),
        ("client", "/hello.txt", {}, DOWN, "http_status"),
    ],
)
async def test_http_against_nginx(nginx, certificates, server, path, settings, status, error):
    scheme = "http" if server == "plain" else "https"
    result = await http(certificates, url=f"{scheme}://127.0.0.1:{getattr(nginx, server)}{path}", **settings)
    assert (result.status, result.error if error else None) == (status, error), result.message
    assert PASSWORD not in repr(result)


async def test_http_with_a_client_certificate(nginx, certificates):
    path, key = certificates.of("client")
    chosen = {"url": f"https://127.0.0.1:{nginx.client}/hello.txt", "client_certificate": path, "client_key": key}
    result = await http(certificates, **chosen)
    assert result.status is UP, result.message
    assert {"connect", "tls", "first_byte"} <= set(result.phases)


async def test_an_authority_that_this_machine_does_not_know_is_not_trusted(nginx):
    settings = HttpCheck.Settings.model_validate({"url": f"https://127.0.0.1:{nginx.good}/"})
    result = await HttpCheck().run(settings, check_tools())
    assert (result.status, result.error) == (DOWN, "tls_untrusted")


async def test_tls_spoken_to_a_plain_port_and_plain_to_a_tls_port(nginx, certificates):
    result = await http(certificates, url=f"https://127.0.0.1:{nginx.plain}/hello.txt")
    assert (result.status, result.error) == (DOWN, "tls_handshake")
    result = await http(certificates, url=f"http://127.0.0.1:{nginx.good}/hello.txt")
    assert (result.status, result.error) == (DOWN, "http_status")


async def http(certificates, **settings):
    tools = check_tools(secrets={"RIGHT": PASSWORD, "WRONG": "battery staple"}, authority=certificates.authority)
    return await HttpCheck().run(HttpCheck.Settings.model_validate(settings), tools)


@pytest.mark.parametrize(
    ("server", "status", "error"),
    [
        ("good", UP, None),
        ("soon", DEGRADED, "certificate_expires_soon"),
        ("expired", DOWN, "tls_expired"),
        ("elsewhere", DOWN, "tls_hostname"),
        ("plain", DOWN, "tls_handshake"),
    ],
)
async def test_tls_against_nginx(nginx, certificates, server, status, error):
    settings = TlsCheck.Settings.model_validate({"host": "127.0.0.1", "port": getattr(nginx, server)})
    result = await TlsCheck().run(settings, check_tools(authority=certificates.authority))
    assert (result.status, result.error) == (status, error), result.message
    if server != "plain":
        assert "certificate_expires_at" in result.facts


@pytest.mark.parametrize(("expect", "status"), [(None, UP), ("SSH-2.0", UP), ("OpenSSH", UP), ("220 mail", DOWN)])
async def test_tcp_against_sshd(sshd, expect, status):
    settings = TcpCheck.Settings.model_validate({"host": "127.0.0.1", "port": sshd, "expect": expect})
    result = await TcpCheck().run(settings, check_tools(1.0))
    assert result.status is status, result.message
    assert status is UP or "SSH-2.0" in result.facts["said"]


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({"name": "nas.test"}, UP, "answered 192.0.2.1"),
        ({"name": "NAS.test.", "expect": ["192.0.2.1"]}, UP, "answered"),
        ({"name": "www.test", "expect": ["192.0.2.1"]}, UP, "answered"),
        ({"name": "www.test", "record_type": "CNAME", "expect": ["nas.test."]}, UP, "answered nas.test"),
        ({"name": "nas.test", "record_type": "AAAA", "expect": ["2001:DB8::1"]}, UP, "answered"),
        ({"name": "test", "record_type": "MX", "expect": ["10 mail.test"]}, UP, "answered"),
        ({"name": "test", "record_type": "TXT", "expect": ["v=spf1 -all"]}, UP, "answered"),
        ({"name": "test", "record_type": "CAA", "expect": ['0 issue "ca.test"']}, UP, "answered"),
        ({"name": "_imap._tcp.test", "record_type": "SRV", "expect": ["mail.test"]}, UP, "answered"),
        ({"name": "192.0.2.1", "record_type": "PTR", "expect": ["nas.test"]}, UP, "answered"),
        ({"name": "gone.test"}, DOWN, "no such name"),
        ({"name": "nas.test", "record_type": "MX"}, DOWN, "no MX record"),
        ({"name": "nas.test", "expect": ["192.0.2.9"]}, DOWN, "answered 192.0.2.1, expected 192.0.2.9"),
        ({"name": "nas.example"}, DOWN, "the server answered REFUSED"),
    ],
)
async def test_dns_against_dnsmasq(dnsmasq, settings, status, words):
    chosen = DnsCheck.Settings.model_validate({"server": f"127.0.0.1:{dnsmasq}", **settings})
    result = await DnsCheck().run(chosen, check_tools())
    assert result.status is status, result.message
    assert words in result.message


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_ping_against_the_kernel(host):
    result = await PingCheck().run(PingCheck.Settings.model_validate({"host": host}), check_tools())
    if result.status is UNKNOWN:
        assert "net.ipv4.ping_group_range" in result.message
        pytest.skip(result.message)
    assert (result.status, result.facts["loss"]) == (UP, 0), result.message
