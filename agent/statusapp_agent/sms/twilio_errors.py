"""Twilio's error codes as sentences and what follows from them (its error dictionary; the codes are coarse classes).

Twilio says not to build on codes (OpenAPI, Message), so everything that is not listed has a sensible default.
"""

from dataclasses import dataclass

from statusapp_agent.sms.carrier import Lost, Whose

_C, _N, _M = Whose.CHANNEL, Whose.NUMBER, Whose.MESSAGE


@dataclass(frozen=True, slots=True)
class _Meaning:
    sentence: str
    whose: Whose = _M
    once_more: bool = False


_A2P = (
    "US carriers take texts from ordinary numbers only once they are registered: register for A2P 10DLC (a sole"
    " proprietor can) in Twilio's console under Messaging, Regulatory Compliance, or send from a verified toll-free"
    " number"
)
_MEANINGS = {
    20003: _Meaning(
        "Twilio does not know these credentials; copy account SID and auth token from its console again", _C
    ),
    20005: _Meaning("the Twilio account is not active; look at its console, its balance may be used up", _C),
    20404: _Meaning("Twilio has no such account; copy the account SID from its console again", _C),
    21211: _Meaning("this is not a phone number that Twilio can text; correct it in to", _N),
    21212: _Meaning("from is not a number that can send texts; write one of your own Twilio numbers", _C),
    21408: _Meaning("the account may not text that country; allow it in Twilio under Messaging, Geo permissions", _N),
    21606: _Meaning("from is not an SMS number of this account; buy or choose one in Twilio's console", _C),
    21608: _Meaning(
        "a trial account can only text numbers that are verified; verify this one in Twilio's console, or upgrade", _N
    ),
    21610: _Meaning("the recipient has replied STOP; they must text START to the number that texts come from", _N),
    21612: _Meaning("Twilio has no route from this sender to that number; send from another number", _N),
    21614: _Meaning("this number is no mobile phone, so it cannot be texted", _N),
    21617: _Meaning("the text is longer than Twilio takes; please report this fault"),
    21704: _Meaning("the messaging service has no numbers in it; add one in Twilio's console", _C),
    30002: _Meaning("the Twilio account is suspended; its console says why", _C),
    30003: _Meaning("the phone cannot be reached: it is off or has no signal", once_more=True),
    30004: _Meaning("the recipient's carrier or phone blocks these texts"),
    30005: _Meaning("nobody has this number", _N),
    30006: _Meaning("this number is a landline, or its carrier cannot be reached", _N),
    30007: _Meaning("the carrier took the text for spam and filtered it"),
    30008: _Meaning("the carrier lost it and does not say why", once_more=True),
    30032: _Meaning("the toll-free number is not verified yet; submit its verification in Twilio's console", _C),
    30034: _Meaning(_A2P, _C),
    30036: _Meaning("it could not be delivered within ten minutes, and a text that late would mislead"),
    30410: _Meaning("the carrier did not answer Twilio in time", once_more=True),
}
_PASSING = {20429, 21611, 30001}
"""Too many requests or a queue that is full: time mends these."""


def passing(code: int | None) -> bool:
    """Whether to try again in a while."""
    return code in _PASSING


def lost(code: int | None, said: str, *, status: int | None = None) -> Lost:
    """Return what an error means; ``said`` is Twilio's own sentence, for codes that are not known."""
    meaning = _MEANINGS.get(code or 0)
    if meaning is not None:
        return Lost(f"{meaning.sentence} (Twilio's code {code})", meaning.whose, meaning.once_more)
    told = said.strip().rstrip(".") or "it gave no reason"
    named = f" (code {code})" if code else f" ({status})" if status else ""
    return Lost(f"Twilio refused the text: {told}{named}", _C if status in (401, 403, 404) else _M)
