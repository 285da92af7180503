"""The troubleshooting list in words and shapes: its sum, its groups, itself as text. Pure: the times are handed in."""

from collections.abc import Collection
from itertools import groupby

from statusapp_desktop.tokens import Shape
from statusapp_desktop.words import counted, tr
from statusapp_shared.protocol import DoctorFinding, DoctorView

SHAPES: dict[str, Shape] = {"pass": "fine", "fail": "down", "unknown": "blind"}


def verdict_word(verdict: str) -> str:
    """Return the one word that stands in capitals."""
    return {"pass": tr("PASS"), "fail": tr("FAIL"), "unknown": tr("UNKNOWN")}[verdict]


def overall(view: DoctorView) -> Shape:
    """Return the worst shape of all points; nothing looked at is unknown, not fine."""
    verdicts = {each.verdict for each in view.findings}
    if "fail" in verdicts:
        return "down"
    return "fine" if verdicts == {"pass"} else "blind"


def counts(view: DoctorView) -> str:
    """Return how many failed, are unknown and pass."""
    number = {key: sum(each.verdict == key for each in view.findings) for key in SHAPES}
    parts = [
        counted(number["fail"], "{n} failed", "{n} failed") if number["fail"] else "",
        counted(number["unknown"], "{n} could not be checked", "{n} could not be checked") if number["unknown"] else "",
        counted(number["pass"], "{n} passes", "{n} pass"),
    ]
    return ", ".join(part for part in parts if part) + "."


def groups(view: DoctorView) -> list[tuple[str, list[DoctorFinding]]]:
    """Return the points by question, in the agent's order: that in which a page travels."""
    return [(name, list(found)) for name, found in groupby(view.findings, key=lambda each: each.group)]


def passing(findings: Collection[DoctorFinding]) -> str:
    """Return "3 of 4 pass"."""
    good = sum(each.verdict == "pass" for each in findings)
    return tr("{good} of {all} pass", good=good, all=len(findings))


def named(finding: DoctorFinding, names: Collection[str]) -> str | None:
    """Return which of ``names`` a point is about: "NAS, confirmation" is about NAS; the longest name wins."""
    found = [name for name in names if finding.point.startswith(f"{name}, ")]
    return max(found, key=len, default=None)


def as_text(view: DoctorView, heading: str) -> str:
    """Return everything as plain text, to be pasted into a question to somebody."""
    lines = [heading, view.sentence, counts(view)]
    for name, findings in groups(view):
        lines += ["", name]
        for each in findings:
            lines.append(f"  {verdict_word(each.verdict):<8} {each.point}: {each.text}")
            if each.remedy and each.verdict != "pass":
                lines.append(f"           {each.remedy}")
    return "\n".join(lines) + "\n"
