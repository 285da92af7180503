"""Texts by Vonage: its SMS API, where every answer is a 200 and the body says whether a text was taken.

Status 0 means that Vonage has it; its delivery receipts go to a public address only, so nobody at home ever learns
whether it arrived. It has neither an idempotency key nor a list to look in.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from statusapp_agent.channels.http_channel import by_status, read_json
from statusapp_agent.core.model import Again
from statusapp_agent.http_exchange import Answer, HttpCall, send
from statusapp_agent.kinds import ChannelTools
from statusapp_agent.sms.carrier import Carrier, Fate, Lost, Step, Taken, Trouble, Whose, unanswered
from statusapp_agent.sms.gsm7 import is_gsm7
from statusapp_agent.wire.excerpt import excerpt

ORIGIN = "https://rest.nexmo.com"
_C, _N, _M = Whose.CHANNEL, Whose.NUMBER, Whose.MESSAGE
_REFUSED = {
    2: ("the request lacks something that Vonage needs", _C),
    3: ("a part of the request is not what Vonage takes: check from and to", _C),
    4: ("Vonage does not know these credentials; copy API key and secret from its dashboard again", _C),
    6: ("Vonage could not read the number; correct it in to", _N),
    7: ("the number is barred at Vonage", _N),
    8: ("the Vonage account is barred; its dashboard says why", _C),
    9: ("the Vonage account has no credit left; top it up", _C),
    11: ("the Vonage account may not use the SMS API", _C),
    12: ("the text is longer than Vonage takes", _M),
    14: ("Vonage does not accept the signature; the account demands signed requests", _C),
    15: ("Vonage does not let this account send from this sender; correct from", _C),
    22: ("Vonage does not know the network of this number", _N),
    29: ("this number is not on the list of the trial account; add it in Vonage's dashboard", _N),
    33: ("the number has been given back by its owner", _N),
}
_PASSING = {1: "Vonage asks for fewer requests", 5: "Vonage has trouble of its own", 10: "Vonage has too many sessions"}


class Vonage(Carrier):
    """One account."""

    def __init__(self, origin: str, key: str, secret: str, sender: str) -> None:
        self._url = f"{origin}/sms/json"
        self._key = key
        self._secret = secret
        self._sender = sender.removeprefix("+")

    async def send(self, body: str, number: str, tools: ChannelTools) -> Step:
        """Hand a text over."""
        form = {"api_key": self._key, "api_secret": self._secret, "from": self._sender, "to": number.removeprefix("+")}
        form |= {"text": body, "type": "text" if is_gsm7(body) else "unicode"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        call = HttpCall("POST", self._url, headers, content=urlencode(form).encode("ascii"))
        answer = await send(call, tools.http, tools.timeout_s)
        if not isinstance(answer, Answer):
            return unanswered(answer)
        if answer.status // 100 == 2:
            return _judged(read_json(answer.body) if answer.complete else None)
        if answer.status in (401, 403):
            return Lost(f"{_REFUSED[4][0]} ({answer.status})", Whose.CHANNEL)
        outcome = by_status(answer.status, answer.headers, "Vonage")
        return Trouble(outcome, answered=True) if isinstance(outcome, Again) else unanswered(outcome)


def _judged(said: Any) -> Step:
    parts = said.get("messages") if isinstance(said, dict) else None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return Trouble(
            Again("Vonage's address answered something that Vonage does not say", maybe_sent=True), answered=True
        )
    refused = [part for part in parts if str(part.get("status")) != "0"]
    if len(refused) < len(parts):
        # Some parts are on their way: what is missing of the text is less bad than all of it twice.
        taken = next(part for part in parts if str(part.get("status")) == "0")
        return Taken(str(taken.get("message-id", "")), "taken", Fate.UNKNOWN, messages=len(parts) - len(refused))
    return _refused(refused[0])


def _refused(part: Mapping[str, Any]) -> Step:
    status = str(part.get("status", ""))
    code = int(status) if status.isdigit() else -1
    if code in _PASSING:
        return Trouble(Again(f"{_PASSING[code]} (status {code})", 1.0, hold_channel=code != 5), answered=True)
    if code in _REFUSED:
        why, whose = _REFUSED[code]
        return Lost(f"{why} (Vonage's status {code})", whose)
    told = excerpt(str(part.get("error-text") or "it gave no reason"), 300)
    return Lost(f"Vonage refused the text: {told} (status {excerpt(status, 10)})")
