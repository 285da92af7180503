"""How the fields of a monitor are grouped; keys that this window does not know by name stand under Check. Pure."""

from collections.abc import Iterable

from statusapp_desktop.schema_fields import FieldSpec
from statusapp_desktop.words import tr

_GENERAL = ("name", "tags", "runbook", "notes")
_TIMES = ("interval", "timeout")
_CONFIRMATION = ("failures", "recoveries", "retry_interval", "degraded_above", "flap_after")
_NOTIFICATIONS = ("tier", "channels", "severity")
_DEPENDS = ("depends_on",)
NOTIFICATIONS = 2
"""The number of the section with the route."""


def sections(specs: Iterable[FieldSpec]) -> list[tuple[str, list[FieldSpec]]]:
    """Return the sections in the order in which a monitor is thought of: what, how, who, when sure, under what."""
    by_key = {spec.path: spec for spec in specs}
    taken = {(key,) for group in (_GENERAL, _TIMES, _CONFIRMATION, _NOTIFICATIONS, _DEPENDS) for key in group}
    own = [spec for path, spec in by_key.items() if path not in taken]
    own.sort(key=lambda spec: not spec.required)

    def named(keys: tuple[str, ...]) -> list[FieldSpec]:
        return [by_key[(key,)] for key in keys if (key,) in by_key]

    return [
        (tr("General"), named(_GENERAL)),
        (tr("Check"), [*own, *named(_TIMES)]),
        (tr("Notifications"), named(_NOTIFICATIONS)),
        (tr("Confirmation"), named(_CONFIRMATION)),
        (tr("Depends on"), named(_DEPENDS)),
    ]
