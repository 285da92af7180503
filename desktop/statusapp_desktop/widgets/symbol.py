"""A state's shape as a widget, with its word for those who do not see it."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from statusapp_desktop.icons import shape_pixmap
from statusapp_desktop.states import shape_word
from statusapp_desktop.theme import Theme
from statusapp_desktop.tokens import Shape


class Symbol(QWidget):
    """Draws one shape in the colours in force."""

    def __init__(self, theme: Theme, shape: Shape = "blind", size: int = 16) -> None:
        super().__init__()
        self._theme, self._size = theme, size
        self.shape_: Shape = shape
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_shape(shape)
        theme.changed.connect(self.update)

    def show_shape(self, shape: Shape) -> None:
        """Show another shape."""
        self.shape_ = shape
        self.setAccessibleName(shape_word(shape))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size that was asked for."""
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and signature
        """Draw."""
        painter = QPainter(self)
        colour = self._theme.tokens.states[self.shape_]
        painter.drawPixmap(0, 0, shape_pixmap(self.shape_, colour, self._size, self.devicePixelRatioF()))
        painter.end()
