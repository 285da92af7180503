"""TLS contexts for checks, built once, and what a certificate says of itself."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statusapp_agent.wire.excerpt import excerpt
from statusapp_agent.wire.faults import WireFault

if TYPE_CHECKING:
    from cryptography import x509

_CONTEXTS = 32  # client certificates are few; each context holds the system's whole trust store (about 1 MB)
_NAME_CHARACTERS = 200


def ssl_context(verify: bool, certificate: str | None, key: str | None) -> ssl.SSLContext:
    """Return a shared context for checks, with a client certificate if one is named.

    Raises `WireFault` (ours) when the certificate or its key cannot be read. A renewed file is noticed by its time.
    """
    try:
        return _context(verify, certificate, key, _version(certificate), _version(key))
    except (OSError, ValueError) as problem:
        raise WireFault(
            "client_certificate", f"the client certificate {certificate} cannot be used: {_words(problem)}", ours=True
        ) from None


@lru_cache(maxsize=_CONTEXTS)
def _context(
    verify: bool,
    certificate: str | None,
    key: str | None,
    *_versions: int,
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Said here, because builds of Python differ: Debian 12's leaves it to OpenSSL's own settings.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _trust(context)
    # A hostile server must not make us do handshake after handshake (H8).
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    return context


def _trust(context: ssl.SSLContext) -> None:
    # The stores are in the default places; only a frozen build can carry an OpenSSL that looks where there are none.
    if not any(Path(path).exists() for path in ssl.get_default_verify_paths()[:2] if path):
        import certifi

        context.load_verify_locations(certifi.where())


class _PassphraseError(ValueError):
    pass


def _no_passphrase() -> str:
    # Without this, OpenSSL asks on the terminal, and a service waits there for ever.
    raise _PassphraseError


def _version(path: str | None) -> int:
    return 0 if path is None else Path(path).stat().st_mtime_ns


def _words(problem: OSError | ValueError) -> str:
    if isinstance(problem, _PassphraseError):
        return "its private key is encrypted, and a service has nobody to ask for the passphrase"
    if isinstance(problem, ssl.SSLError):
        return "it does not hold a certificate and its matching private key"
    if isinstance(problem, OSError):
        return (problem.strerror or type(problem).__name__).lower()
    return "its path is not valid"


def expiry(stream: ssl.SSLSocket) -> datetime | None:
    """Return when the certificate of the other side ends; None if it shows none, or one that cannot be read."""
    verified = stream.getpeercert()
    if not verified:
        return ends(stream.getpeercert(binary_form=True))
    text = verified.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if isinstance(text, str) else None


def ends(der: bytes | None) -> datetime | None:
    """Return when a certificate ends, verified or not; None if there is none, or one that cannot be read."""
    certificate = _load(der)
    return None if certificate is None else certificate.not_valid_after_utc


def facts(der: bytes | None, now: datetime) -> Mapping[str, Any]:
    """Return what a certificate says of itself, verified or not; empty if it cannot be read."""
    certificate = _load(der)
    if certificate is None:
        return {}
    try:
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    except ValueError:
        subject = issuer = "(unreadable)"
    return {
        "certificate_subject": excerpt(subject, _NAME_CHARACTERS),
        "certificate_issuer": excerpt(issuer, _NAME_CHARACTERS),
        **expiry_facts(certificate.not_valid_after_utc, now),
    }


def expiry_facts(expires_at: datetime | None, now: datetime) -> Mapping[str, Any]:
    """Return the two facts that every check with TLS reports."""
    if expires_at is None:
        return {}
    return {
        "certificate_expires_at": expires_at.isoformat(),
        "certificate_days_left": days_left(expires_at, now),
    }


def warning(expires_at: datetime | None, now: datetime, warn_before_s: float) -> str | None:
    """Return the sentence for a certificate that ends within ``warn_before_s``, None while there is time."""
    if expires_at is None or (expires_at - now).total_seconds() > warn_before_s:
        return None
    if expires_at <= now:
        return f"the certificate expired on {expires_at:%Y-%m-%d}"
    return f"the certificate expires in {in_days(expires_at, now)}, on {expires_at:%Y-%m-%d}"


def days_left(expires_at: datetime, now: datetime) -> int:
    """Return the whole days until then; negative once it is past."""
    return (expires_at - now) // timedelta(days=1)


def in_days(expires_at: datetime, now: datetime) -> str:
    """Return ``1 day``, ``12 days``; on the last day ``5 hours``, in the last hour ``12 minutes``."""
    left = expires_at - now
    units = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
    unit, length = next((each for each in units if left >= each[1]), units[-1])
    count = max(1, left // length)
    return f"{count} {unit if count == 1 else f'{unit}s'}"


def _load(der: bytes | None) -> "x509.Certificate | None":
    if der is None:
        return None
    # Late: only checks of certificates pay for it.
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.not_valid_after_utc
    except ValueError:
        return None
    return certificate
