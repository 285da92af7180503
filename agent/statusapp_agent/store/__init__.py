"""Two SQLite files: ``state.db`` (what must not be lost) and ``samples.db`` (history, which may be)."""
