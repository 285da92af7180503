"""Text: wraps, can be selected, and takes a role of the style sheet."""

from PySide6.QtCore import Qt
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
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            self.setMinimumWidth(40)


def set_role(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at, and have it looked at again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
