import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from statusapp_agent.checks.tls import TlsCheck, TlsSettings
from statusapp_agent.core.model import CheckStatus, Result
from tests.support.certificates import DAY, Authority, Pair
from tests.support.check_tools import check_tools
from tests.support.servers import closed_port, forever, server_context, serving


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def check(
    authority: Authority, pair: Pair, *, host: str = "127.0.0.1", at: datetime | None = None, **settings: Any
) -> Result:
    tools = check_tools(authority=str(authority.bundle))
    if at is not None:
        tools = replace(tools, now=lambda: at)
    async with serving(silent, host=host, tls=server_context(str(pair.path))) as server:
        return await TlsCheck().run(TlsSettings(**{"host": host, "port": server.port, **settings}), tools)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_good_certificate(authority: Authority, host: str):
    pair = authority.server(host)
    result = await check(authority, pair, host=host)
    assert result.status is CheckStatus.UP
    assert result.message in {f"the certificate is trusted and valid for {days} days more" for days in (89, 90)}
    assert result.facts["certificate_chain"] == "trusted"
    assert result.facts["certificate_issuer"] == "CN=Test authority"
    assert result.facts["certificate_subject"] == "CN=server under test"
    assert result.facts["certificate_expires_at"] == pair.ends.isoformat()
    assert result.facts["tls_version"] == "TLSv1.3"
    assert set(result.phases) == {"connect", "tls"}


async def test_it_warns_in_time(authority: Authority):
    pair = authority.server("127.0.0.1")
    result = await check(authority, pair, at=pair.ends - timedelta(days=10, hours=2))
    assert result.status is CheckStatus.DEGRADED
    assert result.message == f"the certificate expires in 10 days, on {pair.ends:%Y-%m-%d}"
    assert result.facts["certificate_days_left"] == 10


async def test_an_expired_one_tells_since_when(authority: Authority):
    pair = authority.server("127.0.0.1", ends=datetime.now(UTC).replace(microsecond=0) - 3 * DAY)
    result = await check(authority, pair)
    assert (result.status, result.error) == (CheckStatus.DOWN, "tls_expired")
    assert f"it ended on {pair.ends:%Y-%m-%d}" in result.message
    assert result.facts["certificate_expires_at"] == pair.ends.isoformat()
    assert result.facts["certificate_days_left"] == -4
    assert result.facts["certificate_chain"] == "expired"


@pytest.mark.parametrize(
    ("options", "names", "error"),
    [
        ({"self_signed": True}, ["127.0.0.1"], "tls_untrusted"),
        ({}, ["127.0.0.2", "other.lan"], "tls_hostname"),
        ({"begins": datetime.now(UTC) + DAY}, ["127.0.0.1"], "tls_not_yet_valid"),
    ],
)
async def test_faults_have_names(authority: Authority, options: dict[str, Any], names: list[str], error: str):
    result = await check(authority, authority.server(*names, **options))
    assert (result.status, result.error) == (CheckStatus.DOWN, error)
    assert result.facts["certificate_subject"] == "CN=server under test"


async def test_another_authority_is_not_trusted(authority: Authority, tmp_path: Path):
    folder = tmp_path / "other"
    folder.mkdir()
    result = await check(authority, Authority(folder, "Someone else").server("127.0.0.1"))
    assert result.error == "tls_untrusted"
    assert "unknown to this machine" in result.message
    assert result.facts["certificate_issuer"] == "CN=Someone else"


async def test_the_server_name_can_be_another(authority: Authority):
    pair = authority.server("cloud.example.org")
    assert (await check(authority, pair, server_name="cloud.example.org")).status is CheckStatus.UP
    assert (await check(authority, pair)).error == "tls_hostname"


async def test_a_stalled_handshake_ends_in_time():
    async with serving(forever) as server:
        settings = TlsSettings(host=server.host, port=server.port)
        result = await TlsCheck().run(settings, check_tools(0.3))
    assert (result.status, result.error) == (CheckStatus.DOWN, "timeout")
    assert result.message == "the TLS handshake with 127.0.0.1 was not finished within 0.3 s"
    assert {"connect", "tls"} <= set(result.phases)


async def test_a_port_that_does_not_listen():
    settings = TlsSettings(host="127.0.0.1", port=closed_port())
    result = await TlsCheck().run(settings, check_tools())
    assert result.error == "connect_refused"
    assert TlsCheck().target(settings) == f"127.0.0.1:{settings.port}"
