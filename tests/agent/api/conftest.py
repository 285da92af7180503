"""The whole agent behind its socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.agent_on_socket import OnSocket, agent_on_socket


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[OnSocket]:
    """An agent that serves."""
    async with agent_on_socket(tmp_path) as running:
        yield running


@pytest.fixture
async def client(agent: OnSocket) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with agent.client() as opened:
        yield opened
