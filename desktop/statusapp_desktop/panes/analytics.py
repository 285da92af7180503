"""Analytics: how fast incidents are taken and mended, what breaks, and when."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from statusapp_desktop.analytics_asking import MOST_INCIDENTS, Asking, Found, ranges
from statusapp_desktop.desk import Desk
from statusapp_desktop.figures import Chosen, figures, part
from statusapp_desktop.files import write_text
from statusapp_desktop.link import Refusal
from statusapp_desktop.mirror import Changed
from statusapp_desktop.page import Page
from statusapp_desktop.panes.analytics_charts import Charts
from statusapp_desktop.picture import write_picture
from statusapp_desktop.series import Item
from statusapp_desktop.tables import as_csv
from statusapp_desktop.theme import sized
from statusapp_desktop.tokens import LIGHT
from statusapp_desktop.widgets.button import Segments, button
from statusapp_desktop.widgets.empty import Empty
from statusapp_desktop.widgets.figure import FigureCard
from statusapp_desktop.widgets.label import Label
from statusapp_desktop.words import counted, tr

_COALESCE_MS = 1_500
_NARROW = 780


class Analytics(Page):
    """Asks when opened, when the choice changes, and a moment after an incident changed while it is seen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("Analytics"))
        self.found: Found | None = None
        self._asked = 0
        self._stale = True
        self._build_head()
        self.said = Label(role="muted", wrap=True)
        self.said.setVisible(False)
        self.body.addWidget(self.said)
        self.empty = Empty(tr("No figures yet"), tr("The agent is asked for them."))
        self.body.addWidget(self.empty, 1)
        self._build_body()
        self._later = QTimer(self, singleShot=True, interval=_COALESCE_MS)
        self._later.timeout.connect(self.ask)
        desk.changed.connect(self._changed)
        desk.contact.connect(self._found_again)
        desk.theme.changed.connect(lambda: self.charts.recolour(desk.tokens))
        self._fill_choice()

    def _build_head(self) -> None:
        choices = [(key, long) for key, (_, long, _) in ranges().items()]
        self.range = Segments(choices, tr("Range"))
        self.range.choose("28")
        self.range.chosen.connect(lambda _key: self.ask())
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Tier or monitor"))
        self.choice.setMinimumWidth(110)
        self.choice.setMaximumWidth(230)
        self.choice.activated.connect(lambda _index: self.ask())
        self.tabular = button(tr("Table"))
        self.tabular.setCheckable(True)
        self.tabular.toggled.connect(self._as_tables)
        self.export = button(tr("Export"))
        menu = QMenu(self.export)
        for kind, words in (("png", tr("Picture (PNG)")), ("svg", tr("Drawing (SVG)")), ("csv", tr("Numbers (CSV)"))):
            menu.addAction(words, partial(self._choose_file, kind))
        self.export.setMenu(menu)
        self.export.setEnabled(False)
        self.export.setToolTip(tr("There is nothing to export before the agent has answered."))
        for each in (self.range, self.choice, self.tabular, self.export):
            self.head.addWidget(each)

    def _build_body(self) -> None:
        self._whole = QWidget()
        self._whole.setObjectName("page")
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        self._figures = QGridLayout()
        self._figures.setSpacing(12)
        self.cards = [FigureCard() for _ in range(5)]
        self._shown = 4
        for card in self.cards:
            self._figures.addWidget(card, 0, self._figures.count())
        column.addLayout(self._figures)
        self.charts = Charts(self.desk.tokens)
        column.addWidget(self.charts)
        column.addStretch(1)
        self._scroll = scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._whole)
        self.body.addWidget(scroll, 1)
        scroll.hide()
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < _NARROW
        across = 2 if narrow else self._shown
        for number, each in enumerate(self.cards):
            self._figures.addWidget(each, number // across, number % across)
            each.setVisible(number < self._shown)
        for column in range(5):
            self._figures.setColumnStretch(column, 1 if column < across else 0)
        self.charts.arrange(narrow)
        for segment, (key, (_, long, short)) in zip(
            self.range.findChildren(QPushButton), ranges().items(), strict=True
        ):
            words = short if narrow else long
            self.range.rename(key, words)
            # The chosen one is bold, and no wider for it.
            bold = QFontMetrics(sized(segment.font(), 0, QFont.Weight.DemiBold))
            segment.setMinimumWidth(bold.horizontalAdvance(words) + 30)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put cards below each other where there is no room beside."""
        super().resizeEvent(event)
        if (event.oldSize().width() < _NARROW) != (self.width() < _NARROW):
            self._arrange()

    # Asking

    def _fill_choice(self) -> None:
        chosen = self._chosen()
        monitors = self.desk.mirror.monitors
        self.choice.clear()
        self.choice.addItem(tr("Everything"), Chosen())
        tiers = sorted({each.tier for each in monitors.values() if each.tier})
        names = sorted(monitors, key=str.casefold)
        for words in (
            [(tr("Tier {key}", key=tier), Chosen("tier", tier)) for tier in tiers],
            [(name, Chosen("monitor", name)) for name in names],
        ):
            if words:
                self.choice.insertSeparator(self.choice.count())
            for text, which in words:
                self.choice.addItem(text, which)
        places = [at for at in range(self.choice.count()) if self.choice.itemData(at) == chosen]
        self.choice.setCurrentIndex(next(iter(places), 0))

    def _changed(self, changed: Changed) -> None:
        if changed.noun in ("snapshot", "monitor_gone") or (
            changed.noun == "monitor" and self.choice.findText(changed.name) < 0
        ):
            self._fill_choice()
        if changed.noun in ("snapshot", "incident"):
            self._stale = True
            if self.isVisible() and not self._later.isActive():
                self._later.start()

    def open_subject(self, subject: str) -> None:
        """Show a monitor's figures, or go on with the choice in force."""
        at = self.choice.findText(subject) if subject else -1
        if at >= 0:
            self.choice.setCurrentIndex(at)
        if self._stale or at >= 0:
            self.ask()

    def ask(self) -> None:
        """Ask the agent for what is chosen; an answer to an older question is dropped."""
        self._asked += 1
        asked, chosen = self._asked, self._chosen()
        until = self.desk.now()
        since = until - timedelta(days=ranges()[self.range.key][0])

        def show(found: Found) -> None:
            if asked == self._asked:
                self._show(found, chosen)

        def refused(refusal: Refusal) -> None:
            if asked == self._asked and self.found is None:
                self.empty.say(tr("No figures yet"), refusal.sentence)
            elif asked == self._asked:
                self.said.setText(tr("These figures are not up to date. {why}", why=refusal.sentence))
                self.said.show()

        self._stale = False
        Asking(self.desk, self, since, until, chosen).ask(show, refused)

    def _found_again(self) -> None:
        self._stale = True
        if self.isVisible():
            self._later.start()

    def _chosen(self) -> Chosen:
        chosen = self.choice.currentData()
        return chosen if isinstance(chosen, Chosen) else Chosen()

    # Showing

    def _show(self, found: Found, chosen: Chosen) -> None:
        self.found = found
        self.empty.hide()
        self._scroll.show()
        self.export.setEnabled(True)
        self.export.setToolTip("")
        self.said.setVisible(found.cut_off)
        self.said.setText(
            counted(MOST_INCIDENTS, "", "Charts show the latest {n} incidents of this range; the figures count all.")
        )
        before = None if found.before is None else part(found.before, chosen)
        told = figures(part(found.now, chosen), before, found.now["definitions"])
        self._shown = len(told)
        for card, figure in zip(self.cards, told, strict=False):
            card.say(figure)
        self.charts.show_items(self._wanted(found.items, chosen), found, chosen)
        self._arrange()

    def _wanted(self, items: list[Item], chosen: Chosen) -> list[Item]:
        if chosen.by != "tier":
            return items
        monitors = self.desk.mirror.monitors
        return [each for each in items if each.monitor in monitors and monitors[each.monitor].tier == chosen.key]

    def _as_tables(self, on: bool) -> None:
        self.charts.as_tables(on)

    # Exporting

    def _choose_file(self, kind: str) -> None:
        usual = str(Path.home() / f"statusapp-analytics.{kind}")
        name, _ = QFileDialog.getSaveFileName(self, tr("Export"), usual, f"{kind.upper()} (*.{kind})")
        if name:
            self.desk.said.emit(self.write(name if Path(name).suffix else f"{name}.{kind}"))

    def write(self, name: str) -> str:
        """Write what is shown to a file by its ending; pictures are light, for paper. Return what to say of it."""
        if Path(name).suffix.lower() == ".csv":
            return write_text(name, as_csv(self.charts.tables()))
        theme, dark = self.desk.theme, self.desk.tokens
        if dark is LIGHT:
            return write_picture(self._whole, name)
        theme.use(LIGHT)
        try:
            return write_picture(self._whole, name)
        finally:
            theme.use(dark)
