"""Writing a widget to a file as it is drawn: PNG at twice its size, or SVG."""

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from statusapp_desktop.words import tr

_RATIO = 2.0


def write_picture(widget: QWidget, name: str) -> str:
    """Write ``widget`` to ``name``, as SVG when it ends so, else as PNG; return what to say of it."""
    done = _svg(widget, name) if Path(name).suffix.lower() == ".svg" else _png(widget, name)
    if done:
        return tr("Written to {file}.", file=name)
    return tr("{file} could not be written: is the folder there, and may you write to it?", file=name)


def _png(widget: QWidget, name: str) -> bool:
    image = QImage(widget.size() * _RATIO, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_RATIO)
    image.fill(widget.palette().window().color())
    widget.render(image, QPoint())
    return bool(image.save(name))


def _svg(widget: QWidget, name: str) -> bool:
    # Qt only warns when it cannot open the file, so we open it ourselves first.
    try:
        Path(name).write_bytes(b"")
    except OSError:
        return False
    generator = QSvgGenerator()
    generator.setFileName(name)
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    # Points become as many units as on this screen, or words would not fit where they were laid out.
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle("StatusApp")
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.palette().window())
    widget.render(painter, QPoint())
    return painter.end()
