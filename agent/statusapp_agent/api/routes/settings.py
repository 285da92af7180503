"""Settings: the whole as TOML, in and out."""

from statusapp_agent.api.peers import Role
from statusapp_agent.api.router import Api, Caller, Served
from statusapp_shared.protocol import ApplyRequest, PlanView, SettingsView


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.READ, "GET", "/settings", settings)
    api.add(Role.ADMIN, "POST", "/settings", apply)


async def settings(services: Served) -> SettingsView:
    """Return the settings as TOML, without secrets."""
    return SettingsView(text=services.settling.export())


async def apply(asked: ApplyRequest, services: Served, caller: Caller) -> PlanView:
    """Plan what a settings file would change, and do it unless it is a dry run."""
    return await services.settling.apply(asked, caller.user)
