"""The form of one monitor or channel with its foot: discard, what is not saved, save."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing, Noun
from statusapp_desktop.schema_fields import FieldSpec
from statusapp_desktop.widgets.button import Busy, button
from statusapp_desktop.widgets.card import line
from statusapp_desktop.widgets.form import Form
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr
from statusapp_shared.protocol import FaultView

_PAUSE_MS = 400


class Editor(QWidget):
    """Says ``saved`` with the name when the agent has taken it over, ``left`` when it was given up."""

    saved = Signal(str)
    left = Signal()

    def __init__(
        self,
        desk: Desk,
        noun: Noun,
        sections: Sequence[tuple[str, Sequence[FieldSpec]]],
        document: dict[str, Any],
        save_words: str,
    ) -> None:
        super().__init__()
        self.desk, self._noun = desk, noun
        self._editing = Editing(desk, self)
        self.is_new = "name" not in document
        self.form = Form(desk.theme, sections, fixed=frozenset() if self.is_new else frozenset({"name"}))
        self.form.load(document)
        self.form.edited.connect(self._edited)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._judge)
        self.discard = button(tr("Cancel") if self.is_new else tr("Discard changes"), self.left.emit, "quiet")
        self.state = Label(role="muted", wrap=True)
        self.save_button = button(save_words, self.save, "primary")
        self._busy: Busy | None = None
        foot = QHBoxLayout()
        foot.addWidget(self.discard)
        foot.addWidget(self.state, 1)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.form, 1)
        column.addWidget(line())
        column.addLayout(foot)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self).activated.connect(self.save)

    def _edited(self) -> None:
        self.state.setText(tr("Not saved yet") if self.form.is_edited() else "")
        self._pause.start()

    def _judge(self) -> None:
        self._editing.judge(self._noun, self.form.document(), self._judged)

    def _judged(self, faults: list[FaultView], _sentence: str) -> None:
        self.form.show_faults(faults)

    def save(self) -> None:
        """Let the agent take it over; a fault is shown and gone to."""
        if self._busy is not None:
            return
        self._pause.stop()
        self._busy = Busy(self.save_button, tr("Saving"))
        self._editing.save(self._noun, [self.form.document()], self._saved)

    def _saved(self, faults: list[FaultView], sentence: str) -> None:
        if self._busy is not None:
            self._busy.over()
            self._busy = None
        if sentence:
            if self.form.show_faults(faults, everywhere=True):
                self.form.go_to_fault()
            self.state.setText("" if faults else sentence)
            return
        self.saved.emit(str(self.form.document()["name"]))
