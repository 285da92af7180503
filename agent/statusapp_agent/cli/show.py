"""Drawing on the terminal: one sentence first, then tables that never wrap and never depend on colour."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from rich.cells import cell_len
from rich.console import Console, OverflowMethod, RenderableType
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text
from typer import Context

from statusapp_agent.cli.client import Reply
from statusapp_agent.cli.options import options_of
from statusapp_agent.cli.words import BLIND, MARKS, Mark

_GAP = 2
_SHORT = 28  # cells of a name beside prose
_PIPE_WIDTH = 120  # nobody's terminal: wide enough that grep finds whole names


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``gives`` is the width in cells down to which it may be cut when the screen is narrow."""

    title: str
    gives: int | None = None
    right: bool = False


Cell = str | Text
APPLY = "statusapp apply settings.toml"
V = TypeVar("V")


class Screen:
    """Where a command writes, and what it may use there. Colour goes away by itself (NO_COLOR, pipes)."""

    def __init__(self, *, stderr: bool = False) -> None:
        self.console = Console(markup=False, highlight=False, emoji=False, stderr=stderr)
        if not self.console.is_terminal:
            self.console.width = _pipe_width()
        self.now = datetime.now(UTC)

    @property
    def plain(self) -> bool:
        """Whether only ASCII can be written."""
        return not self.console.encoding.lower().startswith("utf")

    def mark(self, state: str) -> Text:
        """Return the sign of a state."""
        return self.sign(MARKS.get(state, BLIND))

    def sign(self, mark: Mark) -> Text:
        """Return a mark as it can be shown here."""
        return Text(mark.plain if self.plain else mark.shape, style=mark.style)

    def sentence(self, text: Cell, mark: Text | None = None) -> None:
        """Write a sentence, wrapped at words, with a sign in front of it."""
        body = Text(text) if isinstance(text, str) else text
        if mark is None:
            self._write(body)
        else:
            self.rows([(mark, body)])

    def next_step(self, words: str, command: str) -> None:
        """Write what can be done next; the command stands alone on its line, whole, to be copied."""
        self.sentence(f"{words}:")
        self.console.print(Text(f"  {command}", style="bold"), soft_wrap=True)

    def blank(self) -> None:
        """Write an empty line."""
        self.console.print()

    def heading(self, text: str) -> None:
        """Write the title of a part, with air above."""
        self.console.print()
        self._write(Text(text, style="bold"))

    def facts(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Write names and values in two columns; what is None or empty is left out, what is long folds."""
        known = [(Text(name, style="dim"), value) for name, value in pairs if value]
        if known:
            self.rows([(name, value if isinstance(value, Text) else Text(str(value))) for name, value in known])

    def rows(self, rows: Sequence[tuple[Text, ...]]) -> None:
        """Write rows whose last cell is prose: it wraps at words and keeps its left edge."""
        if not rows:
            return
        grid = Table.grid(padding=(0, _GAP, 0, 0))
        for _ in rows[0][1:]:
            grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for row in rows:
            for cell in row[:-1]:
                cell.truncate(_SHORT, overflow=self._cut)
            grid.add_row(*row)
        self._write(grid)

    @property
    def _cut(self) -> OverflowMethod:
        return "crop" if self.plain else "ellipsis"

    def _write(self, drawing: RenderableType) -> None:
        """Write line by line without the blanks at their ends, which only disturb who copies or compares."""
        for line in self.console.render_lines(drawing, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            self.console.print(Segments([*line, Segment.line()]), end="")

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """Write a table without lines. Columns that may be cut give way, the last first; then they are left out."""
        widths = _fit(columns, rows, self.console.width)
        kept = [index for index, width in enumerate(widths) if width]
        drawn = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
        for index in kept:
            drawn.add_column(
                columns[index].title,
                width=widths[index],
                justify="right" if columns[index].right else "left",
                no_wrap=True,
                overflow=self._cut,
            )
        for row in rows:
            drawn.add_row(*(_one_line(row[index]) for index in kept))
        self._write(drawn)


def _pipe_width() -> int:
    named = os.environ.get("COLUMNS", "")
    return int(named) if named.isdecimal() and int(named) > 0 else _PIPE_WIDTH


def _one_line(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text(" ".join(cell.split()))


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int) -> list[int]:
    widths = [
        max([cell_len(column.title), *(cell_len(_one_line(row[index]).plain) for row in rows)])
        for index, column in enumerate(columns)
    ]
    excess = sum(widths) + _GAP * (len(columns) - 1) - room
    giving = [index for index, column in enumerate(columns) if column.gives is not None]
    for index in reversed(giving):
        cut = min(max(excess, 0), max(widths[index] - (columns[index].gives or 0), 0))
        widths[index] -= cut
        excess -= cut
    for index in reversed(giving[1:]):
        if excess > 0:
            excess -= widths[index] + _GAP
            widths[index] = 0
    return widths


def print_json(document: Any) -> None:
    """Write one JSON document on stdout, in ASCII: it survives every locale and commands no terminal."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def answer(ctx: Context, reply: Reply[V], draw: Callable[[Screen, V], None]) -> None:
    """Write an answer as it was asked for: the agent's own JSON, or drawn for people."""
    if options_of(ctx).json:
        print_json(reply.raw)
    else:
        draw(Screen(), reply.view)


def confirm(question: str, *, yes: bool) -> None:
    """Ask on the terminal before something is destroyed; scripts are not asked. No ends the command."""
    import typer

    if not yes and sys.stdin.isatty():
        typer.confirm(question, default=False, abort=True, err=True)
