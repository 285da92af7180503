import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statusapp_agent.wire import certificates
from statusapp_agent.wire.certificates import ssl_context, warning
from statusapp_agent.wire.faults import WireFault
from tests.support.certificates import Authority

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_contexts_are_shared():
    assert ssl_context(True, None, None) is ssl_context(True, None, None)
    assert ssl_context(True, None, None) is not ssl_context(False, None, None)


def test_verification_is_on_unless_switched_off():
    judging, blind = ssl_context(True, None, None), ssl_context(False, None, None)
    assert (judging.verify_mode, judging.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (blind.verify_mode, blind.check_hostname) == (ssl.CERT_NONE, False)
    assert judging.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_renewed_client_certificate_is_noticed(tmp_path: Path):
    authority = Authority(tmp_path)
    path = authority.server("client").path
    before = ssl_context(True, str(path), None)
    path.write_bytes(authority.server("client").path.read_bytes())
    assert ssl_context(True, str(path), None) is not before


@pytest.mark.parametrize("content", [None, b"not a certificate"])
def test_a_client_certificate_that_cannot_be_used_is_a_sentence(tmp_path: Path, content: bytes | None):
    path = tmp_path / "client.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WireFault, match="client certificate") as caught:
        ssl_context(True, str(path), None)
    assert caught.value.ours


def test_nobody_is_asked_for_a_passphrase(tmp_path: Path):
    path = Authority(tmp_path).server("client", passphrase=b"secret").path
    with pytest.raises(WireFault, match="encrypted"):
        ssl_context(True, str(path), None)


def test_a_certificate_tells_of_itself(tmp_path: Path):
    pair = Authority(tmp_path, "Home\x1b[31m").server("nas.lan")
    der = ssl.PEM_cert_to_DER_cert(pair.path.read_text().partition("-----END PRIVATE KEY-----\n")[2])
    facts = certificates.facts(der, pair.ends - timedelta(days=3, hours=1))
    assert facts["certificate_subject"] == "CN=server under test"
    assert facts["certificate_issuer"].isprintable()
    assert facts["certificate_expires_at"] == pair.ends.isoformat()
    assert facts["certificate_days_left"] == 3
    assert certificates.facts(b"garbage", NOW) == {}
    assert certificates.facts(None, NOW) == {}


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (timedelta(days=15), None),
        (timedelta(days=13, hours=5), "the certificate expires in 13 days, on 2026-01-14"),
        (timedelta(days=1), "the certificate expires in 1 day, on 2026-01-02"),
        (timedelta(days=-1), "the certificate expired on 2025-12-31"),
    ],
)
def test_the_warning_comes_in_time(left: timedelta, sentence: str | None):
    assert warning(NOW + left, NOW, 14 * 86_400) == sentence


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=12, hours=5), "12 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(minutes=12), "12 minutes"),
        (timedelta(seconds=20), "1 minute"),
    ],
)
def test_the_last_day_is_told_in_hours_and_its_last_hour_in_minutes(left, words):
    assert certificates.in_days(NOW + left, NOW) == words
