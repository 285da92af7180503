"""The vault: where secrets rest and which there are. Nothing here can tell what one is."""

import asyncio
import functools
import os
from collections.abc import Callable

from statusapp_agent.api.peers import Role
from statusapp_agent.api.problems import ProblemError
from statusapp_agent.api.router import Api, Served
from statusapp_agent.api.services import Services
from statusapp_agent.vault import Vault
from statusapp_agent.vault_move import Place, chosen_place, remember_place, rotate_file
from statusapp_agent.vault_sources import VaultError
from statusapp_shared.secrets_view import HeldSecretView, MoveRequest, VaultChangeView, VaultView


def add_to(api: Api) -> None:
    """Add the routes."""
    api.add(Role.OPERATE, "GET", "/secrets", held)
    api.add(Role.ADMIN, "POST", "/secrets/move", move)
    api.add(Role.ADMIN, "POST", "/secrets/rotate", rotate)


async def held(services: Served) -> VaultView:
    """Return which secrets the vault holds, and since when."""
    place = _place(services)
    try:
        items = await asyncio.to_thread(_items, services.vault)
    except VaultError as fault:
        return VaultView(place=place, key=_key(services, place), fault=str(fault), items=[])
    return VaultView(place=place, key=_key(services, place), fault=None, items=items)


async def move(asked: MoveRequest, services: Served) -> VaultChangeView:
    """Let all secrets rest elsewhere; the old place is emptied once the new one holds them all."""
    if _place(services) == asked.to:
        raise ProblemError(409, "place", f"The secrets rest there already: {asked.to}.")
    other = Vault.open(services.data_dir, os.environ, asked.to)

    def settle() -> None:
        remember_place(services.data_dir, asked.to)

    moving = functools.partial(services.vault.move_to, other, settle)
    return VaultChangeView(place=asked.to, secrets=await _done(moving))


async def rotate(services: Served) -> VaultChangeView:
    """Encrypt all secrets anew under a new key."""
    if _place(services) != "file":
        raise ProblemError(409, "place", "The keyring of the session has its own key; change its password there.")
    anew = functools.partial(rotate_file, services.data_dir, os.environ)
    return VaultChangeView(place="file", secrets=await _done(functools.partial(services.vault.alone, anew)))


async def _done(call: Callable[[], int]) -> int:
    try:
        return await asyncio.to_thread(call)
    except VaultError as fault:
        raise ProblemError(409, "vault", f"Nothing was changed: {fault}.") from fault


def _place(services: Services) -> Place:
    return chosen_place(services.data_dir, os.environ)


def _key(services: Services, place: Place) -> str:
    from statusapp_agent.vault_file import EncryptedFile

    return "the session's own" if place == "keyring" else EncryptedFile(services.data_dir, os.environ).key_place


def _items(vault: Vault) -> list[HeldSecretView]:
    return [
        HeldSecretView(path=path, set_at=vault.set_at(path), versions=vault.kept_versions(path))
        for path in vault.paths()
    ]
