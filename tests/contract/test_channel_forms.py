"""What every kind of channel owes to the forms, the settings reader and the Test button; cases come from `discover`."""

import json

import pytest

from statusapp_agent import channels
from statusapp_agent.core.model import Action
from statusapp_agent.kinds import ChannelKind, discover
from statusapp_agent.settings.secret_fields import secret_keys

KINDS = discover(channels, ChannelKind)


@pytest.fixture(params=sorted(KINDS))
def kind(request):
    return KINDS[request.param]


def test_it_says_what_it_is(kind):
    assert kind.title
    assert kind.description.endswith(".")
    assert kind.name == kind.name.lower()
    assert 0 < kind.timeout_s <= 60
    assert kind.max_per_minute >= 1


def test_it_can_page_and_be_tested(kind):
    assert {Action.TRIGGER, Action.TEST} <= kind.actions


def test_each_field_explains_itself(kind):
    schema = kind.Settings.model_json_schema(by_alias=True)
    json.dumps(schema, allow_nan=False)
    for name, field in kind.Settings.model_fields.items():
        assert field.title, name
        assert field.description, name
        described = schema["properties"][field.alias or name]
        assert described.get("title")


def test_what_is_secret_is_marked_as_one_and_has_no_default(kind):
    for key in secret_keys(kind.Settings):
        field = kind.Settings.model_fields[key]
        assert field.default is None or field.is_required(), key
        described = json.dumps(kind.Settings.model_json_schema()["properties"][key])
        assert "statusapp-secret" in described, key


def test_a_key_that_does_not_exist_is_refused_without_showing_its_value(kind):
    with pytest.raises(ValueError, match="nonsense") as refused:
        kind.Settings.model_validate({"nonsense": "hunter2-value"})
    assert "hunter2-value" not in str(refused.value)
