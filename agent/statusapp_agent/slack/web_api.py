"""Asking Slack's Web API, one method at a time, all within one deadline."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from statusapp_agent.core.model import Again
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.slack.answers import Json, No, answer

SHORTEST_S = 0.5
"""With less time than this left nothing is asked any more: it could not be answered."""


class WebApi:
    """The methods of one workspace, as one bot. The deadline runs from the making of this on."""

    def __init__(self, http: httpx.AsyncClient, api_url: str, token: str, timeout_s: float) -> None:
        self._http = http
        self._api_url = api_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ends_s = asyncio.get_running_loop().time() + timeout_s

    @property
    def left_s(self) -> float:
        """How many seconds are left of the deadline."""
        return self._ends_s - asyncio.get_running_loop().time()

    async def post(self, method: str, arguments: Mapping[str, Any]) -> Json | No:
        """Call a method that changes something."""
        headers = {**self._headers, "Content-Type": "application/json; charset=utf-8"}
        return await self._ask(HttpCall("POST", f"{self._api_url}/{method}", headers, json=dict(arguments)))

    async def get(self, method: str, **arguments: str) -> Json | No:
        """Call a method that only reads."""
        return await self._ask(HttpCall("GET", f"{self._api_url}/{method}?{urlencode(arguments)}", self._headers))

    async def _ask(self, call: HttpCall) -> Json | No:
        if self.left_s < SHORTEST_S:
            return No("", Again("Slack was too slow to do all of it in time"))
        came = await send(call, self._http, self.left_s)
        if not isinstance(came, Answer):
            return No("", came)
        if not came.complete and came.status == 200:
            return No("", Again("Slack's answer broke off; whether it was posted is not known", maybe_sent=True))
        return answer(came.status, came.headers, came.body)
