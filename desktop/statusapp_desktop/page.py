"""What a pane is: a page with a title, its actions at the right, and a body."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from statusapp_desktop.desk import Desk
from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import GAP, MARGIN
from statusapp_desktop.widgets.label import Label


class Page(QWidget):
    """A pane. ``head`` holds the title and takes actions at its right; ``body`` takes everything else."""

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.outer = outer = QVBoxLayout(self)
        outer.setContentsMargins(MARGIN, 20, MARGIN, 16)
        outer.setSpacing(GAP * 2 - 2)
        self.title = Label(title)
        self.title.setFont(sized(self.font(), 5, QFont.Weight.DemiBold))
        self.head = QHBoxLayout()
        self.head.setSpacing(GAP)
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP * 2 - 2)
        outer.addLayout(self.head)
        outer.addLayout(self.body, 1)

    def open_subject(self, subject: str) -> None:
        """Show one thing of this pane ("" when nothing in particular was asked for); called each time it is opened."""

    def leave(self) -> bool:
        """Return whether the pane may be left now; a pane with unsaved edits may ask first."""
        return True
