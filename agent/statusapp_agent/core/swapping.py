"""Taking over from somebody for a time, and giving a shift in exchange: overrides, as values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from statusapp_agent.core.incident import NotAllowedError
from statusapp_agent.core.oncall import FARTHEST, shifts
from statusapp_agent.core.phrases import count, unknown_name
from statusapp_agent.core.roster import Override, Roster, Rotation


def taken_over(roster: Roster, wanted: Override, now: datetime, *, swap: bool) -> Sequence[Override]:
    """Return the overrides that a wish comes to, still without names; raises NotAllowedError with a sentence."""
    rotation = roster.rotations.get(wanted.rotation)
    if rotation is None:
        raise NotAllowedError(unknown_name(wanted.rotation, list(roster.rotations), "rotation"))
    if wanted.person not in roster.people:
        raise NotAllowedError(unknown_name(wanted.person, list(roster.people), "person"))
    if wanted.level > len(rotation.layers):
        raise NotAllowedError(f"{rotation.name} has {count(len(rotation.layers), 'level')}, and no {wanted.level}.")
    if wanted.ends_at <= wanted.starts_at:
        raise NotAllowedError("That ends before it begins: the end must be later.")
    if wanted.ends_at <= now:
        raise NotAllowedError("That is over already: nothing about it can be changed any more.")
    if wanted.ends_at - wanted.starts_at > FARTHEST:
        raise NotAllowedError("That is longer than 400 days: change the rotation instead.")
    if abs(wanted.starts_at - now) > FARTHEST:
        raise NotAllowedError("That begins more than 400 days from now: so far nobody plans.")
    wanted = replace(wanted, starts_at=wanted.starts_at.astimezone(UTC), ends_at=wanted.ends_at.astimezone(UTC))
    return [wanted, _in_exchange(roster, rotation, wanted)] if swap else [wanted]


def _in_exchange(roster: Roster, rotation: Rotation, wanted: Override) -> Override:
    """Return the override that gives as much of the person's own next shift to whoever is relieved."""
    relieved = {each.person for each in shifts(roster, rotation, wanted.level, wanted.starts_at, wanted.ends_at)}
    other = next(iter(relieved))
    if len(relieved) != 1 or other is None:
        raise NotAllowedError("More than one person, or nobody, is on call in that time: make an override instead.")
    if other == wanted.person:
        raise NotAllowedError(f"{other} is on call in all of that time anyway.")
    ahead = shifts(roster, rotation, wanted.level, wanted.ends_at, wanted.ends_at + FARTHEST)
    own = next((each for each in ahead if each.person == wanted.person and each.override is None), None)
    if own is None:
        raise NotAllowedError(f"{wanted.person} has no shift of their own to give: make an override instead.")
    # As much as was taken, not more: a day for a day, even where whole weeks are the rule.
    ends = min(own.ends_at, own.began_at + (wanted.ends_at - wanted.starts_at))
    return Override("", rotation.name, other, own.began_at, ends, wanted.level)
