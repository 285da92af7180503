"""How one monitor, and one check of it, look on the terminal."""

from collections.abc import Sequence

from rich.text import Text

from statusapp_agent.cli.show import Column, Screen
from statusapp_agent.cli.words import age, clock, length, milliseconds
from statusapp_shared.protocol import CheckNowView, MonitorView, ResultView

_BAR_CELLS = 30
_STEPS = "▁▂▃▄▅▆▇█"


def draw(screen: Screen, view: MonitorView) -> None:
    """Write a monitor: what is true now, then how it is watched."""
    lasts = "" if view.since is None else f", for {length((screen.now - view.since).total_seconds())}"
    flapping = " It keeps changing, so its recoveries count only after a quiet while." if view.flapping else ""
    screen.sentence(
        f"{view.name} is {view.state}{lasts}: {_ended(view.reason or 'no reason known')}{flapping}",
        screen.mark(view.state),
    )
    screen.blank()
    screen.facts(
        [
            (
                "incident",
                view.incident_id and f"#{view.incident_number}: statusapp incidents show {view.incident_number}",
            ),
            ("target", f"{view.kind} {view.target}"),
            ("checked", _checked(screen, view)),
            ("latency", _latency(screen, view)),
            ("every", f"{length(view.interval_s)}, {length(view.retry_interval_s)} while failing"),
            ("time limit", length(view.timeout_s)),
            ("confirmed by", f"{view.failures} failures to open, {view.recoveries} good checks to close"),
            ("slow above", view.degraded_above_s and length(view.degraded_above_s)),
            ("severity", view.severity),
            ("told", _told(view)),
            ("depends on", ", ".join(view.depends_on)),
            ("runbook", view.runbook),
            ("notes", view.notes),
            ("tags", ", ".join(view.tags)),
        ]
    )


def draw_results(screen: Screen, results: Sequence[ResultView]) -> None:
    """Write the latest results as a table."""
    if not results:
        return
    screen.heading("Latest checks")
    screen.table(
        [Column(""), Column("at"), Column("latency", right=True), Column("result", 16)],
        [
            [
                screen.mark(result.status),
                clock(result.at, screen.now, seconds=True),
                milliseconds(result.latency_ms),
                result.message or result.error or result.status,
            ]
            for result in results
        ],
    )


def draw_check(screen: Screen, view: CheckNowView) -> None:
    """Write one check with its phases, and what it means for the monitor."""
    result, monitor = view.result, view.monitor
    took = f" in {milliseconds(result.latency_ms)}" if result.latency_ms is not None else ""
    said = result.message or result.error or "the check gave no reason"
    screen.sentence(
        f"{monitor.name}, checked now, is {result.status}{took}: {_ended(said)}", screen.mark(result.status)
    )
    if result.phases_ms:
        screen.blank()
        _phases(screen, result)
    facts = [(name.replace("_", " "), str(value)) for name, value in result.facts.items() if value not in (None, "")]
    if facts:
        screen.blank()
        screen.facts(facts)
    screen.blank()
    screen.sentence(f"The monitor is {monitor.state}: {_ended(monitor.reason or 'no reason known')}")


def _phases(screen: Screen, result: ResultView) -> None:
    longest = max(result.phases_ms.values()) or 1.0
    block = "#" if screen.plain else "█"
    screen.table(
        [Column("phase"), Column("took", right=True), Column("", 4)],
        [
            [
                name.replace("_", " "),
                milliseconds(took),
                Text(block * max(round(took / longest * _BAR_CELLS), 1 if took else 0), style="blue"),
            ]
            for name, took in result.phases_ms.items()
        ],
    )


def _checked(screen: Screen, view: MonitorView) -> str:
    if view.state == "paused":
        return f"{age(view.last_check_at, screen.now)}; not again until it is resumed"
    ahead = f", next {age(view.next_check_at, screen.now)}" if view.next_check_at else ""
    return age(view.last_check_at, screen.now) + ahead


def _latency(screen: Screen, view: MonitorView) -> str:
    known = [value for value in view.recent_latency_ms if value is not None]
    now = milliseconds(view.latency_ms)
    if screen.plain or len(known) < 2:
        return now
    top = max(known) or 1.0
    drawn = "".join(
        " " if value is None else _STEPS[min(int(value / top * len(_STEPS)), len(_STEPS) - 1)]
        for value in view.recent_latency_ms[-_BAR_CELLS:]
    )
    return f"{now}  {drawn}  up to {milliseconds(top)}".strip()


def _told(view: MonitorView) -> str:
    if view.channels is not None:
        named = ", ".join(view.channels) or "nobody"
    else:
        named = f"tier {view.tier}" if view.tier else "nobody yet"
    return named


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
