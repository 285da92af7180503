"""Settings as the text of a settings file: readable, without secrets, and read back to the same settings.

tomli_w writes keys and plain values. The tables around them are laid out here, since it would fold short ones into
lists at the top and spread references over tables of their own.
"""

from collections.abc import Mapping
from typing import Any

import tomli_w

from statusapp_agent.settings.values import NOUNS, Settings


def export(settings: Settings) -> str:
    """Return the settings as TOML, defaults left out.

    Secrets stay references. ``{ vault = true }`` is one that only the agent's vault holds; applied again, it means that
    the vault's value is kept.
    """
    whole = settings.documents()
    tables = [_table("[agent]", whole["agent"])] if "agent" in whole else []
    for noun in NOUNS:
        tables += [_table(f"[[{noun}]]", document) for document in whole.get(noun, ())]
    return "\n".join(tables)


def _table(header: str, document: Mapping[str, Any]) -> str:
    return "".join([f"{header}\n", *(f"{_key(key)} = {_spread(value)}\n" for key, value in document.items())])


def _spread(value: Any) -> str:
    """Return a value, with a line for each table of a list of tables."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return "".join(["[\n", *(f"  {_value(item)},\n" for item in value), "]"])
    return _value(value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").removesuffix("\n")


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")
