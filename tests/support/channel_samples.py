"""Settings for any kind of channel, aimed at a server of the test's choice, and the secrets that they name."""

from typing import Any

from statusapp_agent.kinds import ChannelKind

SECRET = "c4nary-that-must-never-be-seen-00"
"""What every secret is."""

# What a form cannot say of itself: which of its optional fields a working channel needs.
_NEEDED: dict[str, dict[str, Any]] = {
    "slack": {"bot_token": {"env": "SECRET"}, "channel": "C0123ABCD"},
    "sms": {
        "provider": "twilio",
        "account_sid": "AC" + "0" * 32,
        "auth_token": {"env": "SECRET"},
        "from": "+15005550006",
        "to": ["+15551230000"],
    },
}
_ORIGIN = "statusapp-origin"


def properties(kind: ChannelKind[Any]) -> dict[str, Any]:
    """Return the fields of a kind's form by their names in the file."""
    found: dict[str, Any] = kind.Settings.model_json_schema(by_alias=True)["properties"]
    return found


def least(kind: ChannelKind[Any]) -> dict[str, Any]:
    """Return the fewest settings of a channel that works, from the examples of its form."""
    if kind.name in _NEEDED:
        return dict(_NEEDED[kind.name])
    required = kind.Settings.model_json_schema(by_alias=True).get("required", ())
    return {name: properties(kind)[name]["examples"][0] for name in required}


def origins(kind: ChannelKind[Any]) -> list[str]:
    """Return the fields that say where a service is."""
    return [name for name, form in properties(kind).items() if _ORIGIN in str(form)]


def aimed(kind: ChannelKind[Any], url: str) -> dict[str, Any]:
    """Return the fewest settings with every origin at ``url``."""
    return least(kind) | dict.fromkeys(origins(kind), url)


def secrets(kind: ChannelKind[Any]) -> dict[str, str]:
    """Return a value for each field that holds a secret."""
    named = [name for name, form in properties(kind).items() if "statusapp-secret" in str(form)]
    return dict.fromkeys(named, SECRET)
