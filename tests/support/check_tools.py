"""What the runner hands to a check, made for a test: the real clock, no secrets unless given, the real TLS contexts."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime

from statusapp_agent.fields import SecretRef
from statusapp_agent.kinds import Beat, CheckTools


def check_tools(
    timeout_s: float = 5.0,
    *,
    secrets: Mapping[str, str] | None = None,
    authority: str | None = None,
    beat: Beat | None = None,
) -> CheckTools:
    """Return tools whose ``secret`` reads ``secrets`` by the reference's name, and whose TLS trusts ``authority``.

    ``authority`` is the path of a PEM file, trusted instead of the system's own.
    """

    def secret(reference: SecretRef) -> str:
        return (secrets or {})[reference.env or reference.file or reference.keyring or "vault"]

    def context(verify: bool, certificate: str | None, key: str | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=authority)
        if not verify:
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        if certificate is not None:
            made.load_cert_chain(certificate, key)
        return made

    return CheckTools(timeout_s, lambda: datetime.now(UTC), secret, context, beat)
