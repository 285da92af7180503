"""The timetable: nobody late, nobody twice, no drift."""

from statusapp_agent.timetable import GRID_S, Timetable


def _run(timetable: Timetable, begin_s: float, end_s: float, step_s: float = 0.05) -> dict[str, list[float]]:
    seen: dict[str, list[float]] = {}
    now_s = begin_s
    while now_s < end_s:
        for name, due_s in timetable.due(now_s):
            seen.setdefault(name, []).append(due_s)
        now_s += step_s
    return seen


def test_every_monitor_keeps_its_period_exactly():
    timetable = Timetable()
    for number in range(200):
        timetable.put(f"m{number}", 10.0, 1_000.0)
    seen = _run(timetable, 1_000.0, 1_200.0)
    assert len(seen) == 200
    for turns in seen.values():
        later = [turn for turn in turns if turn > 1_020.0]
        assert len(later) in (17, 18)
        assert {round(b - a, 6) for a, b in zip(later, later[1:], strict=False)} == {10.0}


def test_a_new_monitor_is_checked_within_five_seconds_whatever_its_interval():
    timetable = Timetable()
    for number in range(100):
        timetable.put(f"m{number}", 3_600.0, 50.0)
    assert all(50.0 <= (timetable.due_of(f"m{number}") or 0) <= 55.0 + GRID_S for number in range(100))


def test_checks_are_spread_over_the_interval():
    timetable = Timetable()
    for number in range(1_000):
        timetable.put(f"m{number}", 60.0, 0.0)
    seen = _run(timetable, 0.0, 180.0)
    turns = [turn for each in seen.values() for turn in each if 60.0 <= turn < 120.0]
    by_second = [sum(1 for turn in turns if second <= turn < second + 1) for second in range(60, 120)]
    assert sum(by_second) == 1_000
    assert max(by_second) < 45


def test_a_moved_turn_comes_when_asked_and_the_slot_is_kept():
    timetable = Timetable()
    timetable.put("nas", 10.0, 0.0)
    _run(timetable, 0.0, 30.0)
    slot = timetable.due_of("nas")
    assert slot is not None
    timetable.move("nas", 30.5, 30.2)
    assert timetable.due(30.5) == [("nas", 30.5)]
    following = timetable.due_of("nas")
    assert following is not None
    assert (following - slot) % 10.0 in (0.0, 10.0)


def test_moving_back_to_the_slots_forgets_the_extra_turn():
    timetable = Timetable()
    timetable.put("nas", 10.0, 0.0)
    _run(timetable, 0.0, 30.0)
    timetable.move("nas", 30.5, 30.2)
    timetable.move("nas", None, 30.2)
    assert timetable.due(31.0) == []


def test_a_removed_monitor_is_never_due():
    timetable = Timetable()
    timetable.put("nas", 1.0, 0.0)
    timetable.remove("nas")
    assert timetable.due(100.0) == []
    assert timetable.next_due() is None


def test_a_late_look_gives_one_turn_not_many():
    timetable = Timetable()
    timetable.put("nas", 1.0, 0.0)
    _run(timetable, 0.0, 10.0)
    assert len(timetable.due(60.0)) == 1
