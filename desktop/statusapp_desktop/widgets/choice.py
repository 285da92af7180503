"""Boxes to tick and to choose from, with the marks that a style sheet can only take from a file."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QStyle, QStyleOptionButton

from statusapp_desktop.icons import line_pixmap


class Tick(QCheckBox):
    """A box to tick; the sheet draws the box, this the tick."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the tick into the box."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box: QRect = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        colour = self.palette().highlightedText().color().name()
        pixmap = line_pixmap("tick", colour, 12, self.devicePixelRatioF())
        painter.drawPixmap(box.center().x() - 5, box.center().y() - 5, pixmap)
        painter.end()


class Choice(QComboBox):
    """A list to choose from, with its arrow."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the arrow at the right."""
        super().paintEvent(event)
        painter = QPainter(self)
        colour = self.palette().placeholderText().color().name()
        pixmap = line_pixmap("more", colour, 14, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 22, self.height() // 2 - 7, pixmap)
        painter.end()
