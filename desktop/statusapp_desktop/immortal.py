"""Keeps Python 3.11 alive under a Qt that was built for 3.12's immortal objects.

PySide6 6.12 has one wheel for all Pythons, built with ``Py_RETURN_NONE`` and the like as Python 3.12 defines them:
without counting, because None, True and False live for ever there (PEP 683). Under 3.11 they do not: every call into Qt
that returns nothing takes one reference to None away that was never given, and after some ten thousand calls the
interpreter aborts (``none_dealloc``, ``bool_dealloc``). Counting from 2**60 makes them as good as immortal.
"""

import ctypes
import sys

_FOR_EVER = 1 << 60
_SINGLETONS: tuple[object, ...] = (None, True, False, NotImplemented, Ellipsis)


def keep_singletons() -> None:
    """Make them immortal where they are not; safe to call again. Call it before anything of Qt."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for each in _SINGLETONS:
        # An object of CPython begins with its reference count.
        count = ctypes.c_ssize_t.from_address(id(each))
        count.value = max(count.value, _FOR_EVER)
