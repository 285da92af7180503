"""The OpenAPI document against the server that serves it: no request brings an answer that it does not describe."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode

from statusapp_shared.protocol import Problem
from tests.support.agent_on_socket import CANARY_SECRET, OnSocket

_EXAMPLES = 8
_KNOWN = {
    "monitors": "nas",
    "channels": "sink",
    "heartbeats": "backup",
    "incidents": "1",
    "oncall": "home",
    "reports": "weekly",
}
_ROSTER = """
[[people]]
name = "Ana"
[[people]]
name = "Ben"
[[rotations]]
name = "home"
layers = [{ people = ["Ana", "Ben"] }]
"""
_PASSED_ON = ("method", "url", "params", "json", "headers")


def _operations(document: dict[str, Any]) -> list[Any]:
    schema = schemathesis.openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations()]
    following = [operation for operation in found if operation.path != "/v1/events"]  # it has no end
    return sorted(following, key=lambda operation: operation.method.upper() == "DELETE")


def _judge(case: Any, response: httpx.Response) -> None:
    where = f"{case.method} {response.request.url}: {response.text[:500]}"
    assert response.status_code < 500, where
    assert "Traceback" not in response.text, where
    assert CANARY_SECRET not in response.text, where
    assert response.headers["statusapp-api"] == "1", where
    if response.is_success:
        case.operation.validate_response(response)
    else:
        Problem.model_validate_json(response.content)


def _ask(client: httpx.Client, case: Any, *, of_something: bool) -> int:
    if of_something and case.path_parameters:
        noun = case.operation.path.split("/")[2]
        known = {"name": _KNOWN[noun], "incident": _KNOWN[noun], "field": "key", "rhythm": _KNOWN[noun]}
        case.path_parameters = {name: known[name] for name in case.path_parameters}
    wanted = case.as_transport_kwargs(base_url="http://statusapp")
    passed_on = {name: wanted[name] for name in _PASSED_ON if name in wanted}
    response = client.request(**passed_on, content=wanted.get("data"))
    _judge(case, response)
    return response.status_code


def _fuzz(document: dict[str, Any], socket: Path) -> Counter[int]:
    seen: Counter[int] = Counter()
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://statusapp") as client:
        for operation in _operations(document):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

                @settings(
                    max_examples=_EXAMPLES,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
                @given(case=operation.as_strategy(generation_mode=mode), of_something=booleans())
                def one(case: Any, of_something: bool) -> None:
                    seen[_ask(client, case, of_something=of_something)] += 1

                try:
                    one()
                except Unsatisfiable:
                    continue  # nothing about this operation can be wrong
    return seen


@pytest.mark.slow
async def test_no_request_brings_an_answer_that_is_not_described(agent: OnSocket, client):
    await agent.apply(_ROSTER)
    await agent.checked("nas", "refused")
    document = (await client.get("/v1/openapi.json")).json()
    seen = await asyncio.to_thread(_fuzz, document, agent.socket)
    assert seen.total() > 200
    assert {200, 202, 404, 409, 422} <= set(seen), seen
