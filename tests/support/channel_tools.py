"""What the courier hands to a channel, made for a test: the agent's own client, the real clock, secrets as given."""

import contextlib
from datetime import UTC, datetime

from statusapp_agent.kinds import ChannelTools
from statusapp_agent.outbound import make_client


@contextlib.asynccontextmanager
async def channel_tools(timeout_s=5.0, *, proxies=None, context=None, **fields):
    """Open tools; ``fields`` are the secrets by the name of their field. Proxies of the environment are not used."""
    async with make_client(proxies=proxies or {}, context=context) as http:
        yield ChannelTools(http, lambda: datetime.now(UTC), timeout_s, fields)
