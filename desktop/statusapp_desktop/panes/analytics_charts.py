"""The charts of Analytics, and how they stand beside or below each other."""

from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from statusapp_desktop.analytics_asking import Found
from statusapp_desktop.figures import Chosen
from statusapp_desktop.series import Item, busiest, by_monitor, grain_of, heat, spread, trend
from statusapp_desktop.tables import (
    Table,
    day_names,
    heat_table,
    monitor_table,
    responder_table,
    spread_table,
    trend_table,
)
from statusapp_desktop.tokens import Tokens
from statusapp_desktop.widgets.chart import ChartCard
from statusapp_desktop.widgets.chart_cells import HeatMap, NameBars
from statusapp_desktop.widgets.chart_spread import SpreadPlot
from statusapp_desktop.widgets.chart_trend import Trend
from statusapp_desktop.words import tr


class Charts(QWidget):
    """Six cards from the same incidents."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.trend, self.bars = Trend(tokens), NameBars(tokens)
        self.spread, self.heat = SpreadPlot(tokens), HeatMap(tokens)
        self.trend_card = ChartCard(tr("Time to acknowledge and to resolve"), self.trend)
        self.bars_card = ChartCard(tr("Incidents by monitor"), self.bars)
        self.spread_card = ChartCard(tr("Time to acknowledge"), self.spread)
        self.heat_card = ChartCard(tr("When they open"), self.heat)
        self.responder_card = ChartCard(tr("By responder"))
        self.tier_card = ChartCard(tr("By tier"))
        self.cards = (
            self.trend_card,
            self.bars_card,
            self.spread_card,
            self.heat_card,
            self.responder_card,
            self.tier_card,
        )
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        self.trend_card.setFixedHeight(290)
        for each in self.cards[1:4]:
            each.setFixedHeight(250)
        for each in self.cards[4:]:
            each.setFixedHeight(200)

    def arrange(self, narrow: bool) -> None:
        """Put the cards in three columns, or all below each other."""
        places: tuple[tuple[int, int, int], ...] = ((0, 0, 6), (1, 0, 2), (1, 2, 2), (1, 4, 2), (2, 0, 3), (2, 3, 3))
        for number, card in enumerate(self.cards):
            row, column, wide = (number, 0, 6) if narrow else places[number]
            self._grid.addWidget(card, row, column, 1, wide)
        for column in range(6):
            self._grid.setColumnStretch(column, 1)

    def recolour(self, tokens: Tokens) -> None:
        """Draw in these colours from now on."""
        for each in (self.trend, self.bars, self.spread, self.heat):
            each.recolour(tokens)

    def as_tables(self, tabular: bool) -> None:
        """Show every chart as its table, or as a chart again."""
        for each in self.cards:
            each.as_table(tabular)

    def tables(self) -> list[Table]:
        """Return the numbers of all charts."""
        return [each.numbers for each in self.cards if each.numbers is not None]

    def show_items(self, items: list[Item], found: Found, chosen: Chosen) -> None:
        """Show the incidents of a range."""
        none = tr("No incident in this range.") if not items else ""
        grain = grain_of(found.since, found.until)
        buckets = trend(items, found.since, found.until, grain)
        self.trend.show_buckets(buckets, grain)
        note = (
            tr("minutes, by day; band p50 to p90 of MTTR; tests and drills left out")
            if grain == "day"
            else tr("minutes, by week; band p50 to p90 of MTTR; tests and drills left out")
        )
        self.trend_card.show_numbers(trend_table(buckets), note, none)
        monitors = by_monitor(items)
        self.bars.show_counts(monitors)
        self.bars_card.show_numbers(monitor_table(monitors), tr("incidents"), none)
        times = spread(items)
        self.spread.show_spread(times)
        unit = tr("seconds") if times.step_s < 60 else tr("minutes") if times.step_s < 3600 else tr("hours")
        self.spread_card.show_numbers(spread_table(times), unit, none)
        self._show_heat(heat(items), none)
        responders = responder_table(items)
        self.responder_card.show_numbers(
            responders, tr("who acknowledged"), "" if responders.rows else tr("Nobody acknowledged any in this range.")
        )
        self._show_tiers(found.now, chosen)

    def _show_heat(self, table: list[list[int]], none: str) -> None:
        self.heat.show_table(table)
        top = busiest(table)
        most = (
            ""
            if top is None
            else tr("most: {day} {hour}:00, {n}", day=day_names()[top[0]], hour=f"{top[1]:02}", n=top[2])
        )
        self.heat_card.show_numbers(heat_table(table), most, none)

    def _show_tiers(self, answer: dict[str, Any], chosen: Chosen) -> None:
        self.tier_card.setVisible(chosen.by != "monitor")
        groups = [each for each in answer["groups"] if not chosen.by or each["key"] == chosen.key]
        rows = tuple(
            (
                tr("Tier {key}", key=each["key"]) if each["key"].isdigit() else each["key"] or tr("no tier"),
                each["incidents"],
                each["never_acknowledged"],
                _minutes(each["mtta_s"]),
                _minutes(each["mttr_s"]),
            )
            for each in sorted(groups, key=lambda each: str(each["key"]))
        )
        heads = (tr("Tier"), tr("Incidents"), tr("Never ack."), tr("MTTA, min"), tr("MTTR, min"))
        nothing = "" if rows else tr("No incident in this range.")
        self.tier_card.show_numbers(Table(tr("By tier"), heads, rows), tr("blind time left out"), nothing)


def _minutes(figure: dict[str, Any] | None) -> float | None:
    return None if figure is None else round(figure["mean"] / 60, 1)
