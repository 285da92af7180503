"""``state.db``: what the agent must not lose. All calls run on the one thread that writes; see `Writer`."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand
from statusapp_agent.core.model import Delivery, DigestLine, Incident, Mute
from statusapp_agent.core.state import (
    Audit,
    BlindTime,
    Change,
    ChannelRecord,
    Documents,
    Drop,
    Effect,
    Log,
    Reminded,
    Save,
    Watch,
)
from statusapp_agent.store.database import open_migrated, transaction
from statusapp_agent.store.rows import pack, stamp, unpack
from statusapp_agent.store.schema import state_migrations

REMINDED = "oncall reminded "
"""What the keys of facts about hand-offs begin with; the rotation's name follows."""
_WATCH_LEAVES_OUT = frozenset({"monitor"})
_RECORD_LEAVES_OUT = frozenset({"channel"})


@dataclass(slots=True)
class Remembered:
    """What was read at start: values of monitors and channels still lack what their settings say."""

    meta: dict[str, str] = field(default_factory=dict)
    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    watches: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    counterparts: list[Counterpart] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    blind: list[BlindTime] = field(default_factory=list)
    mutes: list[Mute] = field(default_factory=list)
    digest: list[DigestLine] = field(default_factory=list)
    next_incident: int = 1
    next_delivery: int = 1
    next_errand: int = 1


class StateStore:
    """Reads everything open at start, then writes what each step wants saved."""

    def __init__(self, path: Path, backups: Path) -> None:
        self.path = path
        self.connection = open_migrated(path, state_migrations, durable=True, backups=backups)
        about = path.stat()
        self.identity = (about.st_dev, about.st_ino)

    def close(self) -> None:
        """Close the file; what was committed is safe anyway."""
        self.connection.close()

    def remembered(self) -> Remembered:
        """Read what is open: the cost grows with that, not with the history."""
        rows = self.connection.execute
        return Remembered(
            meta={row["key"]: row["value"] for row in rows("SELECT key, value FROM meta")},
            documents={
                (row["noun"], row["name"]): json.loads(row["body"])
                for row in rows("SELECT noun, name, body FROM document ORDER BY rowid")
            },
            watches={row["name"]: row["body"] for row in rows("SELECT name, body FROM watch")},
            channels={row["name"]: row["body"] for row in rows("SELECT name, body FROM channel")},
            incidents=[
                unpack(Incident, row["body"])
                for row in rows(
                    "SELECT body FROM incident WHERE status != 'resolved' OR id IN"
                    " (SELECT incident FROM delivery WHERE state = 'pending' AND incident IS NOT NULL) OR id IN"
                    " (SELECT incident FROM counterpart WHERE settled = 0) OR id IN"
                    " (SELECT incident FROM errand WHERE ended = '') ORDER BY number"
                )
            ],
            deliveries=[
                unpack(Delivery, row["body"])
                for row in rows(
                    "SELECT body FROM delivery WHERE state = 'pending' OR incident IN"
                    " (SELECT id FROM incident WHERE status != 'resolved') OR incident IN"
                    " (SELECT incident FROM delivery WHERE state = 'pending') OR incident IN"
                    " (SELECT incident FROM counterpart WHERE settled = 0) OR incident IN"
                    " (SELECT incident FROM errand WHERE ended = '') ORDER BY id"
                )
            ],
            counterparts=[
                unpack(Counterpart, row["body"])
                for row in rows(
                    "SELECT body FROM counterpart WHERE settled = 0 OR incident IN"
                    " (SELECT id FROM incident WHERE status != 'resolved') OR incident IN"
                    " (SELECT incident FROM delivery WHERE state = 'pending') OR incident IN"
                    " (SELECT incident FROM errand WHERE ended = '') ORDER BY opening"
                )
            ],
            changes=[
                Change(datetime.fromisoformat(row["at"]), row["summary"], row["link"], row["monitor"], row["by"])
                for row in reversed(rows("SELECT * FROM change ORDER BY id DESC LIMIT 20").fetchall())
            ],
            blind=[_blind(row) for row in rows("SELECT * FROM blind WHERE ended_at IS NULL")],
            mutes=[unpack(Mute, row["body"]) for row in rows("SELECT body FROM mute ORDER BY name")],
            digest=[unpack(DigestLine, row["body"]) for row in rows("SELECT body FROM digest ORDER BY rowid")],
            next_incident=rows("SELECT coalesce(max(number), 0) + 1 FROM incident").fetchone()[0],
            next_delivery=rows("SELECT coalesce(max(id), 0) + 1 FROM delivery").fetchone()[0],
            errands=[
                unpack(Errand, row["body"]) for row in rows("SELECT body FROM errand WHERE ended = '' ORDER BY id")
            ],
            next_errand=rows("SELECT coalesce(max(id), 0) + 1 FROM errand").fetchone()[0],
        )

    def commit(self, batch: Iterable[tuple[datetime, Effect]]) -> None:
        """Write what some steps want saved, in their order, as one unit."""
        with transaction(self.connection):
            for at, effect in batch:
                match effect:
                    case Save(value):
                        self._save(value)
                    case Drop(noun, name):
                        self.connection.execute(f"DELETE FROM {_TABLE[noun]} WHERE name = ?", (name,))  # noqa: S608
                    case Log(incident, entry):
                        self.connection.execute(
                            "INSERT INTO timeline(incident, at, kind, text, by, via, source)"
                            " VALUES (?, ?, ?, ?, ?, ?, ?)",
                            (incident, stamp(entry.at), entry.kind, entry.text, entry.by, entry.via, entry.source),
                        )
                    case Audit(by, deed, subject, detail):
                        self.connection.execute(
                            "INSERT INTO audit(at, by, deed, subject, detail) VALUES (?, ?, ?, ?, ?)",
                            (stamp(at), by, deed, subject, detail),
                        )
                    case _:
                        pass

    def _save(self, value: object) -> None:  # noqa: C901 - one case for each kind of value
        execute = self.connection.execute
        match value:
            case Watch():
                body = pack(value, leave_out=_WATCH_LEAVES_OUT)
                execute("INSERT OR REPLACE INTO watch(name, body) VALUES (?, ?)", (value.monitor.name, body))
            case ChannelRecord():
                execute("INSERT OR REPLACE INTO channel(name, body) VALUES (?, ?)", (value.name, _record_body(value)))
            case Incident():
                self._save_incident(value)
            case Delivery():
                execute(
                    "INSERT OR REPLACE INTO delivery(id, incident, channel, action, state, created_at, body)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        value.id,
                        value.incident,
                        value.channel,
                        value.action.value,
                        value.state.value,
                        stamp(value.created_at),
                        pack(value),
                    ),
                )
            case BlindTime():
                execute(
                    "INSERT INTO blind(scope, cause, began_at, ended_at) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT(scope, began_at) DO UPDATE SET ended_at = excluded.ended_at",
                    (value.scope.value, value.cause, stamp(value.began_at), stamp(value.ended_at)),
                )
            case Reminded():
                execute(
                    "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)",
                    (f"{REMINDED}{value.rotation}", stamp(value.upto)),
                )
            case Counterpart():
                execute(
                    "INSERT OR REPLACE INTO counterpart(opening, incident, settled, body) VALUES (?, ?, ?, ?)",
                    (value.opening, value.incident, int(value.settled), pack(value)),
                )
            case Errand():
                execute(
                    "INSERT OR REPLACE INTO errand(id, incident, ended, body) VALUES (?, ?, ?, ?)",
                    (value.id, value.incident, value.ended, pack(value)),
                )
            case Documents():
                self._write_documents(value.bodies)
            case Mute():
                execute("INSERT OR REPLACE INTO mute(name, body) VALUES (?, ?)", (value.monitor, pack(value)))
            case DigestLine():
                execute("INSERT OR REPLACE INTO digest(name, body) VALUES (?, ?)", (value.key, pack(value)))
            case Change():
                execute(
                    "INSERT INTO change(at, summary, link, monitor, by) VALUES (?, ?, ?, ?, ?)",
                    (stamp(value.at), value.summary, value.link, value.monitor, value.by),
                )
            case _:
                raise TypeError(f"cannot save a {type(value).__name__}")

    def _save_incident(self, incident: Incident) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO incident(id, number, monitor, purpose, status, severity, opened_at, resolved_at,"
            " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                incident.id,
                incident.number,
                incident.monitor,
                incident.purpose.value,
                incident.status.value,
                incident.severity.value,
                stamp(incident.opened_at),
                stamp(incident.resolved_at),
                pack(incident),
            ),
        )

    def set_meta(self, **values: str) -> None:
        """Write facts about the installation."""
        with transaction(self.connection):
            self.connection.executemany("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", values.items())

    def _write_documents(self, documents: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        self.connection.execute("DELETE FROM document")
        self.connection.executemany(
            "INSERT INTO document(noun, name, body) VALUES (?, ?, ?)",
            [(noun, name, json.dumps(body, ensure_ascii=False)) for (noun, name), body in documents.items()],
        )


_TABLE = {"watch": "watch", "channel": "channel", "mute": "mute", "digest": "digest"}


def _blind(row: sqlite3.Row) -> BlindTime:
    return unpack(BlindTime, json.dumps({key: row[key] for key in ("scope", "cause", "began_at", "ended_at")}))


def _record_body(record: ChannelRecord) -> str:
    """Return a record with its channel's settings, because a retired one has no other place for them."""
    channel = record.channel
    packed = json.loads(pack(record, leave_out=_RECORD_LEAVES_OUT))
    settings = channel.settings
    packed["channel"] = {
        "name": channel.name,
        "kind": channel.kind,
        "auto_resolve": channel.auto_resolve,
        "max_per_minute": channel.max_per_minute,
        "settings": settings.model_dump(mode="json", by_alias=True, exclude_none=True)
        if settings is not None
        else None,
    }
    return json.dumps(packed, ensure_ascii=False)
