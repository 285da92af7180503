"""What StatusApp is made of and under which licences, for About: read out of what is installed, or what was frozen."""

import json
import re
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

FROZEN_FILE = "licences.json"
"""Stands beside a frozen program, which no longer has its parts' own files."""
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One package of somebody else: ``licence`` is its own word for it, ``needs`` the names of what it builds on."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()
    text: str = ""


def parts() -> list[Part]:
    """Return all parts of the program that runs, sorted by name; empty when nothing is known of them."""
    beside = Path(sys.executable).parent / FROZEN_FILE
    if getattr(sys, "frozen", False):
        try:
            return [Part(**{**one, "needs": tuple(one["needs"])}) for one in json.loads(beside.read_text("utf-8"))]
        except (OSError, ValueError, TypeError, KeyError):
            return []
    return installed("statusapp", frozenset())


def installed(name: str, extras: frozenset[str]) -> list[Part]:
    """Return what a distribution needs, as far as it is installed here, without itself."""
    found: dict[str, Part] = {}
    waiting = list(_needs(name, extras))
    while waiting:
        needed = waiting.pop()
        if needed in found:
            continue
        try:
            distribution = metadata.distribution(needed)
        except metadata.PackageNotFoundError:
            continue  # for another platform, or an extra that nobody asked for
        needs = tuple(sorted(set(_needs(needed, frozenset()))))
        found[needed] = Part(needed, distribution.version, _licence(distribution), needs, _text(distribution))
        waiting += needs
    known = set(found)
    return [_only(found[each], known) for each in sorted(found)]


def dump(found: list[Part]) -> str:
    """Return parts as the text of the file beside a frozen program."""
    return json.dumps([asdict(part) for part in found], indent=1, ensure_ascii=False)


def as_text(found: list[Part]) -> str:
    """Return parts for people: the list, then the texts."""
    width = max((len(part.name) for part in found), default=0)
    listed = "\n".join(f"{part.name:<{width}}  {part.version:<12}  {part.licence}" for part in found)
    texts = [f"{'=' * 78}\n{part.name} {part.version}\n\n{part.text.strip()}\n" for part in found if part.text]
    return "\n".join([listed, "", *texts])


def _only(part: Part, known: set[str]) -> Part:
    return Part(part.name, part.version, part.licence, tuple(n for n in part.needs if n in known), part.text)


def _needs(name: str, extras: frozenset[str]) -> list[str]:
    try:
        lines = metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:
        return []
    found = []
    for line in lines:
        asked, _, marker = line.partition(";")
        extra = _EXTRA.search(marker)
        start = _NAME.match(asked.strip())
        if start is not None and (extra is None or extra.group(1) in extras):
            found.append(re.sub(r"[-_.]+", "-", start.group()).lower())
    return found


def _licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata.json
    if stated := about.get("license_expression"):
        return str(stated)
    classified = [each.rpartition(" :: ")[2] for each in about.get("classifier", ()) if each.startswith("License ::")]
    if classified:
        return " AND ".join(sorted(set(classified)))
    first = str(about.get("license", "")).strip().partition("\n")[0]
    return first[:80] or "not stated"


def _text(distribution: metadata.Distribution) -> str:
    texts = []
    for file in distribution.files or []:
        name = file.name.upper()
        if ".dist-info" in str(file) and name.startswith(("LICEN", "COPYING", "NOTICE")):
            try:
                texts.append(Path(str(file.locate())).read_text("utf-8", "replace"))
            except OSError:
                continue
    return "\n\n".join(texts)
