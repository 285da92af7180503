"""Strips: what each monitor was over a range of time, cell by cell."""

from pydantic import AwareDatetime

from statusapp_shared.protocol import View

FINE, DEGRADED, DOWN, BLIND, NOTHING = "f", "d", "D", "b", "-"
"""The letters of a strip; worse ones win within a cell. ``-``: nothing was due, or nothing is remembered."""


class StripView(View):
    """One monitor's strip: a letter for each cell, oldest first."""

    monitor: str
    cells: str


class StripsView(View):
    """The strips of all monitors over one range; each cell is ``cell_s`` seconds long."""

    since: AwareDatetime
    until: AwareDatetime
    cell_s: float
    items: list[StripView]
