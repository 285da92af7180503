"""Cells from a real database of samples: each in its place, the last moment included, others left out."""

from datetime import UTC, datetime, timedelta

from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.store.samples import SampleStore
from statusapp_agent.store.strips import read_cells

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN = END - timedelta(hours=4)


def test_results_fall_into_their_cells(tmp_path):
    store = SampleStore(tmp_path / "samples.db")
    at = [BEGIN - timedelta(seconds=1), BEGIN, BEGIN + timedelta(minutes=61), END - timedelta(milliseconds=1), END]
    statuses = [CheckStatus.DOWN, CheckStatus.UP, CheckStatus.DEGRADED, CheckStatus.UNKNOWN, CheckStatus.DOWN]
    store.append([("nas", Result(status, when)) for status, when in zip(statuses, at, strict=True)], END)
    store.append([("router", Result(CheckStatus.UP, BEGIN)), ("router", Result(CheckStatus.DOWN, BEGIN))], END)
    store.close()
    found = {(cell.monitor, cell.number): set(cell.seen) for cell in read_cells(tmp_path / "samples.db", BEGIN, END, 4)}
    assert found == {
        ("nas", 0): {CheckStatus.UP},
        ("nas", 1): {CheckStatus.DEGRADED},
        ("nas", 3): {CheckStatus.UNKNOWN},
        ("router", 0): {CheckStatus.UP, CheckStatus.DOWN},
    }


def test_a_day_of_many_monitors_in_one_pass(tmp_path):
    store = SampleStore(tmp_path / "samples.db")
    for number in range(50):
        times = (BEGIN + timedelta(minutes=minute) for minute in range(240))
        store.append([(f"m{number}", Result(CheckStatus.UP, when)) for when in times], END)
    store.close()
    assert len(read_cells(tmp_path / "samples.db", BEGIN, END, 96)) == 50 * 96
