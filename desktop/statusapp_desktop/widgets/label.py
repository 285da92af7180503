"""Text: wraps, can be selected, and takes a role of the style sheet."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from statusapp_desktop.theme import sized


class Label(QLabel):
    """Plain text, never HTML: names and causes come from outside."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        *,
        more: int = 0,
        bold: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        if more or bold:
            self.setFont(sized(self.font(), more, QFont.Weight.DemiBold if bold else None))
        if wrap:
            self.setWordWrap(True)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        elif role == "chip":
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Let text that wraps be narrow: how high it must be then, the layout asks by width."""
        return QSize(40, self.fontMetrics().height()) if self.wordWrap() else super().minimumSizeHint()


def set_role(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at, and have it looked at again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.updateGeometry()
