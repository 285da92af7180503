"""What stands where there is nothing yet: what is missing, why it matters, one button."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.label import Label


class Empty(QWidget):
    """A title, a line, a button."""

    def __init__(self, title: str, why: str, text: str = "", pressed: Callable[[], object] | None = None) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 40, 24, 48)
        box.addStretch(1)
        self.title = Label(title, more=2, bold=True, wrap=True)
        self.why = Label(why, "muted", wrap=True)
        for each in (self.title, self.why):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            box.addWidget(each)
        if text and pressed is not None:
            self.button = button(text, pressed, "primary")
            box.addSpacing(8)
            box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(2)

    def say(self, title: str, why: str) -> None:
        """Change the words."""
        self.title.setText(title)
        self.why.setText(why)
