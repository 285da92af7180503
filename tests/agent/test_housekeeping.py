"""The calendar's jobs on real files: history is packed and kept as long as the settings say."""

from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.clock import Clock
from statusapp_agent.core.model import CheckStatus, Result
from statusapp_agent.housekeeping import Housekeeping
from statusapp_agent.store.samples import SampleStore, read_samples
from statusapp_agent.store.state_store import StateStore
from statusapp_agent.store.writer import Writer


@pytest.fixture
async def writer(tmp_path):
    made = Writer(
        StateStore(tmp_path / "state.db", tmp_path / "backups"), SampleStore(tmp_path / "samples.db"), tmp_path / "room"
    )
    yield made
    await made.close()


async def test_finished_hours_are_packed_and_old_results_go(writer, tmp_path):
    clock = Clock()
    kept = timedelta(days=2)
    house = Housekeeping(writer, clock, tmp_path / "backups", lambda: kept)
    now = datetime.now(UTC)
    batch = [("nas", Result(CheckStatus.UP, now - timedelta(hours=hours), 0.01)) for hours in (75, 50, 49, 3, 0)]
    await writer.append_samples(batch, now)
    await house.pack()
    left = writer.samples.connection.execute("SELECT count(*) FROM result").fetchone()[0]
    assert left == 1
    assert len(read_samples(writer.samples.path, "nas", now - timedelta(days=9), 100)) == 5
    await house.prune()
    assert len(read_samples(writer.samples.path, "nas", now - timedelta(days=9), 100)) == 2
    sums = writer.samples.connection.execute("SELECT count(*) FROM hour").fetchone()[0]
    assert sums == 4
