"""Splits that share nothing."""

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storage.release.splits import LARGEST_SHARE, NONE, SPLITS, Dealt, Ties, dealt

FEW = st.integers(0, 5)
MANY = st.integers(0, 60)
KEYS = ("author", "prompt", "alike", "lineage")


def ties_of(rows: Sequence[tuple[int, ...]]) -> Ties:
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(KEYS)).T
    return Ties(**dict(zip(KEYS, columns, strict=True)))


TIES = st.one_of([st.lists(st.tuples(one, one, one, one), max_size=60) for one in (FEW, MANY)]).map(ties_of)


def shared(ties: Ties, found: Dealt) -> list[str]:
    """By what two splits are tied together."""
    ways = []
    for name in KEYS:
        key = getattr(ties, name)
        pairs = np.unique(np.stack((key, found.split), axis=1)[~found.crossing], axis=0)
        if len(np.unique(pairs[:, 0])) < len(pairs):
            ways.append(name)
    return ways


@given(TIES)
def test_no_two_splits_share_anything(ties: Ties) -> None:
    found = dealt(ties)

    assert shared(ties, found) == []
    assert set(found.split.tolist()) <= {NONE, 0, 1, 2}


@given(TIES)
def test_works_are_left_out_by_the_fallback_alone(ties: Ties) -> None:
    found = dealt(ties)

    assert found.is_by_author or not found.crossing.any()


@given(TIES, st.randoms())
def test_what_authors_are_called_makes_no_difference(ties: Ties, chance: random.Random) -> None:
    names = list(range(100))
    chance.shuffle(names)
    renamed = Ties(
        author=np.array(names, dtype=np.int64)[ties.author], prompt=ties.prompt, alike=ties.alike, lineage=ties.lineage
    )

    assert dealt(renamed).split.tolist() == dealt(ties).split.tolist()


def test_many_small_trees_are_dealt_out_as_asked() -> None:
    author = np.repeat(np.arange(200), 5)
    own = np.arange(1000)

    found = dealt(Ties(author=author, prompt=own, alike=own, lineage=own))

    assert np.bincount(found.split).tolist() == [800, 100, 100]
    assert not found.is_by_author


def test_where_one_prompt_ties_nearly_all_authors_are_dealt_out() -> None:
    author, own = np.repeat(np.arange(100), 10), np.arange(1000)
    prompt = np.where(own % 10 == 0, 0, own)

    found = dealt(Ties(author=author, prompt=prompt, alike=own, lineage=own))

    assert found.is_by_author
    assert [int((found.split == place).sum()) for place in range(len(SPLITS))] == [800, 90, 90]
    assert int(found.crossing.sum()) == 20


def test_a_component_just_small_enough_stays_whole() -> None:
    works = 100
    tied = np.where(np.arange(works) < LARGEST_SHARE * works, 0, np.arange(works))

    found = dealt(Ties(author=tied, prompt=np.arange(works), alike=np.arange(works), lineage=np.arange(works)))

    assert not found.is_by_author
    assert len(set(found.split[: int(LARGEST_SHARE * works)].tolist())) == 1


def test_one_author_alone_is_one_split() -> None:
    own = np.arange(10)

    found = dealt(Ties(author=np.zeros(10, dtype=np.int64), prompt=own, alike=own, lineage=own))

    assert found.split.tolist() == [0] * 10
