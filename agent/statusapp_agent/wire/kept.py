"""Values that are derived from settings once: made at the first check, gone with the settings they came from."""

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class _Owner(weakref.ref[Any]):
    """A reference that knows the number its owner had: one object for each entry, not a closure as well."""

    __slots__ = ("number",)

    number: int


class Kept(Generic[V]):
    """Remembers what ``make`` returns for an object, by identity, as long as the object lives.

    By identity, because comparing settings by value costs more than the check that needs them.
    """

    __slots__ = ("_drop", "_kept", "_make")

    def __init__(self, make: Callable[[Any], V]) -> None:
        self._make = make
        self._kept: dict[int, tuple[_Owner, V]] = {}
        kept = self._kept

        def drop(gone: _Owner) -> None:
            # The number may belong to another object by now.
            if (entry := kept.get(gone.number)) is not None and entry[0] is gone:
                del kept[gone.number]

        self._drop = drop

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, owner: object) -> V:
        """Return what belongs to ``owner``, made now if this is the first time."""
        number = id(owner)
        entry = self._kept.get(number)
        if entry is not None and entry[0]() is owner:
            return entry[1]
        value = self._make(owner)
        reference = _Owner(owner, self._drop)
        reference.number = number
        self._kept[number] = (reference, value)
        return value
