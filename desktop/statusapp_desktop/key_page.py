"""The wizard's page for key and settings: drawn from the agent's schema, a pasted key looked at as it is pasted."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.editing import Editing
from statusapp_desktop.pagerduty_steps import look_of
from statusapp_desktop.schema_fields import fields
from statusapp_desktop.widgets.form import Form
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import tr
from statusapp_shared.protocol import FaultView, KindView

_PAUSE_MS = 400
_USUAL = frozenset({"name", "integration_key", "region"})
_KEY = ("integration_key",)


class KeyPage(QWidget):
    """Says ``edited`` when a person changes something; the agent judges shortly after."""

    edited = Signal()

    def __init__(self, desk: Desk, editing: Editing) -> None:
        super().__init__()
        self._desk, self._editing = desk, editing
        self.form: Form | None = None
        self.look = Label(role="muted", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.look)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._judge)

    def show_kind(self, kind: KindView, name: str) -> None:
        """Draw the form of a kind, with a name that is free; what people need comes first."""
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.deleteLater()
        specs = fields(kind.schema_)
        specs.sort(key=lambda spec: (spec.key != "name", not spec.required, spec.key not in _USUAL))
        self.form = Form(self._desk.theme, [(tr("Key and settings"), specs)])
        self.form.load({"kind": kind.name, "name": name})
        self.form.edited.connect(self._edited)
        self._column.addWidget(self.form)
        self.look.clear()

    def _edited(self) -> None:
        field = self.form.fields.get(_KEY) if self.form is not None else None
        if field is not None:
            _, sentence = look_of(str(field.value() or ""))
            self.look.setText(sentence)
        self._pause.start()
        self.edited.emit()

    def _judge(self) -> None:
        if self.form is not None:
            self._editing.judge("channels", self.form.document(), lambda faults, _: self._judged(faults))

    def _judged(self, faults: list[FaultView]) -> None:
        if self.form is not None:
            self.form.show_faults(faults)
            field = self.form.fields.get(_KEY)
            if field is not None and field.faulty:
                self.look.clear()  # the agent says it beside the field
