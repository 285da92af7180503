"""``statusapp secrets``: which there are and where they rest; never what they are."""

from typing import Annotated, Literal

import typer
from pydantic import BaseModel
from rich.text import Text

from statusapp_agent.cli.client import agent, path_of
from statusapp_agent.cli.failure import FAILED
from statusapp_agent.cli.options import EPILOG
from statusapp_agent.cli.show import Column, Screen, answer, confirm
from statusapp_agent.cli.words import DEGRADED, FINE, age, count
from statusapp_shared.secrets_view import MoveRequest, VaultChangeView, VaultView

_PLACES = {"file": "an encrypted file", "keyring": "the session's keyring"}


def add_to(noun: typer.Typer) -> None:
    """Add the verbs."""
    for run in (list_, move, rotate):
        noun.command(run.__name__.rstrip("_"), epilog=EPILOG)(run)


def list_(ctx: typer.Context) -> None:
    """List the secrets of the vault: where, since when."""
    with agent(ctx) as client:
        reply = client.get(path_of("secrets"), VaultView)
    answer(ctx, reply, _draw)
    if reply.view.fault is not None:
        raise typer.Exit(FAILED)


def move(
    ctx: typer.Context,
    to: Annotated[Literal["file", "keyring"], typer.Argument(help="Where they are to rest.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Move all secrets to the keyring of the session, or to the encrypted file."""
    with agent(ctx) as client:
        confirm(f"Move all secrets to {_PLACES[to]}?", yes=yes)
        reply = client.post(path_of("secrets", "move"), VaultChangeView, MoveRequest(to=to))
    answer(ctx, reply, lambda screen, view: _say(screen, f"{count(view.secrets, 'secret')} moved to {_PLACES[to]}."))


def rotate(ctx: typer.Context) -> None:
    """Encrypt the file anew under a new key. One secret: channels set-secret."""
    with agent(ctx) as client:
        reply = client.post(path_of("secrets", "rotate"), VaultChangeView, BaseModel())
    answer(ctx, reply, lambda screen, view: _say(screen, f"{count(view.secrets, 'entry', 'entries')} have a new key."))


def _say(screen: Screen, text: str) -> None:
    screen.sentence(text, screen.sign(FINE))


def _draw(screen: Screen, view: VaultView) -> None:
    if view.fault is not None:
        screen.sentence(f"The vault cannot be read: {view.fault}.", screen.sign(DEGRADED))
        return
    held = f"The vault holds {count(len(view.items), 'secret')}"
    screen.sentence(f"{held} in {_PLACES[view.place]}; its key: {view.key}.", screen.sign(FINE))
    if view.items:
        screen.table(
            [Column("secret"), Column("set"), Column("values", right=True)],
            [[Text(item.path), age(item.set_at, screen.now), str(item.versions)] for item in view.items],
        )
