"""Writing a file that a person asked for."""

from pathlib import Path

from statusapp_desktop.words import tr


def write_text(name: str, text: str) -> str:
    """Write a file; return the sentence that says so, or why not."""
    try:
        Path(name).write_text(text, "utf-8")
    except OSError as error:
        return tr("{file} could not be written: {why}.", file=name, why=error.strerror or type(error).__name__)
    return tr("Written to {file}.", file=name)
