"""What a target said, made safe to store and to show: bounded, on one line, nothing that acts on a screen. Pure."""

import unicodedata

LIMIT_CHARACTERS = 512  # S12: a snippet is evidence, not an archive

# Cc: terminal control. Cf: invisible, among them the bidirectional overrides. Cs: lone surrogates break JSON encoders.
# Zl, Zp: line breaks that not every sink knows as such.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def excerpt(said: bytes | str, limit: int = LIMIT_CHARACTERS) -> str:
    """Return the beginning of ``said``, at most ``limit`` characters, acting characters spelled out."""
    text = said[: limit * 4].decode("utf-8", "replace") if isinstance(said, bytes) else said[:limit]
    safe = "".join(_visible(character) for character in text[:limit])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def quoted(said: bytes | str, limit: int = 60) -> str:
    """Return an excerpt in quotation marks, for a sentence."""
    return f"'{excerpt(said, limit)}'"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _ACTING:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
