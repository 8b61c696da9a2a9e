"""Which of several quotations Discord refuses."""

from hypothesis import given
from hypothesis import strategies as st

from bot.replies import MOST_TRIES, refused_among


class Filter:
    """Takes an answer once all that it bars is left out of it."""

    def __init__(self, barred: frozenset[int]) -> None:
        self.barred = barred
        self.asked = 0

    async def takes(self, left_out: frozenset[int]) -> bool:
        self.asked += 1
        return self.barred <= left_out


@given(count=st.integers(1, 10), barred=st.integers(0, 9))
async def test_a_single_one_is_found_whatever_stands_beside_it(count: int, barred: int) -> None:
    suspects, bad = range(count), frozenset({barred % count})
    assert await refused_among(suspects, Filter(bad).takes, frozenset(suspects)) == bad


@given(count=st.integers(1, 20), barred=st.sets(st.integers(0, 19), min_size=1))
async def test_no_refused_one_stays_and_few_questions_are_asked(count: int, barred: set[int]) -> None:
    suspects, one = range(count), Filter(frozenset(each % count for each in barred))
    assert one.barred <= await refused_among(suspects, one.takes, frozenset(suspects))
    assert one.asked <= MOST_TRIES
