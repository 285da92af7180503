"""A form drawn from the agent's schema, in sections: any kind, now and later."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from statusapp_desktop.icons import shape_icon
from statusapp_desktop.schema_fields import FieldSpec, get, plain_sentence, put
from statusapp_desktop.theme import Theme
from statusapp_desktop.widgets.field import Field
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr
from statusapp_shared.protocol import FaultView

MANY = 8
"""Above this number of fields the sections stand down the left."""


class Form(QWidget):
    """Fields by section. ``document`` is what was loaded with what was edited; keys it has no field for are kept."""

    edited = Signal()

    def __init__(
        self, theme: Theme, sections: Sequence[tuple[str, Sequence[FieldSpec]]], *, fixed: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self._theme = theme
        self._loaded: dict[str, Any] = {}
        self.fields: dict[tuple[str, ...], Field] = {}
        self._pages: list[tuple[str, QVBoxLayout, list[Field]]] = []
        self._names = QListWidget()
        self._names.setObjectName("side")
        self._names.setFixedWidth(168)
        self._names.setIconSize(QSize(12, 12))
        self._names.setAccessibleName(tr("Sections"))
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addWidget(self._names)
        row.addWidget(self._stack, 1)
        for title, specs in sections:
            self._section(title, specs, fixed)
        self._names.currentRowChanged.connect(self._stack.setCurrentIndex)
        self._names.setCurrentRow(0)
        few = sum(len(specs) for _, specs in sections) <= MANY or len(sections) == 1
        self._names.setVisible(not few)
        self._elsewhere = Label(role="fault", wrap=True)
        self._pages[0][1].insertWidget(0, self._elsewhere)
        self._elsewhere.hide()

    def _section(self, title: str, specs: Iterable[FieldSpec], fixed: frozenset[str]) -> None:
        self._names.addItem(title)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2, 0, 8, 8)
        column.setSpacing(14)
        if title:
            column.addWidget(Label(title, more=2, bold=True))
        made = []
        for spec in specs:
            field = Field(self._theme, spec, fixed=spec.key in fixed)
            field.edited.connect(self.edited)
            column.addWidget(field)
            self.fields[spec.path] = field
            made.append(field)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self._stack.addWidget(scroll)
        self._pages.append((title, column, made))

    def add_to_section(self, number: int, widget: QWidget) -> None:
        """Put something else below the fields of a section."""
        column = self._pages[number][1]
        column.insertWidget(column.count() - 1, widget)

    def open_section(self, number: int) -> None:
        """Show one section."""
        self._names.setCurrentRow(number)

    def load(self, document: Mapping[str, Any]) -> None:
        """Show a document."""
        self._loaded = _copy(document)
        for path, field in self.fields.items():
            field.load(get(document, path))
        self.show_faults([])

    def document(self) -> dict[str, Any]:
        """Return the document as it stands in the fields."""
        made = _copy(self._loaded)
        for path, field in self.fields.items():
            put(made, path, field.value())
        return made

    def is_edited(self) -> bool:
        """Return whether anything differs from what was loaded."""
        return self.document() != self._loaded

    def show_faults(self, faults: Iterable[FaultView], *, everywhere: bool = False) -> bool:
        """Show the agent's sentences; ``everywhere`` beside fields that nobody has touched yet, too.

        Return whether any was shown.
        """
        by_key: dict[str, str] = {}
        for fault in faults:
            by_key.setdefault(fault.key or "", plain_sentence(fault.message))
        shown = False
        for field in self.fields.values():
            said = by_key.pop(field.spec.key, "")
            field.show_fault(said if field.touched or everywhere else "")
            shown = shown or field.faulty
        rest = " ".join(by_key.values()) if everywhere else ""
        self._elsewhere.setText(rest)
        self._elsewhere.setVisible(bool(rest))
        self._mark()
        return shown or bool(rest)

    def _mark(self) -> None:
        colour = self._theme.tokens.states["down"]
        for number, (_, _, made) in enumerate(self._pages):
            item = self._names.item(number)
            faulty = any(field.faulty for field in made)
            item.setIcon(shape_icon("down", colour) if faulty else QIcon())
            item.setData(Qt.ItemDataRole.AccessibleTextRole, tr("{s}, has a fault", s=item.text()) if faulty else None)

    def go_to_fault(self) -> None:
        """Show the first fault and put the cursor there."""
        for number, (_, _, made) in enumerate(self._pages):
            for field in made:
                if field.faulty:
                    self.open_section(number)
                    field.editor.setFocus()
                    return


def _copy(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(inner) if isinstance(inner, Mapping) else inner for key, inner in value.items()}
