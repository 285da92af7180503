"""Escalation, quiet hours, monthly windows and tags: from a settings file to values, and back."""

import pytest

from statusapp_agent.core.escalation import STANDARD
from statusapp_agent.core.model import Escalation, Level, QuietHours, Severity
from statusapp_agent.settings import export, from_documents, read_settings
from tests.support.kinds import CHANNELS, CHECKS

RING = """
[[channels]]
name = "ring"
kind = "bell"
integration_key = { env = "KEY" }
"""


def read(text):
    return read_settings(RING + text, "s.toml", CHECKS, CHANNELS, environment={"KEY": "k" * 32})


def tier(lines):
    return read(f'[[tiers]]\nname = "x"\nnotify = [{{ channel = "ring" }}]\n{lines}').tiers["x"].value


def window(lines):
    return read(f'[[maintenance]]\nname = "w"\nstart = "02:30"\nduration = "1h"\n{lines}').maintenance["w"].value


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", None),
        ('escalation = "standard"', STANDARD),
        (
            'escalation = { levels = [{ after = "10m" }, { after = "1h", channels = ["ring"] }], repeat = 3 }',
            Escalation((Level(600.0), Level(3600.0, ("ring",))), 3, 900.0),
        ),
        ('escalation = { repeat = 2, every = "20m" }', Escalation((), 2, 1200.0)),
        (
            'escalation = { levels = [{ after = "30m", everybody = true }] }',
            Escalation((Level(1800.0, everybody=True),)),
        ),
    ],
)
def test_escalation(lines, expected):
    assert tier(lines).escalation == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", None),
        ('quiet = { start = "22:00", end = "07:30" }', QuietHours(1320, 450)),
        (
            'quiet = { start = "00:00", end = "06:00", timezone = "Europe/Berlin", except_severity = "error" }',
            QuietHours(0, 360, "Europe/Berlin", Severity.ERROR),
        ),
    ],
)
def test_quiet_hours(lines, expected):
    assert tier(lines).quiet == expected


@pytest.mark.parametrize(
    ("lines", "days", "month_days", "weeks"),
    [
        ("", (), (), ()),
        ('days = ["sun", "sat"]', (5, 6), (), ()),
        ("monthly = 15", (), (15,), ()),
        ('monthly = "last day"', (), (-1,), ()),
        ('monthly = "first sat"', (5,), (), (1,)),
        ('monthly = "Last Sun"', (6,), (), (-1,)),
    ],
)
def test_when_windows_begin(lines, days, month_days, weeks):
    found = window(lines)
    assert (found.days, found.month_days, found.weeks, found.start_minute) == (days, month_days, weeks, 150)


def test_tags_of_a_window():
    assert window('tags = ["lab", "attic"]').tags == ("lab", "attic")


def test_what_is_exported_is_read_back_as_the_same():
    text = """
[[tiers]]
name = "x"
notify = [{ channel = "ring" }]
escalation = "standard"
quiet = { start = "22:00", end = "07:00", except_severity = "critical" }

[[tiers]]
name = "y"
notify = [{ channel = "ring" }]
escalation = { levels = [{ after = "5m", channels = ["ring"] }], repeat = 1, every = "10m" }

[[maintenance]]
name = "w"
tags = ["lab"]
monthly = "first sat"
start = "02:00"
duration = "1h"
"""
    first = read(text)
    again = read_settings(export(first), "s.toml", CHECKS, CHANNELS, environment={"KEY": "k" * 32})
    stored = from_documents(first.documents(), CHECKS, CHANNELS)
    for other in (again, stored):
        assert {name: entry.value for name, entry in other.tiers.items()} == {
            name: entry.value for name, entry in first.tiers.items()
        }
        assert other.maintenance["w"].value == first.maintenance["w"].value
    assert not stored.faults
