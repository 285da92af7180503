"""Plans: what changes in words, what stays, and nothing at all the second time; exports read back the same."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from statusapp_agent.fields import format_duration
from statusapp_agent.settings import (
    Change,
    Settings,
    SettingsError,
    channel_schema,
    export,
    from_documents,
    monitor_schema,
    plan,
    read_settings,
)
from tests.support.kinds import CHANNELS, CHECKS, Bell, Door


def read(text: str, **options) -> Settings:
    return read_settings(text, "s.toml", CHECKS, CHANNELS, **options)


def monitor(name: str, **keys: object) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(["[[monitors]]", f'name = "{name}"', 'kind = "door"', 'address = "x"', *lines, ""])


BELL = '[[channels]]\nname = "ring"\nkind = "bell"\nintegration_key = "abcdef"\n'
BASE = '[agent]\nstorm_threshold = 50\nregion = "home"\n' + BELL + monitor("a", interval="1m") + monitor("b")


def test_a_new_file_creates_everything() -> None:
    made = plan(Settings(), read(BASE), False)
    assert [(c.verb, c.noun, c.name) for c in made.changes] == [
        ("change", "agent", "agent"),
        ("create", "channel", "ring"),
        ("create", "monitor", "a"),
        ("create", "monitor", "b"),
    ]
    assert made.secrets.keys() == {"channels/ring/integration_key"}
    assert "abcdef" not in repr(made)


@pytest.mark.parametrize("prune", [False, True])
def test_twice_changes_nothing(prune: bool) -> None:
    wanted = read(BASE)
    first = plan(Settings(), wanted, prune)
    second = plan(first.result, wanted, prune, same_secret=lambda path, value: value == "abcdef")
    assert second.changes == []
    assert second.secrets == {}
    assert second.result == first.result


def test_a_change_is_told_key_by_key() -> None:
    current = plan(Settings(), read(BASE), False).result
    made = plan(current, read(monitor("a", interval="30s", tags=["x"])), False)
    assert made.changes == [Change("change", "monitor", "a", ("interval 1m -> 30s", "tags none -> x"))]
    assert made.result.monitors["b"] == current.monitors["b"]
    assert any("1 channel, 1 monitor not in the file" in warning for warning in made.warnings)


def test_without_prune_the_agent_keeps_what_the_file_does_not_name() -> None:
    current = plan(Settings(), read(BASE), False).result
    kept = plan(current, read("[agent]\ncanaries = []\n", region="host"), False).result.agent
    assert (kept.storm_threshold, kept.region, kept.canaries) == (50, "home", ())
    back = plan(current, read("[agent]\nstorm_threshold = 20\n", region="host"), False)
    assert back.result.agent.storm_threshold == 20
    assert back.changes[0].details == ("storm_threshold 50 -> 20",)
    pruned = plan(current, read("", region="host"), True).result.agent
    assert (pruned.storm_threshold, pruned.region) == (20, "host")


def test_prune_deletes_what_the_file_does_not_name() -> None:
    current = plan(Settings(), read(BASE), False).result
    made = plan(current, read(monitor("b")), True)
    assert [(c.verb, c.noun, c.name) for c in made.changes][1:] == [
        ("delete", "channel", "ring"),
        ("delete", "monitor", "a"),
    ]
    assert set(made.result.monitors) == {"b"}
    assert made.gone == ("channels/ring/integration_key",)


def test_a_new_secret_is_told_without_its_value() -> None:
    current = plan(Settings(), read(BELL), False).result
    made = plan(
        current, read(BELL.replace("abcdef", "ghijkl")), False, same_secret=lambda path, value: value == "abcdef"
    )
    assert made.changes == [Change("change", "channel", "ring", ("integration_key replaced",))]
    moved = plan(current, read(BELL.replace('"abcdef"', '{ env = "KEY" }')), False)
    assert moved.changes[0].details == ("integration_key in the vault -> from env KEY",)


def test_a_secret_that_the_vault_does_not_hold_is_warned_of() -> None:
    wanted = read(BELL.replace('"abcdef"', "{ vault = true }"))
    assert any("set-secret" in w for w in plan(Settings(), wanted, False, holds_secret=lambda path: False).warnings)
    assert plan(Settings(), wanted, False, holds_secret=lambda path: True).warnings == []


def test_the_whole_is_judged_and_not_the_file_alone() -> None:
    current = plan(Settings(), read(monitor("a") + monitor("b", depends_on=["a"])), False).result
    wanted = read(monitor("a", depends_on=["b"]), known=Settings(monitors={"b": current.monitors["a"]}))
    with pytest.raises(SettingsError) as caught:
        plan(current, wanted, False)
    assert "circle" in caught.value.faults[0].message
    assert caught.value.faults[0].line == 5


names = st.text(alphabet="abcXYZ 0äß.-", min_size=1, max_size=8).filter(
    lambda t: t.strip() == t and t not in {".", ".."}
)
durations = st.floats(0.1, 10_000_000).map(format_duration)
tables = st.fixed_dictionaries(
    {"kind": st.just("door"), "address": st.text(min_size=1, max_size=9)},
    optional={
        "interval": durations,
        "open_for": durations,
        "timeout": st.floats(0.01, 300).map(format_duration),
        "failures": st.integers(1, 100),
        "severity": st.sampled_from(["critical", "info"]),
        "tags": st.lists(names, max_size=3),
        "ports": st.lists(st.integers(0, 9) | st.text(max_size=3), max_size=3),
        "headers": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        "code": st.just({"env": "CODE"}) | st.just({"vault": True}),
        "settings": st.fixed_dictionaries({"name": st.text(max_size=4)}),
        "notes": st.text(max_size=20),
        "tier": st.sampled_from(["1", "2", "3"]),
    },
)


@limits(deadline=None)
@given(st.dictionaries(names, tables, max_size=4), st.dictionaries(st.sampled_from(["region"]), names, max_size=1))
def test_an_export_reads_back_the_same(monitors: dict[str, dict], agent: dict[str, str]) -> None:
    documents = {"agent": agent, "monitors": [{"name": name, **table} for name, table in monitors.items()]}
    loaded = from_documents(documents, CHECKS, CHANNELS)
    assert loaded.faults == ()
    text = export(loaded)
    again = read(text)
    assert again == loaded
    assert export(again) == text
    assert plan(loaded, again, True).changes == []


def test_an_export_is_in_reading_order_and_without_secrets() -> None:
    text = export(plan(Settings(), read(BASE), False).result)
    assert list(tomllib.loads(text)) == ["agent", "channels", "monitors"]
    assert "abcdef" not in text
    assert "120" not in text


def test_forms_have_the_common_keys_and_those_of_the_kind() -> None:
    schema = monitor_schema(Door())
    assert schema["properties"]["interval"]["default"] == "2m"
    assert schema["properties"]["open_for"]["default"] == "1m"
    assert schema["properties"]["kind"] == {"const": "door", "title": "Kind"}
    assert schema["properties"]["settings"]["properties"].keys() == {"name"}
    assert set(schema["required"]) == {"name", "kind", "address"}
    assert channel_schema(Bell())["properties"]["max_per_minute"]["default"] == 30
