"""Phone numbers: as they must be written, and as they may be shown. Pure."""

import hashlib
import re
from typing import Annotated

from pydantic import AfterValidator, Field

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_SHORT_CODE = re.compile(r"\d{3,8}")
_SEPARATORS = str.maketrans("", "", " -().\u00a0\u2011/")


def e164(text: str) -> str:
    """Return a number in E.164; raise ValueError with a sentence, which never repeats the number, for anything else."""
    bare = text.strip().translate(_SEPARATORS)
    if not _E164.fullmatch(bare):
        raise ValueError("write a phone number with its country: a plus, then 7 to 15 digits, like +15551230000")
    return bare


def sender(text: str) -> str:
    """Return what texts come from: a number, a short code, or a name of at most 11 letters and digits."""
    bare = text.strip()
    if _SHORT_CODE.fullmatch(bare) or _ALPHANUMERIC.fullmatch(bare):
        return bare
    try:
        return e164(bare)
    except ValueError:
        raise ValueError(
            "write the number that texts come from like +15551230000, a short code, or a name of at most 11 letters"
        ) from None


def is_number(text: str) -> bool:
    """Whether this is a whole phone number, which can be answered."""
    return bool(_E164.fullmatch(text))


def masked(number: str) -> str:
    """Return a number as it may be shown: the last four digits say to its owner whose it is."""
    return f"…{number[-4:]}" if len(number) > 6 else "…"


def key(number: str) -> str:
    """Return what stands for a number where it is stored: the number cannot be read from it at a glance."""
    return hashlib.sha256(number.encode()).hexdigest()[:12]


def same(one: str, other: str) -> bool:
    """Whether two writings are one number; gateways leave out the plus, or write 00 in its place."""
    return _digits(one) == _digits(other) != ""


def _digits(number: str) -> str:
    bare = re.sub(r"\D", "", number)
    return bare.removeprefix("00")


PhoneNumber = Annotated[str, AfterValidator(e164), Field(json_schema_extra={"format": "statusapp-phone"})]
Sender = Annotated[str, AfterValidator(sender)]
