import pytest

from inference.contract.identifiers import ModelName
from inference.engines.residency import Residency

A, B, C = ModelName("a"), ModelName("b"), ModelName("c")


def test_a_model_is_loaded_once() -> None:
    residency, loads = Residency[object](budget_gib=2), [object(), object()]
    held = []

    for _ in range(2):
        with residency.hold(A, 1, loads.pop) as model:
            held.append(model)

    assert held[0] is held[1]


def test_the_least_recently_used_leaves_first() -> None:
    residency = Residency[str](budget_gib=2)
    for name in (A, B, A, C):
        with residency.hold(name, 1, lambda: "x"):
            pass

    assert residency.loaded == (A, C)


def test_a_model_in_use_never_leaves() -> None:
    residency = Residency[str](budget_gib=1)
    with residency.hold(A, 1, lambda: "a"):
        assert not residency.has_room(B, 1)
        assert residency.has_room(A, 1)
        with residency.hold(B, 1, lambda: "b"):
            assert set(residency.loaded) == {A, B}

    assert residency.has_room(B, 1)


def test_a_model_alone_may_exceed_the_budget() -> None:
    assert Residency[str](budget_gib=1).has_room(A, 40)


def test_a_model_that_does_not_load_leaves_no_trace() -> None:
    residency = Residency[str](budget_gib=1)

    def fail() -> str:
        assert residency.loading == A
        raise MemoryError

    with pytest.raises(MemoryError), residency.hold(A, 1, fail):
        pass

    assert residency.loading is None
    assert residency.loaded == ()
