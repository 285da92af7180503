"""Draws the shapes of states and the line icons, crisp at every scale, in any colour."""

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

from statusapp_desktop.shapes import LINES, SHAPES, SQUARE

_APP = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44"><rect width="44" height="44" rx="10" fill="#1F5FBF"/>'
    '<path d="M8 23h7l4.5-12 6.5 22 4-10h6" fill="none" stroke="#FFFFFF" stroke-width="3" stroke-linecap="round" '
    'stroke-linejoin="round"/></svg>'
)
_TRAY_SIZES = (16, 22, 24, 32, 44, 48, 64)


def _grid(size: int) -> int:
    """Return the grid that a size is drawn on: each shape has one of 16 pixels and one of 22."""
    return 22 if size % 22 == 0 else 16


@lru_cache(maxsize=512)
def _drawn(svg: str, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def shape_svg(shape: str, colour: str, grid: int = 16) -> str:
    """Return a state's shape as an SVG document."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{grid}" height="{grid}" viewBox="0 0 {grid} {grid}">'
        f"{SHAPES[shape][grid].replace('@', colour)}</svg>"
    )


def shape_pixmap(shape: str, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return a state's shape, ``size`` logical pixels wide, drawn on the pixel grid that suits it."""
    return _drawn(shape_svg(shape, colour, _grid(round(size * ratio))), size, ratio)


def line_pixmap(name: str, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return a line icon."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="none" stroke="{colour}" '
        f'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" d="{LINES[name]}"/></svg>'
    )
    return _drawn(svg, size, ratio)


def line_icon(name: str, colour: str) -> QIcon:
    """Return a line icon for buttons and actions."""
    return _icon(lambda size: line_pixmap(name, colour, size), (16, 24, 32, 48))


def shape_icon(shape: str, colour: str) -> QIcon:
    """Return a state's shape for lists and menus."""
    return _icon(lambda size: shape_pixmap(shape, colour, size), (16, 22, 32, 44))


def app_icon() -> QIcon:
    """Return the icon of the program."""
    return _icon(lambda size: _drawn(_APP, size, 1.0), (16, 24, 32, 48, 64, 128, 256))


def tray_icon(shape: str, colour: str, number: int = 0) -> QIcon:
    """Return the tray's icon; from two on, ``number`` is cut out of the filled square in place of the cross."""
    if shape == "down" and number > 1:
        return _icon(lambda size: _counted(colour, number, size), _TRAY_SIZES)
    if shape == "muted" and number:
        # Muting hides sounds, never the state.
        return _icon(lambda size: _hollow(colour, number, size), _TRAY_SIZES)
    return _icon(lambda size: shape_pixmap(shape, colour, size), _TRAY_SIZES)


def _counted(colour: str, number: int, size: int) -> QPixmap:
    grid = _grid(size)
    # At 16 pixels two signs cannot be read.
    words = str(number) if number <= 9 else ("9" if size < 22 else "9+")
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    square = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {grid} {grid}">'
        f'<path fill="{colour}" d="{SQUARE[grid]}"/></svg>'
    )
    QSvgRenderer(QByteArray(square.encode())).render(painter, QRectF(0, 0, size, size))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.fillPath(_digits(words, size), QColor("#000000"))
    painter.end()
    return pixmap


def _hollow(colour: str, number: int, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = max(1.5, size / 11)
    painter.setPen(QPen(QColor(colour), line))
    edge = size / 16 + line / 2
    painter.drawRoundedRect(QRectF(edge, edge, size - 2 * edge, size - 2 * edge), size / 7, size / 7)
    digits = _digits(str(min(number, 9)), round(size * 0.85))
    painter.fillPath(digits.translated(size * 0.075, size * 0.075), QColor(colour))
    painter.end()
    return pixmap


def _digits(words: str, size: int) -> QPainterPath:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(max(8, round(size * (11 if len(words) == 1 else 9) / 16)))
    font.setWeight(QFont.Weight.Bold)
    path = QPainterPath()
    path.addText(0, 0, font, words)
    box = path.boundingRect()
    path.translate(size / 2 - box.center().x(), size / 2 - box.center().y())
    return path


def _icon(draw: Callable[[int], QPixmap], sizes: tuple[int, ...]) -> QIcon:
    icon = QIcon()
    for size in sizes:
        icon.addPixmap(draw(size))
        icon.addPixmap(draw(size), QIcon.Mode.Selected)  # else Qt tints it
    return icon
