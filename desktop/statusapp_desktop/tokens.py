"""Every colour and measure of the window, light and dark, as plain values: the one place to change the look."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["fine", "degraded", "down", "acknowledged", "blind", "maintenance", "muted", "unreachable", "paused"]

GAP = 8
MARGIN = 24
ROW = 34
SIDE = 204
NARROW = 900
"""Below this width of the window the sidebar shows icons alone."""


@dataclass(frozen=True)
class Tokens:
    """The colours of one scheme, as ``#RRGGBB``. Contrast on ``surface``: text 4.5 and above, outlines 3 and above."""

    dark: bool
    background: str
    surface: str
    subtle: str
    select: str
    border: str
    control: str
    text: str
    muted: str
    accent: str
    onaccent: str
    grid: str
    states: dict[Shape, str]
    tints: dict[Shape, str]
    bar_fine: str
    bar_degraded: str
    series: tuple[str, ...]
    heat: tuple[str, ...]


LIGHT = Tokens(
    dark=False,
    background="#F5F6F8",
    surface="#FFFFFF",
    subtle="#EEF1F4",
    select="#E3ECF9",
    border="#DCE1E7",
    control="#7C8693",
    text="#1A222C",
    muted="#566272",
    accent="#1F5FBF",
    onaccent="#FFFFFF",
    grid="#E6E9EE",
    states={
        "fine": "#0B7A58",
        "degraded": "#8A5A00",
        "down": "#B5172B",
        "acknowledged": "#1F5FBF",
        "blind": "#5A6573",
        "maintenance": "#94328A",
        "muted": "#626D7B",
        "unreachable": "#5A6573",
        "paused": "#626D7B",
    },
    tints={
        "fine": "#E2F2EB",
        "degraded": "#FBEFD5",
        "down": "#FCE8E6",
        "acknowledged": "#E3ECF9",
        "blind": "#ECEEF1",
        "maintenance": "#F7E8F5",
        "muted": "#EEF1F4",
        "unreachable": "#ECEEF1",
        "paused": "#EEF1F4",
    },
    bar_fine="#9FD0BB",
    bar_degraded="#B57700",
    series=("#1F5FBF", "#B4500B", "#4B6B2F", "#55606E"),
    heat=("#EEF1F4", "#C9DBF4", "#93B7E8", "#4F86D3", "#1F5FBF", "#143F82"),
)

DARK = Tokens(
    dark=True,
    background="#14181D",
    surface="#1B2027",
    subtle="#242B33",
    select="#223350",
    border="#303943",
    control="#737F8D",
    text="#E7ECF2",
    muted="#9BA7B5",
    accent="#7FB0FF",
    onaccent="#0E1A2B",
    grid="#2A323B",
    states={
        "fine": "#4CC79A",
        "degraded": "#E9B64F",
        "down": "#FF8278",
        "acknowledged": "#7FB0FF",
        "blind": "#A4AFBC",
        "maintenance": "#E59CDC",
        "muted": "#909CAB",
        "unreachable": "#A4AFBC",
        "paused": "#909CAB",
    },
    tints={
        "fine": "#18332B",
        "degraded": "#3A2F17",
        "down": "#442322",
        "acknowledged": "#1E2E48",
        "blind": "#2A3139",
        "maintenance": "#3C2539",
        "muted": "#262D35",
        "unreachable": "#2A3139",
        "paused": "#262D35",
    },
    bar_fine="#2C6350",
    bar_degraded="#E9B64F",
    series=("#7FB0FF", "#F2A65E", "#B4CF8F", "#A7B2BF"),
    heat=("#242B33", "#24395A", "#2F558C", "#4479C4", "#7FB0FF", "#C6DCFF"),
)
