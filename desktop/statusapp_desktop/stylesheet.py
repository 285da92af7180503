"""The style sheet of the window, made from the tokens."""

import re

from statusapp_desktop.tokens import Tokens

_SHEET = """
QMainWindow, QDialog, #page, #stack { background: @background; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QFrame[role="card"] { background: @surface; border: 1px solid @border; border-radius: 8px; }
QFrame[role="code"] { background: @subtle; border: 1px solid @border; border-radius: 6px; }
QFrame[role="line"] { background: @grid; border: 0; max-height: 1px; min-height: 1px; }
QLabel { color: @text; background: transparent; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="fault"] { color: @down; }
QLabel[role="verdict-pass"] { color: @fine; }
QLabel[role="verdict-fail"] { color: @down; }
QLabel[role="verdict-unknown"] { color: @blind; }
QLabel[role="figure-better"] { color: @fine; }
QLabel[role="figure-worse"] { color: @degraded; }
QLabel#hover { background: @subtle; border: 1px solid @border; border-radius: 6px; padding: 8px 11px; }
QFrame[role="group"] { background: @subtle; border: 0; border-bottom: 1px solid @grid; }
QFrame[role="group"][edge="first"] { border-top-left-radius: 7px; border-top-right-radius: 7px; }
QLabel[role="tag"] { color: @muted; border: 1px solid @border; border-radius: 4px; padding: 1px 5px; }
QLabel[role="tag-strong"] { color: @text; border: 1px solid @control; border-radius: 4px; padding: 1px 5px; }

#sidebar { background: @subtle; border: 0; border-right: 1px solid @border; }
#side { background: transparent; border: 0; outline: 0; }
#foot { border-top: 1px solid @border; background: transparent; }

QPushButton { min-height: 28px; padding: 0 13px; border: 1px solid @control; border-radius: 6px;
  background: @surface; color: @text; }
QPushButton:hover { background: @subtle; }
QPushButton:pressed, QPushButton:checked { background: @select; }
QPushButton:disabled { color: @muted; border-color: @border; background: @subtle; }
QPushButton[role="primary"] { background: @accent; border-color: @accent; color: @onaccent; font-weight: 600; }
QPushButton[role="primary"]:disabled { background: @subtle; border-color: @border; color: @muted; }
QPushButton[role="quiet"] { border-color: transparent; background: transparent; color: @accent; padding: 0 7px; }
QPushButton[role="quiet"]:hover { background: @subtle; }
QPushButton[role="count"] { border-color: transparent; background: transparent; padding: 0 8px; }
QPushButton[role="count"]:hover { background: @subtle; }
QPushButton[role="count"]:checked { background: @select; border-color: @border; }
QPushButton[role="danger"] { color: @down; border-color: @down; }
QPushButton:focus { border: 2px solid @accent; min-height: 26px; padding: 0 12px; }
QPushButton[role="primary"]:focus { border: 2px solid @text; }
QPushButton[role="quiet"]:focus { border: 2px solid @accent; padding: 0 6px; }
QPushButton::menu-indicator { width: 0; }

QPushButton[role="segment"] { border-radius: 0; margin-left: -1px; }
QPushButton[role="segment"]:checked { background: @select; color: @accent; font-weight: 600; }
QPushButton[role="segment"][edge="first"] { border-top-left-radius: 6px; border-bottom-left-radius: 6px;
  margin-left: 0; }
QPushButton[role="segment"][edge="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox { min-height: 28px; padding: 0 9px; border: 1px solid @control;
  border-radius: 6px; background: @surface; color: @text; }
QPlainTextEdit, QTextEdit { padding: 4px 5px; border: 1px solid @control; border-radius: 6px;
  background: @surface; color: @text; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus { border: 2px solid @accent; min-height: 26px;
  padding: 0 8px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid @accent; padding: 3px 4px; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { background: @subtle; color: @muted; border-color: @border; }
*[fault="true"] { border: 2px solid @down; min-height: 26px; padding: 0 8px; }
QComboBox::drop-down { border: 0; width: 22px; subcontrol-origin: padding; subcontrol-position: center right; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @control;
  selection-background-color: @select; selection-color: @text; outline: 0; }

QListWidget#topics { background: transparent; border: 0; }
QListWidget#topics::item { padding: 7px 10px; border-radius: 6px; }
QListWidget#topics::item:selected { background: @select; color: @text; }
QTextEdit#reader, QTextEdit#reader:focus { border: 2px solid @surface; border-radius: 7px; padding: 0; }
QTextEdit#reader:focus { border-color: @accent; }

QTableView, QListView, QTreeView { background: @surface; border: 0; selection-background-color: @select;
  selection-color: @text; outline: 0; color: @text; }
QListWidget::item { padding: 6px; border-radius: 6px; }
QListWidget::item:selected { background: @select; color: @text; }
QTableView::item { border-bottom: 1px solid @grid; padding: 0 8px; }
QHeaderView { background: @surface; border: 0; }
QHeaderView::section { background: @surface; color: @muted; border: 0; border-bottom: 1px solid @border;
  padding: 8px; }
QToolTip { background: @surface; color: @text; border: 1px solid @border; padding: 6px 8px; }
QMenu { background: @surface; color: @text; border: 1px solid @control; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @select; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 4px 0; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @control; border-radius: 4px;
  background: @surface; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid @control; border-radius: 8px;
  background: @surface; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid @accent; border-radius: 8px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: @accent; }
QSplitter::handle { background: @border; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: @border; border-radius: 4px; min-height: 28px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: @control; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle:horizontal { background: @border; border-radius: 4px; min-width: 28px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def stylesheet(tokens: Tokens) -> str:
    """Return the sheet with every ``@token`` replaced by its colour."""
    colours = {name: value for name, value in vars(tokens).items() if isinstance(value, str)}
    colours |= {name: tokens.states[name] for name in ("fine", "degraded", "down", "blind")}
    bands = "".join(
        f'QFrame[role="band"][shape="{shape}"] {{ background: {tokens.tints[shape]}; '
        f"border: 1px solid {tokens.states[shape]}; border-radius: 8px; }}\n"
        f'QLabel[role="chip"][shape="{shape}"] {{ background: {tokens.tints[shape]}; color: {tokens.states[shape]}; '
        "border-radius: 4px; padding: 2px 7px; font-weight: 600; }\n"
        for shape in tokens.states
    )
    return re.sub(r"@([a-z]+)", lambda found: colours[found[1]], _SHEET) + bands
