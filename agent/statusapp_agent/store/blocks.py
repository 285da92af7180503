"""One hour of one monitor's results, packed: about 4 bytes a result instead of 40 as a row with its index.

A block is a version byte and zlib over: the count (u32), then in planes of bytes (what is alike lies together) the
milliseconds since the result before (u32), the status (u8) and the latency in microseconds (u32, all ones for none);
then JSON ``[[index, error, message], ...]`` for those results that have either.
"""

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_VERSION = 1
_NONE = 0xFFFF_FFFF


class Row(NamedTuple):
    """One result as a row has it: ``status`` is its number in the store."""

    at_ms: int
    status: int
    latency_us: int | None
    error: str | None
    message: str | None


def pack_block(rows: Sequence[Row], hour_ms: int) -> bytes:
    """Return some results of one hour, in order of time, packed; ``hour_ms`` is when the hour begins."""
    steps, last = array("I"), hour_ms
    for row in rows:
        steps.append(row.at_ms - last)
        last = row.at_ms
    latencies = array("I", (_NONE if row.latency_us is None else min(row.latency_us, _NONE - 1) for row in rows))
    texts = [[index, row.error, row.message] for index, row in enumerate(rows) if row.error is not None or row.message]
    body = b"".join(
        (
            len(rows).to_bytes(4, "little"),
            _planes(steps),
            bytes(row.status for row in rows),
            _planes(latencies),
            json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode() if texts else b"",
        )
    )
    return bytes((_VERSION,)) + zlib.compress(body, 6)


def unpack_block(block: bytes, hour_ms: int) -> list[Row]:
    """Return the results of a block; raises ValueError for one of a newer version."""
    if block[0] != _VERSION:
        raise ValueError(f"a block of results has version {block[0]}: a newer StatusApp wrote it")
    body = zlib.decompress(block[1:])
    count = int.from_bytes(body[:4], "little")
    steps = _numbers(body[4 : 4 + 4 * count])
    statuses = body[4 + 4 * count : 4 + 5 * count]
    latencies = _numbers(body[4 + 5 * count : 4 + 9 * count])
    texts = {index: (error, message) for index, error, message in json.loads(body[4 + 9 * count :] or b"[]")}
    rows, at_ms = [], hour_ms
    for index, step in enumerate(steps):
        at_ms += step
        latency = latencies[index]
        rows.append(Row(at_ms, statuses[index], None if latency == _NONE else latency, *texts.get(index, (None, None))))
    return rows


def _planes(numbers: "array[int]") -> bytes:
    raw = _little(numbers).tobytes()
    return b"".join(raw[plane::4] for plane in range(4))


def _numbers(planes: bytes) -> "array[int]":
    count = len(planes) // 4
    raw = bytearray(len(planes))
    for plane in range(4):
        raw[plane::4] = planes[plane * count : (plane + 1) * count]
    return _little(array("I", bytes(raw)))


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return numbers


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return results by their time."""
    return sorted(rows, key=lambda row: row.at_ms)
