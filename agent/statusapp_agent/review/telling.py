"""The words of a review: what happened, what changed, what to do; each a few sentences made of the material alone."""

from collections.abc import Iterable

from statusapp_agent.core.figures import Figure
from statusapp_agent.core.measures import change
from statusapp_agent.core.model import Incident
from statusapp_agent.core.phrases import between, clock, count, length, listed
from statusapp_agent.review.material import Material

_WORTH_TELLING = 0.1
"""A figure that moved by less than a tenth did not move."""
_NAMED = 3
_POOR_SHARE = 0.99


def happened(material: Material) -> list[str]:
    """Return what happened, in sentences; the first one alone is the whole in brief."""
    told, incidents = material.this, material.this.incidents
    noun = material.period.noun
    so_far = " so far" if material.period.running else ""
    if not told.figures.incidents:
        found = [f"A quiet {noun}{so_far}: no incident."]
    else:
        busiest = told.figures.groups[0]
        most = (
            f", {busiest.incidents} of them of {busiest.key}" if 1 < busiest.incidents < told.figures.incidents else ""
        )
        found = [f"{count(told.figures.incidents, 'incident')} this {noun}{so_far}{most}."]
        found.append(_answered(material))
        longest = max(incidents, key=lambda each: (each.resolved_at or material.now) - each.opened_at)
        lasted = between(longest.opened_at, longest.resolved_at or material.now)
        verb = "lasted" if longest.resolved_at else "has lasted"
        when = clock(longest.opened_at, material.now, material.zone)
        found.append(f"The longest {verb} {lasted}: {longest.monitor}, {when}, {longest.cause}.")
    if material.still_open:
        found.append(f"Still open: {listed(_names(material.still_open))}.")
    if told.figures.blind_s >= 60:
        found.append(f"Blind for {length(told.figures.blind_s)} of it: nothing is known of that time.")
    return [each for each in found if each]


def _answered(material: Material) -> str:
    figures, told = material.this.figures, material.this.measures
    if not figures.acknowledged:
        return "Nobody acknowledged any of them."
    taken = f", after {length(figures.mtta_s.mean)} on average" if figures.mtta_s else ""
    woken = f"; {count(told.sleep_hours, 'page')} arrived at night" if told.sleep_hours else ""
    return f"{figures.acknowledged} of {figures.incidents} were acknowledged{taken}{woken}."


def _names(incidents: Iterable[Incident]) -> list[str]:
    names = list(dict.fromkeys(f"#{each.number} {each.monitor}" for each in incidents))
    return names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more"]


def changed(material: Material) -> list[str]:
    """Return what is otherwise than in the period before."""
    this, before, noun = material.this.figures, material.before.figures, material.period.noun
    if not before.incidents and not this.incidents:
        return [f"The {noun} before had no incident either."]
    found = []
    if this.incidents != before.incidents:
        word = "more" if this.incidents > before.incidents else "fewer"
        found.append(
            f"{abs(this.incidents - before.incidents)} {word} than in the same stretch of the {noun} before "
            f"({before.incidents})."
        )
    else:
        found.append(f"As many incidents as in the same stretch of the {noun} before.")
    for name, now, then in (
        ("acknowledge", this.mtta_s, before.mtta_s),
        ("resolve", this.mttr_s, before.mttr_s),
    ):
        found.append(_moved(name, now, then))
    new = sorted({g.key for g in this.groups} - {g.key for g in before.groups})
    if new and before.incidents:
        some = new if len(new) <= _NAMED else [*new[:_NAMED], f"{len(new) - _NAMED} more"]
        found.append(f"New among those that fail: {listed(some)}.")
    return [each for each in found if each]


def _moved(what: str, now: Figure | None, before: Figure | None) -> str:
    share = change(now.mean if now else None, before.mean if before else None)
    if share is None or now is None or before is None or abs(share) < _WORTH_TELLING:
        return ""
    word = "longer" if share > 0 else "less"
    return f"It took {word} to {what}: {length(now.mean)} on average, after {length(before.mean)}."


def to_do(material: Material) -> list[str]:
    """Return what somebody should do, most pressing first."""
    found = [
        f"Take #{each.number}: {each.monitor} is down and nobody has acknowledged it."
        for each in material.still_open
        if each.acknowledged_at is None
    ]
    found += [f"{pattern.fact} {pattern.suggestion}" for pattern in material.patterns]
    poor = [each for each in material.availability if each.share is not None and each.share < _POOR_SHARE]
    known = {pattern.monitor for pattern in material.patterns}
    for each in sorted(poor, key=lambda each: each.share or 0.0):
        if each.monitor not in known:
            found.append(f"{each.monitor} was up {percent(each.share)} of the time: find out what it needs.")
    without_runbook = sorted(
        {each.monitor for each in material.this.incidents if _has_no_runbook(material, each.monitor)}
    )
    if without_runbook:
        names = without_runbook if len(without_runbook) <= _NAMED else [*without_runbook[:_NAMED], "others"]
        found.append(f"Write down what to do when {listed(names)} fails: `runbook` puts the link into each page.")
    return found


def _has_no_runbook(material: Material, name: str) -> bool:
    monitor = material.monitors.get(name)
    return monitor is not None and monitor.runbook is None


def percent(share: float | None) -> str:
    """Return ``99.61 %``; never 100 where something is missing, and ``n/a`` where nothing was seen."""
    if share is None:
        return "n/a"
    if share >= 1:
        return "100 %"
    return f"{min(99.99, share * 100):.2f} %"
