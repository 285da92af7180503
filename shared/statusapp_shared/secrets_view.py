"""What may be said of the vault: where secrets rest and which there are, never what they are."""

from typing import Literal

from pydantic import AwareDatetime

from statusapp_shared.protocol import Request, View

Place = Literal["file", "keyring"]


class HeldSecretView(View):
    """One path of the vault: since when it has its newest value, and how many values are kept for what is open."""

    path: str
    set_at: AwareDatetime | None
    versions: int


class VaultView(View):
    """The vault as it stands. ``fault`` is why it cannot be read now, with what to do; then ``items`` is empty."""

    place: Place
    key: str
    fault: str | None
    items: list[HeldSecretView]


class MoveRequest(Request):
    """Where the secrets are to rest from now on."""

    to: Place


class VaultChangeView(View):
    """What was done to the vault: how many secrets it concerned."""

    place: Place
    secrets: int
