"""Whether a webhook comes from PagerDuty: its signature over the raw bytes, in constant time. Pure.

``X-PagerDuty-Signature: v1=<hex>[,v1=<hex>]``, each the HMAC-SHA256 of the body under a subscription's secret; there
are several while a secret is being changed, and any that fits will do.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import IntEnum

HEADER = "x-pagerduty-signature"
_PART = re.compile(r"v1=([0-9a-f]{64})")
_MOST_PARTS = 10


class Verdict(IntEnum):
    """What is answered: PagerDuty sends again what is not 4xx, and drops the rest at once."""

    GENUINE = 202
    GARBLED = 400
    FORGED = 403


def judge(header: str | None, body: bytes, secrets: Iterable[str]) -> Verdict:
    """Return what a request is worth; one without a readable signature, or without a body, is garbled."""
    if not header or not body:
        return Verdict.GARBLED
    given = [part.strip() for part in header.split(",")]
    signatures = [found.group(1) for part in given[:_MOST_PARTS] if (found := _PART.fullmatch(part))]
    if not signatures:
        return Verdict.GARBLED
    genuine = False
    for secret in secrets:
        expected = hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()
        for signature in signatures:
            # All are compared, so that the time tells nothing of which one fitted.
            genuine |= hmac.compare_digest(expected, signature)
    return Verdict.GENUINE if genuine else Verdict.FORGED
