import gc

from statusapp_agent.wire.kept import Kept


class Owner:
    pass


def test_a_value_is_made_once_for_each_owner():
    made: list[object] = []
    kept = Kept(lambda owner: made.append(owner) or len(made))  # type: ignore[func-returns-value]
    one, other = Owner(), Owner()
    assert [kept.of(one), kept.of(one), kept.of(other), kept.of(one)] == [1, 1, 2, 1]


def test_it_goes_with_its_owner():
    kept = Kept(lambda _owner: "value")
    owner = Owner()
    kept.of(owner)
    assert len(kept) == 1
    del owner
    gc.collect()
    assert len(kept) == 0
