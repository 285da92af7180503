"""Every answer that is not 2xx: one sentence for people, a stable word for programs, and never what was sent to us."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Send

from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.jsonable import cut, one_line
from statusapp_agent.settings import SettingsError
from statusapp_agent.vault_sources import VaultError
from statusapp_shared.protocol import API_VERSION, FaultView, Problem

log = logging.getLogger("statusapp.api")

VERSION_HEADER = "StatusApp-API"
_LONGEST_KEY = 80

_BY_STATUS: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "That request cannot be read: send JSON as the API describes it at /v1/openapi.json."),
    404: ("not_found", "There is nothing at this address; /v1/openapi.json lists all there is."),
    405: ("method", "This address does not take that method; /v1/openapi.json lists those it takes."),
}


class ProblemError(Exception):
    """An answer that is not 2xx; the text is one sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, faults: Sequence[FaultView] = ()) -> None:
        self.status = status
        self.code = code
        self.faults = faults
        super().__init__(sentence)


def problem_body(code: str, sentence: str, faults: Iterable[FaultView] = ()) -> bytes:
    """Return the body of a refusal."""
    return Problem(error=sentence, code=code, faults=list(faults)).model_dump_json().encode()


def _respond(
    status: int, code: str, sentence: str, faults: Iterable[FaultView] = (), headers: Mapping[str, str] | None = None
) -> Response:
    return Response(problem_body(code, sentence, faults), status, dict(headers or {}), "application/json")


async def send_problem(send: Send, status: int, code: str, sentence: str) -> None:
    """Refuse below the framework, and end the connection: what is left of the request is not read."""
    body = problem_body(code, sentence)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (VERSION_HEADER.lower().encode(), str(API_VERSION).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def add_handlers(app: FastAPI) -> None:
    """Turn every exception that a route may end with into a refusal."""
    for kind, handle in (
        (ProblemError, _refused),
        (NotAllowedError, _not_allowed),
        (SettingsError, _settings),
        (VaultError, _vault),
        (sqlite3.Error, _history),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (Exception, _internal),
    ):
        app.add_exception_handler(kind, handle)


async def _refused(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, ProblemError)  # noqa: S101 - narrows what Starlette types as any exception
    return _respond(fault.status, fault.code, str(fault), fault.faults)


async def _not_allowed(_: Request, fault: Exception) -> Response:
    return _respond(409, "not_allowed", str(fault))


async def _settings(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, SettingsError)  # noqa: S101
    faults = [
        FaultView(file=one.file, line=one.line, key=one.key, message=one.message, nearest=one.nearest)
        for one in fault.faults
    ]
    first = str(fault.faults[0]) if fault.faults else "the settings cannot be used"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return _respond(422, "settings", f"Nothing was changed: {first}{more}", faults)


async def _vault(_: Request, fault: Exception) -> Response:
    return _respond(503, "vault", str(fault))


async def _history(_: Request, fault: Exception) -> Response:
    log.warning("a request could not read the history: %s", fault)
    return _respond(503, "history", f"The history cannot be read now ({fault}); what is open goes on being paged.")


async def _internal(_: Request, __: Exception) -> Response:
    return _respond(500, "internal", "The agent failed at this request; its log says more. Everything else goes on.")


async def _http(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)  # noqa: S101
    code, sentence = _BY_STATUS.get(fault.status_code, ("refused", "The agent refused this request."))
    return _respond(fault.status_code, code, sentence, headers=fault.headers)


async def _invalid(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)  # noqa: S101
    # Whoever types a secret into the wrong place has typed a secret: then not even the keys are told.
    quiet = "/secrets/" in request.scope["path"]
    faults = [_fault(error, quiet=quiet) for error in fault.errors()[:20]]
    first = faults[0]
    where = f"{first.key}: " if first.key else ""
    return _respond(422, "invalid", f"That request is not valid: {where}{first.message}", faults)


def _fault(error: Mapping[str, Any], *, quiet: bool) -> FaultView:
    """Return one fault without the value that was sent: it may be a secret."""
    place = [str(part) for part in error["loc"][1:]]
    if error["type"] == "json_invalid":
        return FaultView(message=f"the body is not JSON, at character {place[0] if place else 0}")
    key = None if quiet and error["type"] == "extra_forbidden" else ".".join(place)
    return FaultView(key=cut(one_line(key), _LONGEST_KEY) if key else None, message=one_line(str(error["msg"])))


def describe() -> dict[int | str, dict[str, Any]]:
    """Return how the OpenAPI document tells of refusals."""
    return {"default": {"model": Problem, "description": "It was not done, and why."}}


def json_bytes(value: object) -> bytes:
    """Return plain data as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
