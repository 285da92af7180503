"""What can go wrong on the road to a target: one exception with a stable class, one sentence, and whose fault it is."""

import errno
import socket
import ssl


class WireFault(Exception):  # noqa: N818 (a fault is what the rest of the product calls it)
    """A check could not go on.

    ``error`` is a stable class for programs, the text one sentence for people. ``ours``: the fault is this machine's
    and says nothing about the target.
    """

    def __init__(self, error: str, sentence: str, *, ours: bool = False) -> None:
        super().__init__(sentence)
        self.error = error
        self.sentence = sentence
        self.ours = ours


_OURS = {
    errno.EMFILE: "this agent has no file handle left",
    errno.ENFILE: "this machine has no file handle left",
    errno.ENOMEM: "this machine has no memory left",
    errno.ENOBUFS: "this machine has no network buffer left",
    errno.EADDRNOTAVAIL: "this machine has no free local port or address left",
    errno.EACCES: "this machine's own rules forbid the connection",
    errno.EPERM: "this machine's own rules forbid the connection",
}
_REFUSED = {errno.ECONNREFUSED}
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN}
_TIMED_OUT = {errno.ETIMEDOUT}


def own(number: int) -> WireFault | None:
    """Return the fault for an errno that is this machine's own doing, None for any other."""
    text = _OURS.get(number)
    if text is None:
        return None
    return WireFault("local_resources", f"{text}, so the check could not be made", ours=True)


def from_connect(problem: OSError, where: str) -> WireFault:
    """Return the fault for an error of connecting; ``where`` is ``address port 80`` or the like."""
    number = problem.errno or 0
    if fault := own(number):
        return fault
    if number in _REFUSED:
        return WireFault("connect_refused", f"{where} refused the connection; nothing listens there")
    if number in _TIMED_OUT:
        return WireFault("connect_timeout", f"{where} did not answer the connection attempt")
    if number in _RESET:
        return WireFault("reset", f"{where} reset the connection at once")
    return WireFault("unreachable", f"{where} cannot be reached: {_words(problem)}")


def from_traffic(problem: OSError) -> WireFault:
    """Return the fault for an error of an open connection."""
    if isinstance(problem, ssl.SSLError):
        return WireFault("tls_broken", f"the encrypted connection broke: {_reason(problem)}")
    number = problem.errno or 0
    if fault := own(number):
        return fault
    if number in _RESET:
        return WireFault("reset", "the other side reset the connection")
    if number in _TIMED_OUT:
        return WireFault("timeout", "the connection went silent")
    return WireFault("unreachable", f"the connection was lost: {_words(problem)}")


def from_lookup(problem: OSError, host: str) -> WireFault:
    """Return the fault for a failed name lookup."""
    if _short_of_handles():
        # The C library reports its own EMFILE as "try again" or even as "no such name".
        return WireFault("local_resources", f"{_OURS[errno.EMFILE]}, so the check could not be made", ours=True)
    if isinstance(problem, socket.gaierror):
        if problem.errno in {socket.EAI_MEMORY, socket.EAI_SYSTEM}:
            return WireFault("local_resources", f"this machine could not look {host} up", ours=True)
        if problem.errno == socket.EAI_AGAIN:
            return WireFault("dns", f"the name {host} could not be looked up: no name server answered")
    return WireFault("dns", f"the name {host} does not exist")


# X509_V_ERR_* of OpenSSL's x509_vfy.h; the ssl module hands the number on and has no names for them.
_NOT_YET_VALID, _EXPIRED, _REVOKED, _HOST_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 23, 62, 64
_SELF_SIGNED = {18, 19}
_NO_ISSUER = {2, 20, 21}


def from_handshake(problem: OSError, host: str) -> WireFault:
    """Return the fault for a failed TLS handshake with ``host``."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _from_verification(problem, host)
    if isinstance(problem, ssl.SSLEOFError) or problem.errno in _RESET:
        return WireFault("tls_handshake", f"{host} closed the connection during the TLS handshake")
    if isinstance(problem, ssl.SSLError):
        if problem.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
            return WireFault("tls_handshake", f"{host} does not speak TLS on this port")
        return WireFault("tls_handshake", f"the TLS handshake with {host} failed: {_reason(problem)}")
    return own(problem.errno or 0) or WireFault("tls_handshake", f"the TLS handshake with {host} failed")


def _from_verification(problem: ssl.SSLCertVerificationError, host: str) -> WireFault:
    code = problem.verify_code
    if code == _EXPIRED:
        return WireFault("tls_expired", f"the certificate of {host} has expired")
    if code == _NOT_YET_VALID:
        return WireFault(
            "tls_not_yet_valid", f"the certificate of {host} is not valid yet, unless this machine's clock is wrong"
        )
    if code in {_HOST_MISMATCH, _ADDRESS_MISMATCH}:
        return WireFault("tls_hostname", f"the certificate is not made for {host}")
    if code in _SELF_SIGNED:
        return WireFault("tls_untrusted", f"the certificate of {host} is signed by itself, not by a trusted authority")
    if code in _NO_ISSUER:
        return WireFault("tls_untrusted", f"the certificate of {host} comes from an authority unknown to this machine")
    if code == _REVOKED:
        return WireFault("tls_untrusted", f"the certificate of {host} has been revoked")
    return WireFault("tls_untrusted", f"the certificate of {host} is not trusted: {problem.verify_message}")


def _reason(problem: ssl.SSLError) -> str:
    return (problem.reason or "unknown reason").replace("_", " ").lower()


def _words(problem: OSError) -> str:
    return (problem.strerror or type(problem).__name__).lower()


def _short_of_handles() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as problem:
        return problem.errno in {errno.EMFILE, errno.ENFILE}
    return False
