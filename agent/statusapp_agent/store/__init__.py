"""Two SQLite files: ``state.db`` (what must not be lost) and ``samples.db`` (history, which may be)."""

import sys

if "numpy" not in sys.modules:
    # sqlite-utils imports numpy wherever it is installed, and the desktop's charts bring it: 12 MiB that a process
    # which stores no arrays has no use for. What is None here is not found by an import.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import sqlite_utils  # noqa: F401 - imported for this moment alone

    del sys.modules["numpy"]
