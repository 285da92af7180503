"""The pace of a credential: a minute as the other side may see it, whatever the way there takes."""

from statusapp_agent.pace import WINDOW_S, Pace


def test_a_send_counts_from_the_question_until_a_minute_after_its_end():
    pace = Pace()
    pace.begin(1)
    assert pace.room(1, 0.0) == 0
    assert pace.next_room_s(0.0) is None
    pace.end(1, 5.0)  # it may have arrived at any moment until now
    assert pace.room(1, WINDOW_S) == 0
    assert pace.next_room_s(WINDOW_S) == 5.0
    assert pace.room(1, 5.0 + WINDOW_S) == 1


def test_what_was_not_sent_does_not_count():
    pace = Pace()
    pace.begin(1)
    pace.leave_out(1)
    pace.end(1, 3.0)
    assert pace.room(2, 3.0) == 2


def test_the_last_minute_before_a_start_counts():
    pace = Pace([-10.0, -50.0])
    assert pace.room(2, 0.0) == 0
    assert pace.next_room_s(0.0) == 10.0
    assert pace.room(2, 11.0) == 1


def test_two_channels_of_one_credential_share_it():
    shared, other = Pace([1.0]), Pace([0.0])
    other.begin(7)
    shared.join(other)
    assert shared.room(4, 2.0) == 1
    shared.end(7, 3.0)
    assert shared.room(4, 3.0) == 1
    assert shared.room(4, WINDOW_S) == 2
