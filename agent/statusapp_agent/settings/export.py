"""Settings as the text of a settings file: readable, without secrets, and read back to the same settings."""

import tomli_w

from statusapp_agent.settings.values import Settings


def export(settings: Settings) -> str:
    """Return the settings as TOML, defaults left out.

    Secrets stay references. ``{ vault = true }`` is one that only the agent's vault holds; applied again, it means that
    the vault's value is kept.
    """
    return tomli_w.dumps(settings.documents())
