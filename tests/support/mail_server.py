"""A real mail server on loopback, in the running loop, that can be told to misbehave at each step."""

import asyncio
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

HANG, DROP = "hang", "drop"


class MailServer:
    """``rcpt`` maps addresses to what they are answered; ``data`` are answers to the next mails, None for a good one.

    `HANG` and `DROP` take the mail in and answer nothing. ``mails`` are (recipients, mail) as they were taken.
    """

    def __init__(self, *, users=None, tls=None, implicit_tls=None, plain_auth=False, auth_required=False):
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.raw: list[bytes] = []
        self.rcpt: dict[str, str] = {}
        self.data: list[str | None] = []
        self.sender_answer: str | None = None
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self._users = users or {}
        self._options = {
            "tls_context": tls,
            "auth_require_tls": not plain_auth,
            "auth_required": auth_required,
            "authenticator": self._authenticate if users else None,
        }
        self._implicit_tls = implicit_tls
        self._news = asyncio.Condition()
        self._protocols: list[SMTP] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> "MailServer":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=self._implicit_tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for protocol in self._protocols:
            if protocol.transport is not None:
                protocol.transport.abort()
        await asyncio.sleep(0)  # the connections learn of it in the next turn of the loop

    def _protocol(self) -> SMTP:
        self.connections += 1
        options = {name: value for name, value in self._options.items() if value is not None}
        protocol = SMTP(self, hostname="mail.test", enable_SMTPUTF8=False, **options)
        self._protocols.append(protocol)
        return protocol

    def _authenticate(self, server, session, envelope, mechanism, auth_data):
        assert isinstance(auth_data, LoginPassword)
        login = (auth_data.login.decode(), auth_data.password.decode())
        self.logins.append(login)
        return AuthResult(success=self._users.get(login[0]) == login[1], handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if answer := self.rcpt.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.data.pop(0) if self.data else None
        if answer in (None, HANG, DROP):
            self.raw.append(envelope.content)
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append((list(envelope.rcpt_tos), mail))
            async with self._news:
                self._news.notify_all()
        if answer == HANG:
            await asyncio.sleep(60)
        if answer == DROP:
            server.transport.abort()
        return answer if answer not in (None, HANG, DROP) else "250 taken"

    async def until(self, seen: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until ``seen()`` holds, looking after each mail."""
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(seen)
