"""Handing one mail to a server: each step by itself, so that it is known how far it came. TLS is never dropped.

Replies: RFC 5321, section 4.2 (4yz may pass by itself, 5yz will not); a connection lost after the end of the data
leaves open whether the mail was taken.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from statusapp_agent.core.model import Again, Refused
from statusapp_agent.http_exchange import fault
from statusapp_agent.outbound import causes
from statusapp_agent.wire.excerpt import excerpt

_SAID_CHARACTERS = 200


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """Where mail is handed in. ``security`` is ``starttls``, ``tls`` or ``none``; ``password`` is a secret."""

    host: str
    port: int
    security: str
    context: ssl.SSLContext
    username: str | None = None
    password: str = ""


@dataclass(slots=True)
class Posted:
    """How it went: ``sent`` were taken, ``refused`` never will be, ``later`` may be; ``problem`` ended all of it."""

    sent: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    problem: Again | Refused | None = None


class _NoTlsError(Exception):
    """The server does not offer what the settings demand."""


@dataclass(slots=True)
class _Progress:
    step: str = "connect"


async def post(server: Server, sender: str, recipients: Sequence[str], content: bytes, timeout_s: float) -> Posted:
    """Hand in one mail for some recipients within ``timeout_s``; nothing is raised."""
    posted, progress = Posted(), _Progress()
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=False,  # asked for below, where it can be demanded
        tls_context=server.context if server.security != "none" else None,
        local_hostname=_own_name(),
        timeout=timeout_s,
    )
    try:
        async with asyncio.timeout(timeout_s):
            await _hand_in(client, server, sender, recipients, content, posted, progress)
    except TimeoutError:
        posted.problem = _silent(server.host, timeout_s, progress)
    except (SMTPException, OSError, _NoTlsError, ValueError) as problem:
        posted.problem = _problem(problem, server, progress)
    finally:
        client.close()
    return posted


async def _hand_in(
    client: aiosmtplib.SMTP,
    server: Server,
    sender: str,
    recipients: Sequence[str],
    content: bytes,
    posted: Posted,
    progress: _Progress,
) -> None:
    await client.connect()
    if server.security == "starttls":
        progress.step = "tls"
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise _NoTlsError
        await client.starttls()
    if server.username is not None:
        progress.step = "login"
        await client.login(server.username, server.password)
    progress.step = "sender"
    await client.mail(sender)
    progress.step = "recipients"
    accepted = []
    for recipient in recipients:
        try:
            await client.rcpt(recipient)
            accepted.append(recipient)
        except SMTPRecipientRefused as refusal:
            if refusal.code == 421:
                raise
            kept = posted.refused if refusal.code >= 500 else posted.later
            kept[recipient] = _said(refusal)
    if accepted:
        progress.step = "data"
        await client.data(content)
        posted.sent += accepted
    progress.step = "end"
    with contextlib.suppress(SMTPException, OSError, TimeoutError):
        # The mail is taken; a server that does not say goodbye in a second changes nothing of that.
        async with asyncio.timeout(1.0):
            await client.quit()


def _silent(host: str, timeout_s: float, progress: _Progress) -> Again | None:
    if progress.step == "end":
        return None
    if progress.step == "connect":
        return Again(f"no greeting from {host} within {timeout_s:g} s")
    doubt = "; whether it took the mail is not known, so it is sent again under the same id"
    sent = progress.step == "data"
    return Again(f"{host} did not answer within {timeout_s:g} s{doubt if sent else ''}", maybe_sent=sent)


def _problem(problem: Exception, server: Server, progress: _Progress) -> Again | Refused | None:
    if progress.step == "end":
        return None
    if isinstance(problem, _NoTlsError):
        return Again(
            f"{server.host} offers no encryption (STARTTLS), so nothing was sent; something in between may have"
            " taken it away, or the server needs another port and security",
            slow=True,
        )
    if any(isinstance(each, ssl.SSLError) for each in causes(problem)):
        return fault(problem, server.host, maybe_sent=False)
    if isinstance(problem, SMTPResponseException):
        return _answered(problem, server, progress)
    if progress.step == "data":
        doubt = "before it said whether it took the mail, which is sent again under the same id"
        return Again(f"{server.host} hung up {doubt}", maybe_sent=True)
    if progress.step == "login" and not isinstance(problem, OSError) and "AUTH" in str(problem):
        return Refused(
            f"{server.host} takes no user name on this port; correct port and security, or leave username out",
            channel_broken=True,
        )
    if progress.step == "connect":
        return fault(problem, server.host, maybe_sent=False)
    return Again(f"{server.host} hung up")


def _answered(problem: SMTPResponseException, server: Server, progress: _Progress) -> Again | Refused:
    said = _said(problem)
    if 400 <= problem.code < 500 or problem.code < 200:
        return Again(f"{server.host} cannot take mail for now: {said}")
    if isinstance(problem, SMTPAuthenticationError) or progress.step == "login":
        why = f"{server.host} refuses the user name or the password: {said}; set the password again"
        return Refused(why, channel_broken=True)
    if isinstance(problem, SMTPSenderRefused) or progress.step == "sender":
        why = f'{server.host} refuses the sender: {said}; correct "from", or give username and password'
        return Refused(why, channel_broken=True)
    if progress.step == "data":
        return Refused(f"{server.host} refuses the mail: {said}")
    return Again(f"{server.host} turns us away: {said}", slow=True)


def _said(problem: SMTPResponseException) -> str:
    return f"{problem.code} {excerpt(' '.join(str(problem.message).split()), _SAID_CHARACTERS)}"


def _own_name() -> str:
    """Return this machine's name, without asking a name server for a longer one: that may hang."""
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"
