"""Carries errands: what people want done at PagerDuty, each once, one after the other, and told how it ended.

A note has no key of its own there. So it carries a mark, and after a try without a readable answer the notes are read
before it is written again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from statusapp_agent.clock import Clock
from statusapp_agent.core.counterpart import Counterpart
from statusapp_agent.core.errand import Errand, ErrandOutcome, Verb
from statusapp_agent.core.events import ErrandEnded, Event
from statusapp_agent.core.state import State
from statusapp_agent.pagerduty.client import RestClient, RestError, Trouble
from statusapp_agent.pagerduty.sync import Sync

log = logging.getLogger("statusapp.pagerduty")

_TURN_S = 0.2
MOST_NOTES = 2_000
_ALREADY = {1001: "it was resolved in PagerDuty already", 1002: "it was acknowledged in PagerDuty already"}
_TEXT_CHARACTERS = 20_000

Said = str


def mark(install: str, errand: Errand) -> str:
    """Return what tells one note from all others: the same in every try."""
    return f"[statusapp {install[:4]}{errand.id:x}]"


class Writing:
    """Looks for errands that are due, and does them through the accounts that `Sync` has open."""

    def __init__(self, state: State, sync: Sync, clock: Clock, put: Callable[[Event], None]) -> None:
        self._state = state
        self._sync = sync
        self._clock = clock
        self._put = put
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._without_updates: set[str] = set()

    async def run(self) -> None:
        """Carry, for ever."""
        while True:
            for errand in self._due():
                self._busy[errand.id] = asyncio.create_task(self._carry(errand), name="pagerduty errand")
            await asyncio.sleep(_TURN_S)

    async def stop(self) -> None:
        """Cut off what is under way: it is tried again at the next start."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def can_update(self, channel: str) -> bool:
        """Whether the account's plan has status updates, as far as is known."""
        return channel not in self._without_updates

    def _due(self) -> list[Errand]:
        """Return the first errand of each counterpart whose time has come: a later one never overtakes it."""
        for number, task in list(self._busy.items()):
            if task.done() and number not in self._state.errands:
                del self._busy[number]
        now = self._clock.now()
        first: dict[int, Errand] = {}
        for errand in sorted(self._state.errands.values(), key=lambda each: each.id):
            first.setdefault(errand.opening, errand)
        return [
            errand
            for errand in first.values()
            if (errand.next_attempt_at is None or errand.next_attempt_at <= now) and self._is_free(errand)
        ]

    def _is_free(self, errand: Errand) -> bool:
        counterpart = self._state.counterparts.get(errand.opening)
        if counterpart is not None and counterpart.id is None and not counterpart.settled:
            return False  # PagerDuty has not shown it yet: it waits for the look that does
        task = self._busy.get(errand.id)
        return task is None or task.done()

    async def _carry(self, errand: Errand) -> None:
        try:
            outcome = await self._try(errand)
        except RestError as fault:
            outcome = _failed(fault)
        except Exception as fault:  # noqa: BLE001 - one errand's bug must not stop the others (fault P11)
            log.warning("an errand to PagerDuty broke: %s", type(fault).__name__)
            outcome = ErrandOutcome("again", f"it broke ({type(fault).__name__})", maybe_done=True)
        self._put(ErrandEnded(errand.id, outcome))
        # Until the core has taken the end in, the errand still looks due.
        await asyncio.sleep(_TURN_S)

    async def _try(self, errand: Errand) -> ErrandOutcome:
        counterpart = self._state.counterparts.get(errand.opening)
        opening = self._state.deliveries.get(errand.opening)
        if counterpart is None or opening is None or counterpart.id is None:
            return ErrandOutcome("failed", "there is no incident of it any more")
        account = self._sync.account_of(opening.channel)
        if account is None:
            return ErrandOutcome("again", self._sync.fault_of(opening.channel) or "PagerDuty was not asked yet")
        client = account.client
        match errand.verb:
            case Verb.NOTE:
                said = await self._note(client, counterpart, errand)
            case Verb.UPDATE:
                said = await self._update(client, counterpart, errand)
            case Verb.REASSIGN:
                said = await _reassign(client, counterpart, errand)
            case _:
                said = await _change(client, counterpart, errand)
        self._sync.hurry()
        return ErrandOutcome("done", said)

    async def _note(self, client: RestClient, counterpart: Counterpart, errand: Errand) -> Said:
        tag = mark(self._state.install, errand)
        path = f"/incidents/{counterpart.id}/notes"
        if errand.maybe_done:
            notes = (await client.get(path)).get("notes")
            listed = [each for each in notes if isinstance(each, dict)] if isinstance(notes, list) else []
            if any(tag in str(each.get("content")) for each in listed):
                return ""
            if len(listed) >= MOST_NOTES:
                raise RestError(Trouble.REFUSED, f"PagerDuty takes no more than {MOST_NOTES} notes for an incident")
        text = str(errand.details.get("text", ""))[:_TEXT_CHARACTERS]
        await client.write("POST", path, {"note": {"content": f"{text}\n- {errand.by}, by StatusApp {tag}"}})
        return ""

    async def _update(self, client: RestClient, counterpart: Counterpart, errand: Errand) -> Said:
        text = str(errand.details.get("text", ""))[:_TEXT_CHARACTERS]
        if self.can_update(counterpart.channel):
            if errand.maybe_done:
                # It has no mark, and cannot be read back: posted twice would be worse than what this says.
                return "the update was probably posted: PagerDuty's answer was lost, and it is not posted twice"
            try:
                await client.write("POST", f"/incidents/{counterpart.id}/status_updates", {"message": text})
            except RestError as fault:
                if fault.trouble not in (Trouble.PLAN, Trouble.PERMISSION):
                    raise
                self._without_updates.add(counterpart.channel)
            else:
                return ""
        await self._note(client, counterpart, errand)
        return "posted as a note, because the PagerDuty plan has no status updates"


async def _change(client: RestClient, counterpart: Counterpart, errand: Errand) -> Said:
    path = f"/incidents/{counterpart.id}"
    method, path, body = {
        Verb.ACKNOWLEDGE: ("PUT", path, _reference(status="acknowledged")),
        Verb.RESOLVE: ("PUT", path, _reference(status="resolved")),
        Verb.SNOOZE: ("POST", f"{path}/snooze", {"duration": int(errand.details.get("seconds") or 1)}),
        Verb.MERGE: (
            "PUT",
            f"/incidents/{errand.details.get('into')}/merge",
            {"source_incidents": [{"id": counterpart.id, "type": "incident_reference"}]},
        ),
    }[errand.verb]
    try:
        await client.write(method, path, body)
    except RestError as fault:
        if fault.code == 1019 and errand.maybe_done:
            return ""
        if fault.code in _ALREADY and errand.verb in (Verb.ACKNOWLEDGE, Verb.RESOLVE):
            return _ALREADY[fault.code]
        raise
    return ""


def _reference(**changes: Any) -> Mapping[str, Any]:
    return {"incident": {"type": "incident_reference", **changes}}


async def _reassign(client: RestClient, counterpart: Counterpart, errand: Errand) -> Said:
    wanted = str(errand.details.get("to", "")).strip()
    listed = await client.pages("/users", "users", [("query", wanted)])
    people = [each for each in listed if isinstance(each, dict) and _is_named(each, wanted)]
    if len(people) != 1:
        found = "nobody" if not people else f"{len(people)} people"
        raise RestError(Trouble.REFUSED, f"PagerDuty has {found} called {wanted!r}; give the e-mail address")
    to = {"assignee": {"id": people[0]["id"], "type": "user_reference"}}
    await client.write("PUT", f"/incidents/{counterpart.id}", _reference(assignments=[to]))
    return f"reassigned to {people[0].get('name') or wanted} in PagerDuty"


def _is_named(user: Mapping[str, Any], wanted: str) -> bool:
    names = (user.get("email"), user.get("name"), user.get("id"))
    return any(isinstance(name, str) and name.casefold() == wanted.casefold() for name in names)


def _failed(fault: RestError) -> ErrandOutcome:
    passing = fault.trouble in (Trouble.UNREACHABLE, Trouble.SLOW_DOWN)
    return ErrandOutcome("again" if passing else "failed", str(fault), fault.after_s, fault.maybe_done)
