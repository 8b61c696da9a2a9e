import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.curation import Choosing
from bot.ui.filters import MAX_SEARCH_WIDTH, PAGE_TEMPLATE, Filters, Ranking, Scope, day_of, page_id, page_of
from bot.ui.parts import width
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage.domain import Sight

TODAY = date(2026, 8, 31)
READER = MemberId(7)
NOWHERE = Sight(channels=frozenset())
DAYS = st.none() | st.dates(min_value=date(2015, 1, 1), max_value=date(2140, 1, 1))
IDS = st.integers(min_value=0, max_value=2**63 - 1)
FILTERS = st.builds(
    Filters,
    scope=st.sampled_from(Scope),
    member=st.none() | IDS.map(MemberId),
    medium=st.none() | st.sampled_from(Medium),
    since=DAYS,
    until=DAYS,
    words=st.text(max_size=MAX_SEARCH_WIDTH // 2),
)


@given(filters=FILTERS, edge=IDS.map(CreationId), is_newer=st.booleans())
def test_what_a_page_is_of_travels_in_its_buttons_whole(filters: Filters, edge: CreationId, is_newer: bool) -> None:
    name = "newer_than" if is_newer else "older_than"
    match = re.fullmatch(PAGE_TEMPLATE, page_id(filters, **{name: edge}))
    assert match is not None
    assert page_of(match) == (filters, {name: edge})


@given(filters=FILTERS, edge=IDS.map(CreationId))
def test_a_button_never_carries_more_than_discord_takes(filters: Filters, edge: CreationId) -> None:
    assert width(page_id(filters, older_than=edge)) - width(filters.words) + MAX_SEARCH_WIDTH <= 100


def test_the_media_are_told_apart_by_their_first_letter() -> None:
    assert len({medium.value[0] for medium in Medium}) == len(Medium)


@pytest.mark.parametrize(
    ("text", "day"),
    [("7", date(2026, 8, 24)), ("7d", date(2026, 8, 24)), (" 0 ", TODAY), ("2026-01-02", date(2026, 1, 2))],
)
def test_a_day_is_a_date_or_so_many_days_ago(text: str, day: date) -> None:
    assert day_of(text, today=TODAY) == day


@pytest.mark.parametrize("text", ["yesterday", "", "-3", "31.8.2026", "2026-02-30"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|isoformat"):
        day_of(text, today=TODAY)


def test_a_day_too_far_back_to_have_works_is_the_first_that_could() -> None:
    filters = Filters(since=date(1, 1, 1), until=date(9999, 12, 31))
    unpacked = Filters.unpacked(filters.packed())
    assert unpacked.since == day_of("99999", today=TODAY) == date(2015, 1, 1)
    assert unpacked.until is not None
    assert unpacked.until > date(2140, 1, 1)


@given(since=st.dates(), until=st.dates())
def test_any_day_of_pythons_calendar_is_wanted_without_an_error(since: date, until: date) -> None:
    for wanted in (
        Filters(since=since, until=until).wanted(reader=READER, sight=NOWHERE),
        Choosing(since=since, until=until).wanted(),
        Ranking(since=since).wanted(sight=NOWHERE),
    ):
        assert wanted.since is not None
        assert 2015 <= wanted.since.year <= 2143


def test_the_last_day_is_wanted_to_its_end() -> None:
    wanted = Filters(since=TODAY, until=TODAY).wanted(reader=READER, sight=NOWHERE)
    assert (wanted.since, wanted.until) == (datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))


def test_whose_works_are_wanted_follows_from_the_scope() -> None:
    other = MemberId(8)
    wanted = {scope: Filters(scope=scope, member=other).wanted(reader=READER, sight=NOWHERE) for scope in Scope}
    assert {scope: one.member for scope, one in wanted.items()} == {
        Scope.MINE: READER,
        Scope.MEMBER: other,
        Scope.SERVER: None,
        Scope.KEPT: None,
    }
    assert [scope for scope, one in wanted.items() if one.kept_by == READER] == [Scope.KEPT]
