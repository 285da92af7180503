"""The filter field, with its magnifier; Ctrl+F reaches it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from statusapp_desktop.icons import line_icon
from statusapp_desktop.theme import Theme

_PAUSE_MS = 120


class Search(QLineEdit):
    """Says ``wanted`` shortly after the last key."""

    wanted = Signal(str)

    def __init__(self, theme: Theme, hint: str, page: QWidget) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(True)
        self.setFixedWidth(230)
        self._theme = theme
        self._icon = self.addAction(line_icon("search", theme.tokens.muted), QLineEdit.ActionPosition.LeadingPosition)
        theme.changed.connect(self._recolour)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.wanted.emit(self.text()))
        self.textChanged.connect(self._pause.start)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), page).activated.connect(self.setFocus)

    def _recolour(self) -> None:
        self._icon.setIcon(line_icon("search", self._theme.tokens.muted))
