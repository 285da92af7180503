"""Phone numbers as settings: E.164, normalised; and as sentences: never whole. Pure."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

MOST_RECIPIENTS = 20

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits
_SPACING = re.compile(r"[\s().\-\u00a0\u2010-\u2015]")
_LONG_NUMBER = re.compile(r"\+?[0-9]{7,}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def e164(text: str) -> str:
    """Return a phone number without its spacing; raise ValueError with a sentence for what is none."""
    bare = _SPACING.sub("", text)
    if _E164.fullmatch(bare):
        return bare
    if bare.startswith("00"):
        raise ValueError("begin a phone number with + and the country's code, such as +4915112345678, not with 00")
    if not bare.startswith("+"):
        raise ValueError("a phone number begins with + and the country's code, such as +4915112345678")
    raise ValueError("a phone number is + and 7 to 15 digits, such as +4915112345678")


def sender(text: str) -> str:
    """Return who a message comes from: a number, a short code, a name, or a messaging service of Twilio's."""
    stripped = text.strip()
    if _SERVICE.fullmatch(stripped) or _SHORT_CODE.fullmatch(stripped) or _SENDER_NAME.fullmatch(stripped):
        return stripped
    if not stripped.startswith(("+", "00")):
        raise ValueError(
            "write the number that messages come from, such as +15005550006; or a short code, a name of at most"
            " 11 letters and digits, or the MG... of a messaging service"
        )
    return e164(stripped)


def _listed(value: object) -> object:
    given = [value] if isinstance(value, str) else value
    if isinstance(given, list | tuple) and any(isinstance(one, str) and one.startswith("oncall:") for one in given):
        raise ValueError(
            "who is on call cannot be looked up for text messages in this version; write phone numbers, such as"
            ' ["+15551230000"]'
        )
    return given


def _each_once(numbers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(numbers))


E164 = Annotated[str, AfterValidator(e164)]
Sender = Annotated[str, AfterValidator(sender)]
Recipients = Annotated[
    tuple[E164, ...],
    BeforeValidator(_listed),
    AfterValidator(_each_once),
    Field(min_length=1, max_length=MOST_RECIPIENTS),
]
"""Phone numbers, each once; one number may stand without a list."""


def ending(number: str) -> str:
    """Return how a sentence names a number: by its last four digits."""
    return f"the number ending in {number[-4:]}"


def masked(text: str) -> str:
    """Return text with all but the last four digits of long numbers hidden."""
    return _LONG_NUMBER.sub(lambda found: f"...{found.group()[-4:]}", text)
