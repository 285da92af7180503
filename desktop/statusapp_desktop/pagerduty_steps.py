"""What the source of truth calls things in PagerDuty, step by step, and what a pasted key looks like. Pure."""

from typing import Literal

from statusapp_desktop.words import tr

Region = Literal["us", "eu"]
PAGES: dict[Region, str] = {
    "us": "https://app.pagerduty.com/service-directory",
    "eu": "https://app.eu.pagerduty.com/service-directory",
}
KEY_LENGTH = 32
_REST_LENGTH = 20


def steps() -> list[str]:
    """Return the six steps in PagerDuty, with its own labels."""
    return [
        tr("In PagerDuty, go to your Service."),
        tr("Navigate to the Integrations tab."),
        tr("Click Add Integration."),
        tr("Select Events API V2."),
        tr("Give it a name, for example StatusApp."),
        tr("Copy the Integration Key."),
    ]


def look_of(key: str) -> tuple[bool | None, str]:
    """Return what a pasted key looks like: True fine, False wrong, None not known; and the sentence that says it."""
    key = "".join(key.split())
    if not key:
        return None, ""
    if len(key) == _REST_LENGTH or key.startswith("u+"):
        return False, tr(
            "This is a REST key (20 characters, or u+ at its beginning). The Integration Key has 32 characters and "
            "stands on the service's Integrations tab."
        )
    if len(key) != KEY_LENGTH:
        return False, tr("The Integration Key has 32 characters; this has {n}.", n=len(key))
    if key.startswith("R"):
        return True, tr("32 characters, an Event Orchestration key. Pages work; a quiet test does not.")
    return True, tr("32 characters, as an Integration Key has.")
