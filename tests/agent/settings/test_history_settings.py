"""How long results are kept, and where Prometheus may ask."""

import pytest

from statusapp_agent.settings import SettingsError, export, read_settings


def read(text):
    return read_settings(text, "s.toml", {}, {})


def test_they_are_read_and_exported():
    found = read('[agent]\nkeep_results = "30d"\nmetrics_listen = "[::1]:9187"\n')
    assert (found.agent.keep_results_s, found.agent.metrics_listen) == (30 * 86_400, "[::1]:9187")
    assert read(export(found)).agent == found.agent
    assert 'keep_results = "30d"' in export(found)


def test_without_them_results_stay_90_days_and_nobody_listens():
    found = read("")
    assert (found.agent.keep_results_s, found.agent.metrics_listen) == (90 * 86_400, None)


@pytest.mark.parametrize(
    "line", ['metrics_listen = "9187"', 'metrics_listen = "localhost:99999"', 'keep_results = "5m"']
)
def test_what_cannot_be_is_said(line):
    with pytest.raises(SettingsError) as caught:
        read(f"[agent]\n{line}\n")
    assert caught.value.faults[0].line == 2
