"""The line of every key and table of a TOML text that tomllib has accepted.

tomllib tells what a text means but not where; this walks the same text for places alone and never reads a value. What
it does not understand ends the walk: a place is then not known, and nothing else happens.
"""

import re
from bisect import bisect_right
from contextlib import suppress

Path = tuple[str | int, ...]
"""From the top of the document: names of keys, and positions in arrays."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})' r"|'''.*?'''(?:'{0,2})" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_DEEPEST = 100  # settings nest four deep; far below Python's own limit


class Places:
    """Lines by path; what is not in the file is placed at the nearest table around it."""

    def __init__(self, lines: dict[Path, int] | None = None) -> None:
        self.lines = lines or {}

    def line(self, path: Path) -> int | None:
        """Return the line (from 1) of a key, else of what is around it, else None."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return None


class _LostError(Exception):
    """The walk met something that it does not understand."""


def locate(text: str) -> Places:
    """Return where the keys of a valid TOML text are."""
    walk = _Walk(text)
    with suppress(_LostError, IndexError):
        walk.document()
    return Places(walk.lines)


class _Walk:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table, 0)

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", start)
        self._at += 2 if many else 1
        names = self._names()
        self._at += 2 if many else 1
        path: Path = ()
        for name in names[:-1]:
            self.lines.setdefault((*path, name), self._line(start))
            path = self._latest((*path, name))
        path = (*path, names[-1])
        if many:
            self.lines.setdefault(path, self._line(start))
            self._counts[path] = self._counts.get(path, 0) + 1
        path = self._latest(path)
        self.lines[path] = self._line(start)
        return path

    def _latest(self, path: Path) -> Path:
        """Return the last element where a path names an array of tables."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path, depth: int) -> None:
        start = self._at
        path = table
        for name in self._names():
            path = (*path, name)
            self.lines.setdefault(path, self._line(start))
        self._expect("=")
        self._skip(_SPACE)
        self._value(path, depth)

    def _names(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            names.append(_unquoted(self._take(_KEY)))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return names
            self._at += 1

    def _value(self, path: Path, depth: int) -> None:
        if depth > _DEEPEST:
            raise _LostError
        first = self._text[self._at]
        if first in "\"'":
            self._take(_TEXT)
        elif first == "[":
            self._array(path, depth)
        elif first == "{":
            self._inline(path, depth)
        else:
            self._take(_PLAIN)

    def _array(self, path: Path, depth: int) -> None:
        self._at += 1
        position = 0
        while True:
            self._skip(_BLANK)
            if self._text[self._at] == "]":
                self._at += 1
                return
            self.lines[(*path, position)] = self._line(self._at)
            self._value((*path, position), depth + 1)
            position += 1
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1

    def _inline(self, path: Path, depth: int) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._text[self._at] == "}":
                self._at += 1
                return
            self._pair(path, depth + 1)
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self._text, self._at):
            self._at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _LostError
        self._at = match.end()
        return match.group()

    def _expect(self, character: str) -> None:
        if self._text[self._at] != character:
            raise _LostError
        self._at += 1

    def _line(self, at: int) -> int:
        return bisect_right(self._breaks, at - 1) + 1


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if not key.startswith('"'):
        return key
    return _ESCAPE.sub(lambda match: _character(match.group(1)), key[1:-1])


def _character(code: str) -> str:
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)
