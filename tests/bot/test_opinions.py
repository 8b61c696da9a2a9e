"""How works are brought to be rated, compared and admired: pure functions, and what fits into Discord."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.gallery import part_to_exhibit
from bot.features.opinions.serving import ServedButton, ServedForm, is_repeat_due
from bot.i18n import texts_for
from bot.ui import duels, gallery, notes, rating
from bot.ui.contents import Gallery, Print, Writing
from bot.ui.filters import RANKING_TEMPLATE, Ranking, View, ranking_id, ranking_of
from bot.ui.parts import width
from bot.ui.rating import Turn
from bot.ui.scores import score_words
from inference.contract.identifiers import CreationId, DuelId, MemberId, MessageId, ServerId
from inference.contract.image import Picture, Showing
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Medium
from storage.domain import MOST_FOLDED, Axis, Creation, Duel, Ground, Place, Side, StandingPage
from tests.bot.shown import STANDING
from tests.bot.test_notes import NOW, creation, request
from tests.bot.test_picture_notes import drawn

T = texts_for("en-US")
PRINT = Print(content=b"x", extension=".png")
PROMPTS = st.text(min_size=1, max_size=MAX_PROMPT_CHARACTERS).filter(str.strip)
TEXTS = st.text(min_size=1, max_size=4_000).filter(str.strip) | st.just("*so* " * 2_000)
TURN = Turn(medium=None, number=7)


def scored(scores: Sequence[float | None], showing: Showing = Showing.OPEN) -> Creation:
    """Pictures of which the classifier thinks so."""
    work = drawn(showings=[showing] * len(scores))
    artifacts = tuple(
        replace(one, picture=replace(one.picture, unsafe=score))
        for one, score in zip(work.artifacts, scores, strict=True)
        if one.picture
    )
    return replace(work, artifacts=artifacts)


def test_a_repeat_comes_about_one_time_in_twelve_and_never_twice_in_a_row() -> None:
    due = [is_repeat_due(MemberId(member), turn) for member in range(20) for turn in range(1_000)]
    assert 0.07 < sum(due) / len(due) < 0.1
    turns = [is_repeat_due(MemberId(3), turn) for turn in range(3_000)]
    assert not any(first and second for first, second in pairwise(turns))


def test_members_have_their_repeats_at_different_times() -> None:
    times = {tuple(turn for turn in range(200) if is_repeat_due(MemberId(member), turn)) for member in range(20)}
    assert len(times) == 20


@given(st.none() | st.sampled_from(Medium), st.integers(0, 36**12))
def test_a_turn_travels_in_buttons_and_forms(medium: Medium | None, number: int) -> None:
    turn = Turn(medium=medium, number=number)
    note = rating.served(creation(), Writing(texts=("once",)), turn, t=T)
    matches = [ServedButton.__discord_ui_compiled_template__.fullmatch(one.custom_id) for one in note.buttons]
    assert all(match and Turn.in_match(match) == turn for match in matches)
    assert all(width(button.custom_id) <= 90 for button in note.buttons)
    assert ServedForm.template.fullmatch(f"rate:form:{turn.packed()}:9")


@given(prompt=PROMPTS, text=TEXTS)
def test_a_work_that_is_brought_fits_one_message_and_nothing_of_it_is_lost(prompt: str, text: str) -> None:
    work = replace(creation(), request=request(prompt))
    note = rating.served(work, Writing(texts=(text,)), TURN, before=rating.given(4, T), t=T)
    assert width(note.content) <= notes.MESSAGE_LIMIT
    assert text in note.content or [one.content.decode() for one in note.attachments] == [text]


def test_whose_work_is_brought_is_not_told() -> None:
    note = rating.served(creation(), Writing(texts=("once",)), TURN, t=T)
    assert str(creation().member) not in note.content


def test_what_is_not_for_everybody_is_blurred_where_it_is_brought() -> None:
    work = scored([0.1, 0.9, None])
    note = rating.served(work, Gallery(prints=(PRINT,) * 3), TURN, t=T)
    assert [one.filename.startswith(notes.SPOILER) for one in note.attachments] == [False, True, True]


@pytest.mark.parametrize(("typed", "stars"), [("", None), ("0", None), ("1", 1), ("5", 5), ("6", None), ("-1", None)])
def test_what_is_no_number_of_stars_is_no_opinion(typed: str, stars: int | None) -> None:
    assert rating.stars_in(typed) == stars


def test_what_was_noted_names_each_opinion_and_the_sentence_without_its_markup() -> None:
    said = rating.noted({Axis.FIT: 2, Axis.BEAUTY: 5}, "**loud** @everyone", T)
    assert "Beauty: 5 of 5 · Fits the prompt: 2 of 5" in said
    assert "@everyone" not in said
    assert "**loud**" not in said


def duel_of(*contents: str | Print, ground: Ground, work: Creation) -> notes.Note:
    left, right = (Side(creation=work.id, part=part) for part in range(2))
    duel = Duel(
        id=DuelId(3), server=ServerId(2), member=MemberId(4), ground=ground, left=left, right=right, asked_at=NOW
    )
    sides = [duels.Contender(creation=work, part=part, content=content) for part, content in enumerate(contents)]
    return duels.duel_note(duel, sides[0], sides[1], None, before=duels.gone(T), t=T)


@given(prompt=PROMPTS, left=TEXTS, right=TEXTS, ground=st.sampled_from(Ground))
def test_two_texts_stand_one_after_the_other_in_one_message_and_nothing_of_them_is_lost(
    prompt: str, left: str, right: str, ground: Ground
) -> None:
    work = replace(creation(), request=request(prompt))
    note = duel_of(left, right, ground=ground, work=work)
    assert width(note.content) <= notes.MESSAGE_LIMIT
    whole = [one.content.decode() for one in note.attachments]
    assert all(text in note.content or text in whole for text in (left, right))


def test_a_short_text_leaves_its_room_to_the_long_one() -> None:
    note = duel_of("short", "long " * 340, ground=Ground.PROMPT, work=creation())
    assert not note.attachments


def test_two_pictures_stand_side_by_side_and_are_told_apart_by_ear() -> None:
    note = duel_of(PRINT, PRINT, ground=Ground.PROMPT, work=scored([0.1, 0.1]))
    assert [one.description.partition(":")[0] for one in note.attachments] == ["Left", "Right"]
    assert note.content.count("a lighthouse") == 1


def test_two_pictures_of_one_theme_have_a_prompt_each() -> None:
    note = duel_of(PRINT, PRINT, ground=Ground.THEME, work=scored([0.1, 0.1]))
    assert note.content.count("a lighthouse") == 2


@given(
    view=st.sampled_from(View),
    medium=st.none() | st.sampled_from(Medium),
    since=st.none() | st.dates(date(2015, 1, 1), date(2100, 1, 1)),
    low=st.floats(1, 5).map(lambda low: round(low, 6)),
    work=st.integers(1, 2**53),
    rank=st.integers(1, 10**9),
    is_above=st.booleans(),
)
def test_a_place_in_the_ranking_travels_in_a_button(
    view: View, medium: Medium | None, since: date | None, low: float, work: int, rank: int, *, is_above: bool
) -> None:
    ranking, place = Ranking(view=view, medium=medium, since=since), Place(low=low, creation=CreationId(work))
    edge = {"above" if is_above else "below": place}
    custom_id = ranking_id(ranking, rank=rank, **edge)
    match = re.fullmatch(RANKING_TEMPLATE, custom_id)
    assert match is not None
    assert ranking_of(match) == (ranking, rank, edge)
    assert len(custom_id) <= 100


@given(prompt=PROMPTS, text=TEXTS, view=st.sampled_from(View))
def test_a_page_of_the_gallery_fits_one_message(prompt: str, text: str, view: View) -> None:
    works = {CreationId(10**15 + number): replace(creation(), request=request(prompt)) for number in range(7)}
    works = {
        number: replace(work, id=number, member=MemberId(2**63), messages=(MessageId(2**63),))
        for number, work in works.items()
    }
    rows = tuple(replace(STANDING, creation=number, raters=10_000, folded=MOST_FOLDED + 1) for number in works)
    page = StandingPage(rows=rows[: gallery.works_a_page(view)], before=None, after=None)
    exhibits = dict.fromkeys(works, gallery.Exhibit(part=0, content=text))
    day = Ranking(view=view, medium=Medium.TEXT, since=date(2026, 8, 31))
    note = gallery.gallery_note(page, works, exhibits, day, rank=99_999, t=T)
    assert width(note.content) <= notes.MESSAGE_LIMIT


def test_ranks_go_on_from_page_to_page() -> None:
    place = Place(low=3.0, creation=CreationId(9))
    page = StandingPage(rows=(STANDING,) * 7, before=place, after=place)
    ranking = Ranking(view=View.LEADERBOARD)
    note = gallery.gallery_note(page, {CreationId(9): creation()}, {}, ranking, rank=8, t=T)
    matches = [re.fullmatch(RANKING_TEMPLATE, button.custom_id) for button in note.buttons]
    assert [match and ranking_of(match)[1] for match in matches] == [1, 15]
    assert [f"**{rank}.**" in note.content for rank in (7, 8, 14, 15)] == [False, True, True, False]


@pytest.mark.parametrize("direction", ["above", "below"])
def test_a_look_that_found_nothing_so_far_goes_on_from_its_place_and_rank(direction: str) -> None:
    place = Place(low=2.5, creation=CreationId(77))
    is_back = direction == "above"
    page = StandingPage(rows=(), before=place if is_back else None, after=None if is_back else place)
    note = gallery.gallery_note(page, {}, {}, Ranking(view=View.LEADERBOARD), rank=15, t=T)
    assert "not everything was looked at" in note.content
    assert [button.label for button in note.buttons] == ["Look further"]
    match = re.fullmatch(RANKING_TEMPLATE, note.buttons[0].custom_id)
    assert match is not None
    assert ranking_of(match)[1:] == (8 if is_back else 15, {direction: place})


@pytest.mark.parametrize(
    ("folded", "said"), [(0, False), (99, "99 like it"), (MOST_FOLDED + 1, "more than 99 like it")]
)
def test_near_duplicates_are_counted_up_to_a_bound(folded: int, said: str | bool) -> None:
    page = StandingPage(rows=(replace(STANDING, folded=folded),), before=None, after=None)
    note = gallery.gallery_note(page, {CreationId(9): creation()}, {}, Ranking(view=View.LEADERBOARD), rank=1, t=T)
    assert (said in note.content) if isinstance(said, str) else ("like it" not in note.content)


def test_a_score_is_told_with_its_interval_and_how_many_raters_it_comes_from() -> None:
    standing = replace(STANDING, score=4.123, low=3.57, high=4.5, raters=7)
    assert score_words(standing, T) == "★ 4.1 (3.6–4.5) · 7 raters"


@pytest.mark.parametrize(
    ("scores", "with_unsafe", "part"),
    [([0.9, 0.1], False, 1), ([0.9, 0.1], True, 0), ([None], False, None), ([0.5], False, None), ([0.49], False, 0)],
)
def test_of_pictures_the_first_that_may_be_seen_is_exhibited(
    scores: list[float | None], part: int | None, *, with_unsafe: bool
) -> None:
    assert part_to_exhibit(scored(scores), with_unsafe=with_unsafe) == part


def test_a_held_picture_is_exhibited_nowhere() -> None:
    assert part_to_exhibit(scored([0.1], Showing.HELD), with_unsafe=True) is None


def test_a_picture_is_for_everybody_only_if_it_was_looked_at_and_found_safe() -> None:
    picture = Picture(width=1, height=1, fingerprint="0" * 16, unsafe=0.1)
    assert not picture.is_unsafe
    assert replace(picture, unsafe=None).is_unsafe
    assert replace(picture, showing=Showing.SPOILER).is_unsafe
