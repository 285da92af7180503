"""One field of a form: label, editor, help, and the agent's sentence when something is wrong."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from statusapp_desktop.schema_fields import FieldSpec, as_text, from_text
from statusapp_desktop.theme import Theme
from statusapp_desktop.widgets.button import button
from statusapp_desktop.widgets.choice import Choice, Tick
from statusapp_desktop.widgets.label import Label, set_role
from statusapp_desktop.widgets.symbol import Symbol
from statusapp_desktop.words import tr

_SHORT, _LONG = 150, 420
Editor = QCheckBox | QComboBox | QLineEdit | QPlainTextEdit


class Field(QWidget):
    """Says ``edited`` whenever a person changes it; ``value`` is None where the default holds."""

    edited = Signal()

    def __init__(self, theme: Theme, spec: FieldSpec, *, fixed: bool = False) -> None:
        super().__init__()
        self.spec = spec
        self.touched = False
        self._held: Any = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.editor = self._make()
        self.editor.setAccessibleName(spec.title)
        self.editor.setAccessibleDescription(spec.help)
        if spec.kind != "switch":
            bare = spec.required or spec.default not in (None, [], "")
            label = Label(spec.title if bare else tr("{title} (optional)", title=spec.title))
            label.setBuddy(self.editor)
            column.addWidget(label)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(self.editor)
        self._row.addStretch(1)
        column.addLayout(self._row)
        if spec.kind == "secret":
            self._add_secret()
        if spec.help:
            column.addWidget(Label(spec.help, "muted", more=-1, wrap=True))
        self._symbol = Symbol(theme, "down", 12)
        self._said = Label(role="fault", wrap=True)
        self._fault = QWidget()
        row = QHBoxLayout(self._fault)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._said, 1)
        self._fault.hide()
        column.addWidget(self._fault)
        if fixed:
            self.editor.setEnabled(False)
            self.editor.setToolTip(tr("A name stays: history and incidents hang on it."))

    def _make(self) -> Editor:
        spec = self.spec
        match spec.kind:
            case "switch":
                box = Tick(spec.title)
                box.setChecked(bool(spec.default))
                box.clicked.connect(self._touch)
                return box
            case "choice":
                combo = Choice()
                combo.addItems(list(spec.choices))
                combo.setCurrentText(str(spec.default))
                combo.activated.connect(self._touch)
                combo.setFixedWidth(_SHORT + 20)
                return combo
            case "long" | "pairs":
                area = QPlainTextEdit()
                area.setPlaceholderText(spec.example)
                area.setTabChangesFocus(True)
                area.setFixedHeight(84)
                area.setFixedWidth(_LONG)
                area.textChanged.connect(self._touch)
                return area
            case _:
                line = QLineEdit()
                default = as_text(spec.default, spec.kind)
                line.setPlaceholderText(default or spec.example)
                if spec.short:
                    line.setFixedWidth(_SHORT)
                else:
                    line.setFixedWidth(_LONG)
                line.textEdited.connect(self._touch)
                return line

    def _touch(self) -> None:
        self.touched = True
        self.edited.emit()

    # Secrets: in, and never out

    def _add_secret(self) -> None:
        editor = self.editor
        assert isinstance(editor, QLineEdit)  # noqa: S101 - what `_make` returns for a secret
        editor.setEchoMode(QLineEdit.EchoMode.Password)
        editor.setPlaceholderText(tr("Paste it here"))
        self.is_set = Label(tr("Set; it is never shown."), "muted")
        self.replace = button(tr("Replace"), self._replace)
        self._row.insertWidget(0, self.is_set)
        self._row.insertWidget(1, self.replace)
        self.is_set.hide()
        self.replace.hide()

    def _replace(self) -> None:
        self.is_set.hide()
        self.replace.hide()
        self.editor.show()
        self.editor.setFocus()

    # Values

    def load(self, value: Any) -> None:
        """Show a document's value; None shows the default."""
        self.touched = False
        self._held = None
        self.show_fault("")
        editor = self.editor
        editor.blockSignals(True)
        match editor:
            case QCheckBox():
                editor.setChecked(bool(self.spec.default if value is None else value))
            case QComboBox():
                editor.setCurrentText(str(self.spec.default if value is None else value))
            case QPlainTextEdit():
                editor.setPlainText(as_text(value, self.spec.kind))
            case QLineEdit():
                self._load_line(editor, value)
        editor.blockSignals(False)

    def _load_line(self, editor: QLineEdit, value: Any) -> None:
        if self.spec.kind == "secret":
            self._held = value if isinstance(value, dict) else None
            editor.clear()
            editor.setVisible(self._held is None)
            self.is_set.setVisible(self._held is not None)
            self.replace.setVisible(self._held is not None)
        else:
            editor.setText(as_text(value, self.spec.kind))

    def value(self) -> Any:
        """Return what to write into the document, None for nothing or the default."""
        editor = self.editor
        match editor:
            case QCheckBox():
                return None if editor.isChecked() == bool(self.spec.default) else editor.isChecked()
            case QComboBox():
                return None if editor.currentText() == str(self.spec.default) else editor.currentText()
            case QPlainTextEdit():
                return from_text(editor.toPlainText(), self.spec)
            case QLineEdit():
                written = from_text(editor.text(), self.spec)
                return self._held if written is None and self.spec.kind == "secret" else written

    def show_fault(self, sentence: str) -> None:
        """Show what is wrong, or nothing."""
        set_role(self.editor, "fault", bool(sentence))
        self._said.setText(sentence)
        self._fault.setVisible(bool(sentence))
        self.editor.setAccessibleDescription(sentence or self.spec.help)

    @property
    def faulty(self) -> bool:
        """Whether something is said to be wrong."""
        return bool(self._said.text())
