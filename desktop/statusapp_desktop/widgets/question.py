"""The few dialogs there are: the title is the question, the body the consequence, the buttons the answers."""

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.label import Label


class Question(QDialog):
    """Asks without stopping the program: ``yes`` is called when that button is pressed."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        body: str,
        keep: str,
        does: str,
        yes: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        head = Label(title, more=2, bold=True, wrap=True)
        words = Label(body, wrap=True)
        words.setMinimumWidth(380)
        box.addWidget(head)
        box.addWidget(words)
        row = QHBoxLayout()
        row.addStretch(1)
        self.keep = button(keep, self.reject)
        self.does = button(does, self._yes, "danger")
        row.addWidget(self.keep)
        row.addWidget(self.does)
        box.addLayout(row)
        self._does = yes
        self.keep.setFocus()

    def _yes(self) -> None:
        self.accept()
        self._does()


def ask(parent: QWidget, title: str, body: str, keep: str, does: str, yes: Callable[[], object]) -> Question:
    """Open a question; it deletes itself when it is answered."""
    question = Question(parent, title, body, keep, does, yes)
    question.finished.connect(question.deleteLater)
    question.open()
    return question
