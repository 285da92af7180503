"""Sample data: the same for a seed, whole, marked, and read by the agent's own figures."""

from datetime import UTC, datetime, timedelta

import pytest

from statusapp_agent.core.measures import measure
from statusapp_agent.core.model import IncidentStatus
from statusapp_agent.core.periods import trailing
from statusapp_agent.core.replay import replay
from statusapp_agent.demo.household import THINGS, settings_text
from statusapp_agent.demo.sample_data import fill, is_sample, quarter_before
from statusapp_agent.demo.weather import LIVE, weather
from statusapp_agent.store import history
from statusapp_agent.store.record import read_record
from statusapp_agent.store.results import stream_results
from statusapp_agent.store.state_store import StateStore

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
SINCE, UNTIL = quarter_before(NOW, 8)
TEXT = settings_text("http://127.0.0.1:9/", "http://127.0.0.1:9", "/nowhere/key")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sample") / "data"
    fill(made, TEXT, SINCE, UNTIL, 7, lambda _: None)
    return made


def test_a_seed_tells_one_story():
    assert weather(SINCE, UNTIL, 7) == weather(SINCE, UNTIL, 7)
    assert weather(SINCE, UNTIL, 7) != weather(SINCE, UNTIL, 8)


def test_it_is_marked_and_keeps_away_from_real_data(folder, tmp_path):
    assert is_sample(folder)
    assert not is_sample(tmp_path)
    (tmp_path / "state.db").touch()
    with pytest.raises(FileExistsError, match="folder of their own"):
        fill(tmp_path, TEXT, SINCE, UNTIL, 7, lambda _: None)
    assert all(each.context["sample"] for each in history.incidents(folder / "state.db"))


def test_one_incident_is_open_and_its_monitor_knows(folder):
    (left,) = history.incidents(folder / "state.db", open_only=True)
    assert (left.monitor, left.status) == (LIVE, IncidentStatus.OPEN)
    store = StateStore(folder / "state.db", folder / "backups")
    assert f'"incident":"{left.id}"' in store.remembered().watches[LIVE]
    assert sum(":true" in body or '"incident"' in body for body in store.remembered().watches.values()) == 1
    store.close()


def test_figures_are_read_from_it_like_from_any_past(folder):
    period = trailing(SINCE, UNTIL)
    tags = {thing.name: thing.tags for thing in THINGS}
    record = read_record(folder / "state.db", folder / "samples.db", period, NOW, tags)
    found = measure(record, period, NOW, "tier")
    assert found.figures.incidents > 3
    assert found.counts.paged > 0
    assert found.counts.page_s.p50 < 3
    assert len(found.availability) == len(THINGS)
    assert all(SINCE <= at < SINCE + timedelta(minutes=3) for at in record.watched_since.values())


def test_replaying_the_results_gives_the_incidents_that_stand_there(folder):
    store = StateStore(folder / "state.db", folder / "backups")
    store.close()
    from statusapp_agent.demo.sample_data import _settings

    monitor = _settings(TEXT).monitors["jellyfin"].value
    results = stream_results(folder / "samples.db", "jellyfin", SINCE, UNTIL)
    outages = replay(monitor, results).outages
    stand = sorted(history.incidents(folder / "state.db", monitor="jellyfin"), key=lambda each: each.number)
    assert len(outages) == len(stand)
    for outage, incident in zip(outages, stand, strict=True):
        assert abs(outage.opened_at - incident.opened_at) < timedelta(milliseconds=2)
        assert abs(outage.ended_at - incident.resolved_at) < timedelta(milliseconds=2)
