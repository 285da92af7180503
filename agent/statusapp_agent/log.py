"""Where the log goes: to journald with its levels when a service manager listens, else to stderr and a small file."""

import logging
import sys
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE = "agent.log"
_MOST_BYTES = 1_048_576
_KEPT = 2
# sd-daemon(3): the level stands in front of each line; the numbers are those of syslog(3).
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
# At INFO these print addresses, with the secrets that some services put into them.
_NOISY = ("httpx", "httpcore", "asyncio", "schedule", "uvicorn", "hpack")
_PLAIN = "%(levelname)s %(name)s: %(message)s"


class JournalFormatter(logging.Formatter):
    """Marks every line with its level; journald adds the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines, each with the level in front."""
        mark = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


def to_journal(environment: Mapping[str, str]) -> bool:
    """Tell whether stderr leads to journald."""
    return "JOURNAL_STREAM" in environment


def write_log(level: str, environment: Mapping[str, str]) -> None:
    """Have the log written to stderr from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JournalFormatter("%(name)s: %(message)s") if to_journal(environment) else _formatter(_PLAIN))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def keep_log(data_dir: Path, environment: Mapping[str, str]) -> None:
    """Keep the log in the data folder as well, three megabytes of it, unless journald keeps it."""
    if to_journal(environment):
        return
    path = data_dir / FILE
    try:
        path.touch(mode=0o600)
        handler = _Bounded(path, maxBytes=_MOST_BYTES, backupCount=_KEPT, encoding="utf-8")
    except OSError as fault:
        logging.getLogger("statusapp.log").warning("%s cannot be written: %s", path, fault.strerror)
        return
    handler.setFormatter(_formatter(f"%(asctime)s {_PLAIN}"))
    logging.getLogger().addHandler(handler)


class _Bounded(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging gave it
        """A full disk costs lines of the log, and nothing else: stderr has them too."""


def _formatter(pattern: str) -> logging.Formatter:
    return logging.Formatter(pattern, "%Y-%m-%d %H:%M:%S%z")
