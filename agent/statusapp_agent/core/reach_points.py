"""The troubleshooting list from the escalation policy on: who is on call, when nobody is, and who can be reached."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from statusapp_agent.core.coverage import Stretch, at, gaps
from statusapp_agent.core.paging_facts import LevelFacts, MethodFacts, PagingFacts, Part, PersonFacts, PolicyFacts
from statusapp_agent.core.phrases import between, count, listed, sentence
from statusapp_agent.core.points import WORKS, Point, Verdict

SHORTEST_DELAY_MIN, LONGEST_DELAY_MIN = 15, 30
"""Between two levels: less is nobody's fair chance to answer, more is an outage that nobody looks at."""
_MOST_TOLD = 5
_AGAIN = "`statusapp doctor` asks again."


def reach_points(facts: PagingFacts, zone: tzinfo) -> list[Point]:
    """Judge who would be paged now and in the days to come, and whether PagerDuty can reach them."""
    return [_escalation(facts), _now_on_call(facts), *_gaps(facts, zone), *_people(facts)]


def timeline(policy: PolicyFacts) -> str:
    """Return the policy as it happens: ``0 min Home on call, 15 min Ben Ode``."""
    told, minutes = [], 0
    for level in policy.levels:
        told.append(f"{minutes} min {listed(level.named) if level.named else 'nobody'}")
        minutes += level.delay_min
    return ", ".join(told)


def _escalation(facts: PagingFacts) -> Point:
    title = "Escalation"
    if (fault := facts.faults.get(Part.POLICY)) is not None or facts.policy is None:
        return Point(WORKS, title, "unknown", sentence(f"Not known: {fault or 'the service names no policy'}"), _AGAIN)
    policy = facts.policy
    told = f"{policy.name}: {timeline(policy)}"
    told += f", then again from the top, {count(policy.loops, 'time')}" if policy.loops else ""
    if not policy.levels:
        return Point(WORKS, title, "fail", f"{policy.name} has no level: nobody is ever paged.", "Add people to it.")
    if len(policy.levels) == 1:
        text = sentence(told, "It has a single level: who sleeps through it is the last one to know")
        return Point(WORKS, title, "unknown", text, "Add a second level, 15 to 30 min after the first.")
    odd = [level for level in policy.levels[:-1] if not SHORTEST_DELAY_MIN <= level.delay_min <= LONGEST_DELAY_MIN]
    if odd:
        waits = listed(f"{level.delay_min} min" for level in odd)
        text = sentence(told, f"Levels follow each other after {waits}; 15 to 30 min is good practice")
        return Point(WORKS, title, "unknown", text, "Set the delays of the policy to 15 to 30 min.")
    return Point(WORKS, title, "pass", sentence(told))


def _now_on_call(facts: PagingFacts) -> Point:
    title = "On call now"
    if (fault := facts.faults.get(Part.ON_CALL)) is not None:
        return Point(WORKS, title, "unknown", sentence(f"Not known: {fault}"), _AGAIN)
    turns = sorted(at(facts.turns, facts.at), key=lambda each: each.level)
    if not turns:
        text = "Nobody, at any level: PagerDuty drops what is sent now, and creates no incident."
        return Point(WORKS, title, "fail", text, "Put somebody on call in the schedule, or into the policy itself.")
    levels: dict[int, list[str]] = {}
    for each in turns:
        levels.setdefault(each.level, []).append(each.name)
    told = ", then ".join(listed(dict.fromkeys(names)) for _, names in sorted(levels.items()))
    if min(levels) > 1:
        text = f"Nobody at level 1, so a page goes straight to level {min(levels)}: {told}."
        return Point(WORKS, title, "fail", text, "Put somebody on call at level 1.")
    return Point(WORKS, title, "pass", f"{told}.")


def _gaps(facts: PagingFacts, zone: tzinfo) -> Iterable[Point]:
    title = "On call for the next 14 days"
    if Part.ON_CALL in facts.faults or facts.policy is None:
        return
    everybody = gaps(facts.turns, facts.at, facts.until)
    found = False
    for number, level in enumerate(facts.policy.levels, 1):
        turns = [each for each in facts.turns if each.level == number]
        missing = gaps(turns, facts.at, facts.until)
        if not missing:
            continue
        found = True
        told = "; ".join(_told(each, level, facts, zone) for each in missing[:_MOST_TOLD])
        more = f"; and {len(missing) - _MOST_TOLD} more" if len(missing) > _MOST_TOLD else ""
        dropped = any(_overlap(each, nobody) for each in missing for nobody in everybody)
        then = "PagerDuty drops what is sent then" if dropped else "Pages go to the other levels then"
        text = sentence(f"Level {number} has nobody {told}{more}", then)
        schedules = listed(level.schedules) if level.schedules else facts.policy.name
        verdict: Verdict = "fail" if number == 1 or dropped else "unknown"
        yield Point(WORKS, title, verdict, text, f"Fill the gap in {schedules}, with an override for instance.")
    if not found:
        yield Point(WORKS, title, "pass", "Every level has somebody at every moment.")


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _told(gap: Stretch, level: LevelFacts, facts: PagingFacts, zone: tzinfo) -> str:
    """Return a gap in the local time of its schedule, where that is known."""
    name = next((each for each in level.schedules), None)
    schedule = next((each for each in facts.schedules if each.name == name), None)
    local, named = _zone(schedule.zone if schedule is not None else None, zone)
    begins, ends = gap[0].astimezone(local), gap[1].astimezone(local)
    last = f"{ends:%H:%M}" if begins.date() == ends.date() else _day(ends)
    of = f" in {name}" if name is not None else ""
    until = f"to {last}" if gap[1] < facts.until else "on, as far as was looked"
    since = f"from {_day(begins)}" if gap[0] > facts.at else "from now"
    return f"{since} {until}{of} ({between(*gap)}, {named})"


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def _zone(name: str | None, zone: tzinfo) -> tuple[tzinfo, str]:
    if name is not None:
        try:
            return ZoneInfo(name), name
        except (KeyError, ValueError, OSError):
            pass  # a name that this computer does not know: our own zone is better than none
    return zone, str(zone)


def _people(facts: PagingFacts) -> Iterable[Point]:
    if (fault := facts.faults.get(Part.PEOPLE)) is not None:
        yield Point(WORKS, "People", "unknown", sentence(f"Not known: {fault}"), _AGAIN)
        return
    for person in facts.people:
        yield from _person(person)
    yield from _teams(facts)


def _teams(facts: PagingFacts) -> Iterable[Point]:
    """Who is paged and may not open the service cannot do much about it; only accounts with teams restrict that."""
    teams = facts.service.teams if facts.service is not None else ()
    outside = [each.name for each in facts.people if teams and not set(teams) & set(each.teams)]
    if outside:
        are = "is" if len(outside) == 1 else "are"
        text = f"The service belongs to {listed(teams)}, in which {listed(outside)} {are} not."
        yield Point(WORKS, "Team", "unknown", text, "Add them to the team, or see that their role lets them act on it.")
    elif teams:
        yield Point(WORKS, "Team", "pass", f"Everybody who is paged belongs to {listed(teams)}.")


def _person(person: PersonFacts) -> Iterable[Point]:
    title = f"Reaching {person.name}"
    profile = f"{person.name} can mend it under My Profile, Contact Information and Notification Rules."
    working = [each for each in person.methods if each.works]
    if not working:
        how = "no contact method" if not person.methods else f"none that works: {_listed(person)}"
        yield Point(WORKS, title, "fail", f"{person.name} has {how}; PagerDuty cannot tell them anything.", profile)
        return
    usable = [rule for rule in person.rules if rule.method is not None and rule.method.works]
    if not usable:
        why = "no notification rule for high urgency" if not person.rules else "only rules for what does not work"
        yield Point(WORKS, title, "fail", sentence(f"{person.name} has {why}: they are not notified"), profile)
        return
    dead = [each for each in person.methods if not each.works]
    first = min(rule.delay_min for rule in usable)
    ways = listed(dict.fromkeys(f"{r.method.kind} {r.method.address}" for r in usable if r.method is not None))
    told = f"{person.name} is told by {ways}, first after {first} min"
    if dead:
        gone = listed(f"{each.kind} {each.address} {_dead(each)}" for each in dead)
        yield Point(WORKS, title, "unknown", sentence(told, f"Out of use: {gone}"), profile)
    elif first > 0:
        text = sentence(told, "Nothing is sent at once")
        yield Point(WORKS, title, "unknown", text, profile)
    else:
        yield Point(WORKS, title, "pass", sentence(told.replace(", first after 0 min", ", at once")))


def _dead(method: MethodFacts) -> str:
    return "is blacklisted: PagerDuty sends nothing to it" if method.blacklisted else "is disabled"


def _listed(person: PersonFacts) -> str:
    return listed(f"{each.kind} {each.address} {_dead(each)}" for each in person.methods)
