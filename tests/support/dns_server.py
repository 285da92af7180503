"""A real DNS server on loopback, UDP and TCP on one port, that answers from a table."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

UDP_LIMIT = 512


@dataclass
class DnsServer:
    """``records``: texts by (name, type), such as ``{("nas.test", "A"): ["192.0.2.1"]}``; other names do not exist.

    ``rcode`` answers everything with an error, ``silent`` nothing at all, ``garbage`` with bytes that are no message.
    ``asked`` counts the questions by transport.
    """

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rcode: dns.rcode.Rcode | None = None
    silent: bool = False
    garbage: bool = False
    asked: list[str] = field(default_factory=list)
    host: str = ""
    port: int = 0

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        self.asked.append(transport)
        if self.silent:
            return None
        if self.garbage:
            return b"\x00no message"
        response = dns.message.make_response(query, recursion_available=True)
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        if self.rcode is not None:
            response.set_rcode(self.rcode)
        elif texts := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, texts))
        elif alias := self.records.get((name, "CNAME")):
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "CNAME", alias))
            target = alias[0].removesuffix(".")
            if texts := self.records.get((target, kind)):
                response.answer.append(dns.rrset.from_text_list(target + ".", 60, "IN", kind, texts))
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        whole = response.to_wire(max_size=65_535)
        if transport == "udp" and len(whole) > UDP_LIMIT:
            response.answer.clear()
            response.flags |= dns.flags.TC
            whole = response.to_wire()
        return whole


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self.server = server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if (reply := self.server.answer(data, "udp")) is not None:
            self.transport.sendto(reply, addr)


@asynccontextmanager
async def serve_dns(server: DnsServer, host: str = "127.0.0.1") -> AsyncIterator[DnsServer]:
    """Serve until the block ends; ``server.port`` is then known."""

    async def conversation(reader, writer):
        try:
            length = int.from_bytes(await reader.readexactly(2), "big")
            reply = server.answer(await reader.readexactly(length), "tcp")
            if reply is not None:
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    tcp = await asyncio.start_server(conversation, host, 0)
    server.host, server.port = host, tcp.sockets[0].getsockname()[1]
    udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(server), local_addr=(host, server.port)
    )
    try:
        yield server
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()
