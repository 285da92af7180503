"""Addresses as settings give them, each judged by one sentence. Pure; for validators, which raise ValueError."""

from email.utils import parseaddr

ON_CALL = "oncall:"
"""Begins a recipient that is whoever is on call in a rotation."""
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:[]_")


def sound_address(text: str) -> str:
    """Return a bare address such as ``ops@example.org``."""
    bare = text.strip()
    local, at, domain = bare.rpartition("@")
    odd = any(each.isspace() or each in '<>,;"()\\' or not each.isprintable() for each in bare)
    if not (local and at and domain) or odd or "@" in local or not bare.isascii() or len(bare) > 254:
        raise ValueError(f'write an address such as "ops@example.org", not "{text[:80]}"')
    return bare


def sound_sender(text: str) -> str:
    """Return an address, perhaps with a name before it."""
    name, bare = parseaddr(text.strip())
    if not bare or not name.isprintable() or "\n" in text or "\r" in text:
        raise ValueError('write an address such as "statusapp@example.org" or "StatusApp <statusapp@example.org>"')
    sound_address(bare)
    return text.strip()


def sound_recipient(text: str) -> str:
    """Return an address, or a rotation as ``oncall:NAME``."""
    if text.startswith(ON_CALL) and text.removeprefix(ON_CALL).strip():
        return text.strip()
    return sound_address(text)


def sound_host(text: str) -> str:
    """Return a host's name or address, without a port or anything else."""
    bare = text.strip()
    if not bare or set(bare.lower()) - _HOST_CHARACTERS:
        raise ValueError('write the name or the address of the mail server alone, such as "mail.example.org"')
    return bare


def as_list(value: object) -> object:
    """Return one text as a list of it, anything else as it is."""
    return [value] if isinstance(value, str) else value


def is_address(text: str) -> bool:
    """Whether a text is a bare address."""
    try:
        return bool(sound_address(text))
    except ValueError:
        return False
