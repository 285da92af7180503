"""The headline figures in words: the agent's numbers, and how they changed against the stretch before. Pure."""

from dataclasses import dataclass
from typing import Any, Literal

from statusapp_desktop.words import length, tr

Mood = Literal["better", "worse", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: ``change`` with an arrow ("" when there is none), ``was`` in muted words, ``tip`` its definition."""

    title: str
    value: str
    change: str
    mood: Mood
    was: str
    tip: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose figures are wanted: everything, one tier, or one monitor."""

    by: Literal["", "tier", "monitor"] = ""
    key: str = ""


_NOTHING = {"incidents": 0, "never_acknowledged": 0, "mtta_s": None, "mttr_s": None}


def part(answer: dict[str, Any], chosen: Chosen) -> dict[str, Any]:
    """Return the figures of ``chosen`` in an answer that was grouped by it; a group without incidents is not told."""
    if not chosen.by:
        return answer
    return next((each for each in answer["groups"] if each["key"] == chosen.key), _NOTHING)


def figures(now: dict[str, Any], before: dict[str, Any] | None, definitions: dict[str, str]) -> list[Figure]:
    """Return the figures of a range next to those ``before`` it (None: not known)."""
    found = [
        _time(tr("MTTA, mean"), "mtta", now, before, definitions, tr("nothing was acknowledged")),
        _time(tr("MTTR, mean"), "mttr", now, before, definitions, tr("nothing was resolved")),
        _count(tr("Incidents"), "incidents", now, before, definitions),
        _count(tr("Never acknowledged"), "never_acknowledged", now, before, definitions),
    ]
    measures = now.get("measures")
    if measures is not None:
        known = before is not None and before.get("measures") is not None
        old = {**before["measures"], "incidents": before["incidents"]} if before is not None and known else None
        found.append(_count(tr("Escalated"), "escalated", measures, old, definitions))
    return found


def _time(
    title: str,
    name: str,
    now: dict[str, Any],
    before: dict[str, Any] | None,
    definitions: dict[str, str],
    nothing: str,
) -> Figure:
    here = now[f"{name}_s"]
    old = None if before is None else before[f"{name}_s"]
    tip = definitions.get(name, "")
    if here is None:
        return Figure(title, tr("n/a"), "", "", nothing, tip)
    tip += "\n" + tr(
        "p50 {p50}, p90 {p90}, over {n} incidents.", p50=length(here["p50"]), p90=length(here["p90"]), n=here["count"]
    )
    if old is None:
        return Figure(title, length(here["mean"]), "", "", tr("n/a before"), tip)
    change = here["mean"] - old["mean"]
    return Figure(title, length(here["mean"]), *_changed(change, length(abs(change)), length(old["mean"])), tip)


def _count(
    title: str, name: str, now: dict[str, Any], before: dict[str, Any] | None, definitions: dict[str, str]
) -> Figure:
    here, tip = now[name], definitions.get(name, "")
    if before is None:
        return Figure(title, f"{here:,}", "", "", tr("the period before is not known"), tip)
    if not before["incidents"]:
        # Perhaps nothing was watched then: no ground for "worse".
        return Figure(title, f"{here:,}", "", "", tr("none before"), tip)
    change = here - before[name]
    return Figure(title, f"{here:,}", *_changed(change, f"{abs(change):,}", f"{before[name]:,}"), tip)


def _changed(change: float, amount: str, was: str) -> tuple[str, Mood, str]:
    """Less is better in all of them. What rounds to nothing is no change."""
    if abs(change) < 1:
        return tr("no change"), "", tr("was {was}", was=was)
    arrow = "\N{BLACK DOWN-POINTING TRIANGLE}" if change < 0 else "\N{BLACK UP-POINTING TRIANGLE}"
    return f"{arrow} {amount}", "better" if change < 0 else "worse", tr("was {was}", was=was)
