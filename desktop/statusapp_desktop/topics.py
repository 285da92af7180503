"""The help that ships with the window: Markdown files, their titles, and finding words in them. Pure but for reading.

A page is a file ``NN-key.md`` whose first line is its title; the numbers order the pages and group them by tens.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from statusapp_desktop.words import tr


@dataclass(frozen=True, slots=True)
class Topic:
    """One page: ``text`` is Markdown, with links ``help:KEY``, ``pane:KEY`` and ``https:``."""

    key: str
    group: str
    title: str
    text: str


def _group(number: str) -> str:
    return {"0": tr("Start"), "1": tr("Channels")}.get(number[0], tr("Topics"))


@cache
def topics() -> tuple[Topic, ...]:
    """Return every page in order."""
    found = []
    for file in sorted((each for each in files(__package__).joinpath("help").iterdir()), key=lambda each: each.name):
        name = re.fullmatch(r"(\d\d)-([a-z-]+)\.md", file.name)
        if name is not None:
            text = file.read_text("utf-8")
            title = text.partition("\n")[0].removeprefix("# ")
            found.append(Topic(name[2], _group(name[1]), title, text))
    return tuple(found)


def search(pages: tuple[Topic, ...], words: str) -> list[Topic]:
    """Return the pages that hold every word, those with all of them in the title first."""
    wanted = words.casefold().split()
    found = [each for each in pages if all(word in each.text.casefold() for word in wanted)]
    return sorted(found, key=lambda each: not all(word in each.title.casefold() for word in wanted))


def passage(topic: Topic, words: str, around: int = 40) -> str:
    """Return the place at which the first word stands, without Markdown's signs, for the list of what was found."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", topic.text.partition("\n")[2])
    plain = re.sub(r"[*#`]|^\d+\. |^- ", "", plain, flags=re.MULTILINE)
    plain = " ".join(plain.split())
    folded = plain.casefold()
    # The words in a row, if they stand so anywhere; else the first of them.
    tries = (words.casefold().strip(), *words.casefold().split()[:1])
    first = next((each for each in tries if each and each in folded), "")
    at = folded.find(first) if first else -1
    if at < 0:
        return ""
    begin, end = max(0, at - around), min(len(plain), at + len(first) + around)
    begin = plain.find(" ", begin) + 1 if begin else 0
    end = plain.rfind(" ", begin, end) if end < len(plain) else end
    dots = "\N{HORIZONTAL ELLIPSIS}"
    return f"{dots if begin else ''}{plain[begin:end]}{dots if end < len(plain) else ''}"
