"""From the agent's JSON Schema to the fields of a form. Pure: no kind of check or channel is known here by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldKind = Literal["text", "long", "secret", "switch", "choice", "whole", "number", "list", "pairs"]
_LONG = {"notes", "body"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. ``path`` is where its value stands in the document, ``key`` what the agent calls it in a fault."""

    path: tuple[str, ...]
    title: str
    help: str
    example: str
    kind: FieldKind
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    short: bool = False
    whole_items: bool = False

    @property
    def key(self) -> str:
        """The last part of the path."""
        return self.path[-1]


def fields(schema: Mapping[str, Any]) -> list[FieldSpec]:
    """Return the fields of a kind's schema, in its order; the kind itself is fixed and is no field."""
    return list(_walk(schema, ()))


def _walk(schema: Mapping[str, Any], before: tuple[str, ...]) -> Iterator[FieldSpec]:
    required = set(schema.get("required", ()))
    for key, part in schema.get("properties", {}).items():
        if "const" in part:
            continue
        if part.get("type") == "object" and "properties" in part:
            yield from _walk(part, (*before, key))
        else:
            yield _field((*before, key), part, key in required)


def _field(path: tuple[str, ...], part: Mapping[str, Any], required: bool) -> FieldSpec:
    core = _core(part)
    kind = _kind(path[-1], part, core)
    duration = "statusapp-duration" in (part.get("format"), core.get("format"))
    return FieldSpec(
        path=path,
        title=str(part.get("title", path[-1])),
        help=str(part.get("description", "")),
        example=_example(part, core, kind),
        kind=kind,
        required=required,
        default=part.get("default"),
        choices=tuple(str(each) for each in core.get("enum", ())),
        low=core.get("minimum", core.get("exclusiveMinimum")),
        high=core.get("maximum", core.get("exclusiveMaximum")),
        short=duration or kind in ("whole", "number", "choice"),
        whole_items="integer" in str(core.get("items", "")),
    )


def _core(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part without its "or nothing"."""
    parts = [each for each in part.get("anyOf", ()) if each.get("type") != "null"]
    return {**part, **parts[0]} if len(parts) == 1 else part


def _kind(key: str, part: Mapping[str, Any], core: Mapping[str, Any]) -> FieldKind:
    if "statusapp-secret" in (part.get("format"), core.get("format")):
        return "secret"
    if "enum" in core:
        return "choice"
    match core.get("type"):
        case "boolean":
            return "switch"
        case "integer":
            return "whole"
        case "number":
            return "number"
        case "array":
            return "list"
        case "object":
            return "pairs"
        case _:
            return "long" if key in _LONG else "text"


def _example(part: Mapping[str, Any], core: Mapping[str, Any], kind: FieldKind) -> str:
    examples = part.get("examples") or core.get("examples") or [""]
    if kind == "secret":
        return ""
    return as_text(examples[0], kind)


def as_text(value: Any, kind: FieldKind) -> str:
    """Return a value as a person writes it in a field."""
    if value is None:
        return ""
    if kind == "list" and isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if kind == "pairs" and isinstance(value, Mapping):
        return "\n".join(f"{name}: {inner}" for name, inner in value.items())
    return str(value)


def from_text(text: str, spec: FieldSpec) -> Any:
    """Return what was written as the value of a document; None for nothing. What is wrong in it the agent says."""
    text = text.strip()
    if not text:
        return None
    match spec.kind:
        case "list":
            parts = [each.strip() for each in text.split(",") if each.strip()]
            return [int(each) if spec.whole_items and each.isdecimal() else each for each in parts]
        case "pairs":
            lines = (each.partition(":") for each in text.splitlines() if each.strip())
            return {name.strip(): value.strip() for name, _, value in lines}
        case "whole":
            return int(text) if text.lstrip("-").isdecimal() else text
        case "number":
            return _number(text)
        case _:
            return text


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Write a value into a document; None takes it out, and an empty table with it."""
    *tables, last = path
    chain = [document]
    for name in tables:
        chain.append(chain[-1].setdefault(name, {}))
    if value is None:
        chain[-1].pop(last, None)
    else:
        chain[-1][last] = value
    for name, table in zip(reversed(tables), reversed(chain[:-1]), strict=True):
        if not table[name]:
            del table[name]


def get(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return a value of a document, None where there is none."""
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def plain_sentence(message: str) -> str:
    """Return a fault's sentence without the words that say where it is: it stands beside its field."""
    rest = message
    for _ in range(2):
        head, colon, tail = rest.partition(": ")
        if colon and head.endswith('"') and len(head) < 130:
            rest = tail
    return rest[:1].upper() + rest[1:] + ("" if rest.endswith((".", "?")) else ".")
