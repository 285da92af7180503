"""People, rotations and overrides in a settings file: read, planned, exported, pruned; and what names them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from statusapp_agent.core.hours import Hours, business_hours, next_on
from statusapp_agent.core.model import Action, Delivered, Outcome, Person
from statusapp_agent.core.roster import Layer, Override, Rotation
from statusapp_agent.kinds import ChannelKind, ChannelTools, KindSettings
from statusapp_agent.settings import Settings, SettingsError, export, from_documents, plan, read_settings
from statusapp_agent.settings.stored import agent_facts, flat, whole
from tests.support.kinds import CHANNELS, CHECKS


class PagerSettings(KindSettings):
    """Numbers, or whoever is on call."""

    to: tuple[str, ...] | str


class Pager(ChannelKind[PagerSettings]):
    """Beeps."""

    name = "pager"
    title = "Pager"
    description = "Beeps."
    Settings = PagerSettings
    actions = frozenset(Action)

    async def deliver(self, notice: Mapping[str, Any], settings: PagerSettings, tools: ChannelTools) -> Outcome:
        return Delivered()


KINDS = {**CHANNELS, "pager": Pager()}

WHOLE = """
[agent]
business_hours = { days = ["mon", "fri"], start = "08:30", end = "16:00", timezone = "Europe/Berlin" }

[[channels]]
name = "beep"
kind = "pager"
to = "oncall:home"

[[tiers]]
name = "1"
notify = [
  { channel = "beep", hours = "after" },
]

[[people]]
name = "Ana"
phone = "+49 151 2345-678"
email = "ana@example.org"
slack_id = "U012AB3CD"
timezone = "Europe/Berlin"

[[people]]
name = "Ben"

[[rotations]]
name = "home"
timezone = "Europe/Berlin"
remind = "beep"
remind_before = "1h"
layers = [
  { people = ["Ana", "Ben"], handoff_day = "wed", handoff = "18:00", starts = 2026-01-05 },
  { people = ["Ben"], length = "12h", hours = [{ days = ["sat", "sun"], start = "20:00", end = "08:00" }] },
]

[[overrides]]
rotation = "home"
person = "Ben"
starts_at = 2026-12-24T18:00:00+01:00
ends_at = "2026-12-26T08:00:00+01:00"
"""


def read(text: str, **options: Any) -> Settings:
    return read_settings(text, "s.toml", CHECKS, KINDS, region="here", **options)


def faults(text: str, **options: Any) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        read(text, **options)
    return [str(fault) for fault in raised.value.faults]


def test_a_roster_becomes_values_of_the_core():
    roster = read(WHOLE).roster()
    assert roster.people["Ana"] == Person("Ana", "+491512345678", "ana@example.org", "U012AB3CD", "Europe/Berlin")
    assert roster.rotations["home"] == Rotation(
        "home",
        "Europe/Berlin",
        (
            Layer(("Ana", "Ben"), 168, date(2026, 1, 7), 1080),
            Layer(("Ben",), 12, date(2026, 1, 5), 540, (Hours((5, 6), 1200, 480),)),
        ),
        "beep",
        3600.0,
    )
    [swap] = roster.overrides
    starts, ends = datetime(2026, 12, 24, 17, tzinfo=UTC), datetime(2026, 12, 26, 7, tzinfo=UTC)
    assert swap == Override(swap.name, "home", "Ben", starts, ends)
    assert roster.overrides[0].name.startswith("2026-12-24-")


def test_applied_twice_nothing_changes():
    first = plan(Settings(), read(WHOLE), prune=False, channels=KINDS)
    assert [f"{each.verb} {each.noun} {each.name}" for each in first.changes if each.noun != "channel"][:6] == [
        "change agent agent",
        "create tier 1",
        "create person Ana",
        "create person Ben",
        "create rotation home",
        f"create override {next(iter(read(WHOLE).overrides))}",
    ]
    for prune in (False, True):
        assert plan(first.result, read(WHOLE, known=first.result), prune=prune, channels=KINDS).changes == []


def test_what_is_exported_reads_back_to_the_same():
    settings = read(WHOLE)
    text = export(settings)
    again = read(text)
    assert again == settings
    assert export(again) == text
    assert plan(settings, again, prune=True, channels=KINDS).changes == []


def test_what_the_database_keeps_reads_back_to_the_same():
    settings = read(WHOLE)
    stored = from_documents(whole(flat(settings)), CHECKS, KINDS, region="here")
    assert stored.faults == ()
    assert stored.roster() == settings.roster()
    assert business_hours(agent_facts(stored)) == settings.agent.business_hours


def test_an_override_that_is_not_in_the_file_goes_with_prune_alone():
    less = WHOLE[: WHOLE.index("[[overrides]]")]
    kept = plan(read(WHOLE), read(less, known=read(WHOLE)), prune=False, channels=KINDS)
    assert kept.changes == []
    assert kept.warnings == ["1 override not in the file stay as they are: --prune would delete them"]
    gone = plan(read(WHOLE), read(less), prune=True, channels=KINDS)
    assert [(each.verb, each.noun) for each in gone.changes] == [("delete", "override")]


def test_a_rotation_goes_only_with_what_names_it():
    text = WHOLE[: WHOLE.index("[[rotations]]")]
    assert faults(text) == ['s.toml, line 8: channel "beep": there is no rotation "home"']


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("oncall:hoem", 'there is no rotation "hoem"; did you mean "home"?'),
        ("oncall:home/3", 'there is no level 3 of "home": the rotation has 2'),
        ("oncall:home/first", 'after the slash of "oncall:home/first" stands a level such as 2, or "all"'),
    ],
)
def test_a_channel_names_a_rotation_that_exists(wrong, sentence):
    text = WHOLE.replace('to = "oncall:home"', f'to = ["+49151", "{wrong}"]')
    assert faults(text) == [f's.toml, line 8: channel "beep": {sentence}']


@pytest.mark.parametrize(
    ("to", "named"),
    [
        ('"oncall:home"', ("home",)),
        ('["+491512345678", "oncall:home/2"]', ("home/2",)),
        ('"<@U012AB3CD> oncall:home"', ("home",)),
        ('"oncall:home oncall:home/2"', ("home", "home/2")),
        ('"call oncall home"', ()),
    ],
)
def test_what_a_channel_names_is_found_wherever_it_stands(to, named):
    found = read(WHOLE.replace('to = "oncall:home"', f"to = {to}"))
    assert found.channels["beep"].value.on_call == named


def test_a_rotation_may_have_blanks_in_its_name():
    text = WHOLE.replace('"oncall:home"', '"oncall:home rota"').replace('name = "home"', 'name = "home rota"')
    found = read(text.replace('rotation = "home"', 'rotation = "home rota"'))
    assert found.channels["beep"].value.on_call == ("home rota",)


@pytest.mark.parametrize("right", ["oncall:home", "oncall:home/2", "oncall:home/all"])
def test_a_channel_may_name_a_level(right):
    read(WHOLE.replace("oncall:home", right))


def test_hand_offs_are_not_told_over_what_takes_pages_alone():
    bell = '\n[[channels]]\nname = "ring"\nkind = "bell"\nintegration_key = { env = "K" }\n'
    assert faults(WHOLE.replace('remind = "beep"', 'remind = "ring"') + bell) == [
        's.toml, line 29: rotation "home": "ring" only takes pages, a hand-off is none: name one of another kind'
    ]


def test_hours_of_a_step_need_hours_of_business_somewhere():
    text = WHOLE.replace(WHOLE.splitlines()[2], "")
    with pytest.raises(SettingsError, match=r'line 13: tier "1": "hours" has no meaning yet: name business_hours'):
        plan(Settings(), read(text), prune=False, channels=KINDS)
    # An agent that knows them already takes a file that leaves them out.
    assert plan(read(WHOLE), read(text, known=read(WHOLE)), prune=False, channels=KINDS).changes == []


def test_business_hours_follow_their_zone():
    hours = read(WHOLE).agent.business_hours
    monday = datetime(2026, 3, 30, 5, tzinfo=UTC)
    assert next_on(hours, monday, within=True) == datetime(2026, 3, 30, 6, 30, tzinfo=UTC)
    assert next_on(hours, monday, within=False) == monday
    assert next_on(hours, datetime(2026, 3, 30, 8, tzinfo=UTC), within=False) == datetime(2026, 3, 30, 14, tzinfo=UTC)
    friday_evening = datetime(2026, 3, 27, 15, tzinfo=UTC)
    assert next_on(hours, friday_evening, within=True) == datetime(2026, 3, 30, 6, 30, tzinfo=UTC)
