"""A stray is closed when it was seen twice, and not again and again."""

from statusapp_agent.pagerduty.strays import AGAIN_S, TWICE_S, Strays


def test_it_is_believed_the_second_time_and_told_every_five_minutes():
    strays = Strays()
    assert strays.due(["a"], 0.0) == ()
    assert strays.due(["a", "b"], TWICE_S - 1) == ()
    assert strays.due(["a", "b"], TWICE_S) == ("a",)
    assert strays.due(["a"], TWICE_S + AGAIN_S - 1) == ()
    assert strays.due(["a"], TWICE_S + AGAIN_S) == ("a",)


def test_what_is_gone_in_between_begins_anew():
    strays = Strays()
    strays.due(["a"], 0.0)
    assert len(strays) == 1
    assert strays.due([], 10.0) == ()
    assert len(strays) == 0
    assert strays.due(["a"], TWICE_S) == ()
