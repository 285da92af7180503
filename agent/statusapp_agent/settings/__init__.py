"""Settings: TOML and stored documents to core values and back, with every fault at its place."""

from statusapp_agent.settings.export import export
from statusapp_agent.settings.faults import Fault, SettingsError
from statusapp_agent.settings.forms import channel_schema, monitor_schema
from statusapp_agent.settings.plan import Change, Plan, plan
from statusapp_agent.settings.read import from_documents, read_settings
from statusapp_agent.settings.secret_fields import references
from statusapp_agent.settings.values import AgentSettings, Entry, Settings, built_in_tiers

__all__ = [
    "AgentSettings",
    "Change",
    "Entry",
    "Fault",
    "Plan",
    "Settings",
    "SettingsError",
    "built_in_tiers",
    "channel_schema",
    "export",
    "from_documents",
    "monitor_schema",
    "plan",
    "read_settings",
    "references",
]
