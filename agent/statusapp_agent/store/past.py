"""Reading what was around one moment: results, incidents, blind time and what people did. Connections are short."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from statusapp_agent.core.model import Incident
from statusapp_agent.core.why_then import Deed, Past, Seen
from statusapp_agent.store.history import blind_times, reading, story
from statusapp_agent.store.rows import stamp, unpack
from statusapp_agent.store.samples import read_samples

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=10)
_MOST_RESULTS = 2_000
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Files:
    """Where the history is."""

    state: Path
    samples: Path


def past(files: Files, monitor: str, at: datetime) -> Past:
    """Return what is written of a monitor around a moment. Raises sqlite3.Error and OSError."""
    incidents = _incidents(files.state, at)
    own = [each for each in incidents if each.monitor == monitor]
    holding = [each for each in incidents if monitor in each.children]
    told = {each.id: story(files.state, each.id) for each in own}
    return Past(
        at=at,
        seen=tuple(_seen(files.samples, monitor, at - BEFORE, at + AFTER)),
        incidents=tuple(own),
        holding=tuple(holding),
        timelines={one: found.timeline for one, found in told.items() if found is not None},
        deliveries={one: found.deliveries for one, found in told.items() if found is not None},
        blind=tuple(blind_times(files.state, at - timedelta(minutes=1), at + timedelta(minutes=1))),
        deeds=tuple(_deeds(files.state, monitor, at)),
    )


def _seen(path: Path, monitor: str, since: datetime, until: datetime) -> list[Seen]:
    samples = read_samples(path, monitor, since, _MOST_RESULTS, until)
    return [Seen(each.at, each.status, each.message) for each in samples]


def _incidents(path: Path, at: datetime) -> list[Incident]:
    """Return real incidents that were open at the moment, ended shortly before or opened shortly after."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT body FROM incident WHERE purpose = 'real' AND opened_at <= ? AND"
            " (resolved_at IS NULL OR resolved_at >= ?) ORDER BY number LIMIT ?",
            (stamp(at + AFTER), stamp(at - BEFORE), _MOST_ROWS),
        ).fetchall()
    return [unpack(Incident, row["body"]) for row in rows]


def _deeds(path: Path, monitor: str, at: datetime) -> list[Deed]:
    """Return what people did to this monitor until then, and to the settings in the day before."""
    with reading(path) as connection:
        rows = connection.execute(
            "SELECT * FROM (SELECT * FROM audit WHERE at <= ? AND (subject = ? OR (subject = '' AND at >= ?))"
            " ORDER BY id DESC LIMIT ?) ORDER BY id",
            (stamp(at), monitor, stamp(at - timedelta(days=1)), _MOST_ROWS),
        ).fetchall()
    return [
        Deed(datetime.fromisoformat(row["at"]), row["by"] or "", row["deed"] or "", row["detail"] or "") for row in rows
    ]
