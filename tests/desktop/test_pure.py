"""What the window works out by itself, without Qt's loop and without an agent."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from statusapp_desktop.filtering import matches
from statusapp_desktop.mirror import Contact, Mirror
from statusapp_desktop.saying import contact_words, overall
from statusapp_desktop.schema_fields import fields, from_text, get, plain_sentence, put
from statusapp_desktop.sse import Stream
from statusapp_desktop.tray import until_morning
from statusapp_desktop.words import length
from statusapp_shared.protocol import Event
from tests.support import views

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def wire(number: int, kind: str, data: object) -> bytes:
    return (
        f"id: {number}\nevent: {kind}\ndata: {json.dumps({'number': number, 'kind': kind, 'data': data})}\n\n".encode()
    )


def test_a_stream_may_come_in_pieces_of_any_size():
    whole = wire(1, "monitor_gone", {"name": "é"}) + b": keepalive\n\n" + wire(2, "channel_gone", {"name": "pd"})
    for size in range(1, len(whole)):
        stream, found = Stream(), []
        for start in range(0, len(whole), size):
            found += stream.feed(whole[start : start + size])
        assert [each.number for each in found] == [1, 2]


def test_what_is_no_event_is_an_error_and_not_silence():
    with pytest.raises(ValueError, match="data"):
        Stream().feed(b'data: {"number": 1, "kind": "agent"}\n\n')
    with pytest.raises(ValueError, match="Expecting"):
        Stream().feed(b"data: <html>\n\n")


def test_what_a_newer_agent_tells_besides_is_passed_over():
    found = Stream().feed(wire(1, "weather", {"rain": True}) + wire(2, "monitor_gone", {"name": "x"}))
    assert [each.number for each in found] == [2]


def live(*monitors, incidents=(), channels=True):
    return Mirror(
        monitors={each.name: each for each in monitors},
        incidents={each.id: each for each in incidents},
        channels={"pd": views.channel("pd")} if channels else {},
        agent=views.agent(problems=[]),
        contact=Contact.LIVE,
        heard_at=NOW,
    )


def monitor(name, state="up", **keys):
    return views.monitor(name, state=state, incident_id=None, **keys)


@pytest.mark.parametrize(
    ("there", "shape", "words"),
    [
        (live(), "blind", "Nothing is watched yet."),
        (live(monitor("a", "pending")), "blind", "not checked yet"),
        (live(monitor("a", "paused")), "blind", "paused"),
        (live(monitor("a", "down")), "down", "a is down"),
        (live(monitor("a", "blind"), monitor("b", "blind"), monitor("c")), "blind", "Blind: 2 of 3"),
        (live(monitor("a", "degraded"), monitor("b")), "degraded", "a is degraded"),
        (live(monitor("a"), monitor("b")), "fine", "All 2 monitors are fine."),
        (live(monitor("a"), channels=False), "fine", "Nobody is told yet"),
        (live(monitor("a", "maintenance"), monitor("b")), "fine", "1 monitor is fine."),
    ],
)
def test_the_worst_there_is(there: Mirror, shape: str, words: str):
    said = overall(there, NOW)
    assert said.shape == shape
    assert words in said.sentence


def test_what_is_old_is_never_green():
    there = live(monitor("a"))
    assert overall(there, NOW).shape == "fine"
    later = NOW + timedelta(minutes=3)
    assert overall(there, later).shape == "unreachable"
    words = contact_words(there, later, "")
    assert words is not None
    assert "Last heard 3 min ago; what you see is from then." in words[2]


def test_muting_hides_no_state():
    assert overall(live(monitor("a", "down")), NOW, muted=True).number == 1
    assert overall(live(monitor("a")), NOW, muted=True).shape == "muted"


def test_another_version_is_said():
    there = live(monitor("a"))
    there.agent = views.agent(api_version=99, version="9.9")
    words = contact_words(there, NOW, "")
    assert words is not None
    assert "9.9" in words[1]


def test_a_snapshot_forgets_what_is_gone_and_what_ended_unseen():
    there = live(monitor("old"), incidents=[views.incident(id="x", status="open")])
    data = {"monitors": [], "incidents": [], "channels": [], "agent": views.agent().model_dump(mode="json")}
    there.hear(Event(number=1, kind="snapshot", data=data), NOW)
    assert there.monitors == {}
    assert there.open_incidents() == []


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("nas", True),
        ("NAS tag:back", True),
        ("tag:media", False),
        ("state:down", True),
        ("state:fine", False),
        ("tier:1", True),
        ("kind:http lan", True),
        ("kind:dns", False),
    ],
)
def test_the_filter(text: str, fits: bool):
    nas = monitor("NAS", "down", tags=["backup"], tier="1", kind="http", target="http://nas.lan")
    assert matches(nas, text) is fits


def test_fields_of_every_sort_from_a_schema():
    schema = {
        "required": ["url"],
        "properties": {
            "kind": {"const": "x"},
            "url": {"type": "string", "title": "URL", "description": "Where.", "examples": ["http://x"]},
            "wait": {"anyOf": [{"type": "string", "format": "statusapp-duration"}, {"type": "null"}], "default": None},
            "key": {
                "anyOf": [{"$ref": "#", "format": "statusapp-secret"}, {"type": "null"}],
                "examples": [{"env": "K"}],
            },
            "how": {"enum": ["a", "b"], "default": "a", "type": "string"},
            "many": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]}},
            "pairs": {"type": "object", "additionalProperties": {"type": "string"}},
            "on": {"type": "boolean", "default": True},
            "settings": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    }
    found = {each.path: each for each in fields(schema)}
    kinds = [each.kind for each in found.values()]
    assert kinds == ["text", "text", "secret", "choice", "list", "pairs", "switch", "text"]
    assert found[("url",)].required
    assert found[("wait",)].short
    assert found[("key",)].example == ""
    assert from_text("200, 3xx", found[("many",)]) == [200, "3xx"]
    assert from_text("A: b\nC: d: e", found[("pairs",)]) == {"A": "b", "C": "d: e"}
    assert from_text("  ", found[("url",)]) is None


def test_a_value_in_a_table_of_its_own_comes_and_goes():
    document = {"name": "x"}
    put(document, ("settings", "name"), "example.org")
    assert get(document, ("settings", "name")) == "example.org"
    put(document, ("settings", "name"), None)
    assert document == {"name": "x"}


def test_a_fault_stands_beside_its_field_without_saying_where():
    assert plain_sentence('monitor "a": "url": a URL begins with http://') == "A URL begins with http://."


def test_lengths_and_the_next_morning():
    assert [length(s) for s in (0, 59, 372, 700, 4800, 90_000)] == [
        "0 s",
        "59 s",
        "6 min 12 s",
        "11 min",
        "1 h 20 min",
        "1 d 1 h",
    ]
    at = datetime(2026, 11, 23, 23, 0).astimezone()
    assert until_morning(at) == 8 * 3600
    assert until_morning(at.replace(hour=7)) == 24 * 3600
