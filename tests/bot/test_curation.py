"""What curators see, and what their buttons carry."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import texts_for
from bot.ui.contents import Writing
from bot.ui.curation import CURATION_TEMPLATE, Choosing, candidate, curation_of, further, nothing_to_decide
from bot.ui.notes import Note
from bot.ui.sweeps import SWEEP_TEMPLATE, sweep_question, unpacked_moment
from inference.contract.identifiers import CreationId, ServerId
from inference.contract.mediums import Medium
from storage.curation import Dossier
from storage.domain import Consent, Place, Selection, Standing, StandingPage, Statement
from storage.release.values import Reason
from tests.bot.test_notes import creation as creation_of


def said(*, is_given: bool, wording: int) -> Statement:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    return Statement(
        server=ServerId(2), consent=Consent.WORKS, is_given=is_given, at=at, wording=wording, locale="en-US"
    )


def card(consent: Statement | None, obstacles: list[Reason]) -> Note:
    creation = creation_of("a lighthouse")
    standing = Standing(
        creation=creation.id,
        medium=Medium.TEXT,
        raters=2,
        score=4.0,
        low=3.0,
        high=5.0,
        alike=creation.id,
        selection=Selection.OPEN,
        selected_by=None,
        selected_at=None,
    )
    page = StandingPage(rows=(standing,), before=None, after=None)
    dossier = Dossier(tags=(), remarks=0)
    return candidate(
        page,
        creation,
        Writing(texts=("A light.",)),
        dossier,
        consent,
        obstacles,
        Choosing(),
        licence="MIT",
        t=texts_for("en-US"),
    )


_DAYS = st.none() | st.dates(date(2015, 1, 1), date(2100, 1, 1))
CHOOSINGS = st.builds(
    Choosing,
    selection=st.sampled_from(Selection),
    medium=st.none() | st.sampled_from(Medium),
    least_score=st.none() | st.integers(10, 50).map(lambda tenths: tenths / 10),
    least_raters=st.integers(0, 1_000),
    since=_DAYS,
    until=_DAYS,
    is_safe=st.booleans(),
    alike=st.none() | st.integers(1, 2**53).map(CreationId),
)
PLACES = st.builds(
    Place,
    low=st.integers(1_000_000, 5_000_000).map(lambda millionths: millionths / 1_000_000),
    creation=st.integers(1, 2**53).map(CreationId),
)


@given(CHOOSINGS, PLACES, st.sampled_from(["accept", "reject", "reopen", "back", "next", "top", "alike"]))
def test_a_button_carries_the_work_and_the_choice_through_discord(choosing: Choosing, place: Place, deed: str) -> None:
    custom_id = f"curate:{deed}:{place.creation}:{place.low:.6f}:{choosing.packed()}"

    match = re.fullmatch(CURATION_TEMPLATE, custom_id)

    assert match is not None
    assert curation_of(match) == (place, choosing)
    assert len(custom_id) <= 100


@given(choosing=CHOOSINGS, place=PLACES, is_back=st.booleans())
def test_a_look_that_found_nothing_so_far_goes_on_where_it_broke_off(
    choosing: Choosing, place: Place, *, is_back: bool
) -> None:
    page = StandingPage(rows=(), before=place if is_back else None, after=None if is_back else place)

    (button,) = further(page, choosing, texts_for("en-US")).buttons

    match = re.fullmatch(CURATION_TEMPLATE, button.custom_id)
    assert match is not None
    assert (match["deed"], *curation_of(match)) == ("back" if is_back else "next", place, choosing)


@given(CHOOSINGS, st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_button_carries_a_decision_about_many_through_discord(choosing: Choosing, moment: datetime) -> None:
    at = moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)

    for button in sweep_question(3, choosing, at, texts_for("en-US")).buttons:
        match = re.fullmatch(SWEEP_TEMPLATE, button.custom_id)
        assert match is not None
        assert (unpacked_moment(match["at"]), Choosing.unpacked(match["choosing"])) == (at, choosing)
        assert len(button.custom_id) <= 100


def test_it_is_asked_under_which_filters() -> None:
    choosing = Choosing(least_score=4.0, least_raters=3, since=date(2030, 1, 1), medium=Medium.TEXT)

    content = sweep_question(1_234, choosing, datetime(2030, 1, 9, tzinfo=UTC), texts_for("en-US")).content

    for told in ("1234 works", "at least 4 stars", "at least 3 raters", "from 2030-01-01 on", "not touched"):
        assert told in content


@given(choosing=CHOOSINGS, place=PLACES)
def test_past_the_last_work_a_curator_can_begin_again(choosing: Choosing, place: Place) -> None:
    note = nothing_to_decide(choosing, place, texts_for("en-US"))

    match = re.fullmatch(CURATION_TEMPLATE, note.buttons[0].custom_id)
    assert match is not None
    assert (match["deed"], curation_of(match)[1]) == ("top", choosing)
    assert "waits" not in note.content


def test_that_nothing_waits_is_said_only_of_a_look_from_the_top() -> None:
    note = nothing_to_decide(Choosing(), None, texts_for("en-US"))

    assert "Nothing waits for a decision." in note.content
    assert not note.buttons


@pytest.mark.parametrize(
    ("statement", "obstacles", "told"),
    [
        (said(is_given=True, wording=2), [], "🟢"),
        (said(is_given=True, wording=2), [Reason.REPORTED], "🟢"),
        (said(is_given=True, wording=1), [Reason.NO_CONSENT], "older question"),
        (said(is_given=True, wording=2), [Reason.WITHDRAWN], "being erased"),
        (said(is_given=False, wording=2), [Reason.WITHDRAWN], "wants no release"),
        (None, [Reason.NO_CONSENT], "has not agreed"),
    ],
)
def test_a_card_says_of_consent_what_a_release_would(
    statement: Statement | None, obstacles: list[Reason], told: str
) -> None:
    assert told in card(statement, obstacles).content


def test_a_card_names_everything_else_that_keeps_the_work_out() -> None:
    content = card(None, [Reason.NO_CONSENT, Reason.FROM_UPLOAD, Reason.LICENCE_FORBIDS]).content

    assert "leave it out: it began with a member's file; the licence of its model forbids it" in content


def test_a_card_of_a_work_that_may_be_released_names_nothing() -> None:
    assert "🚧" not in card(said(is_given=True, wording=2), []).content


def test_the_last_day_is_included() -> None:
    wanted = Choosing(until=date(2030, 1, 1)).wanted()

    assert wanted.until is not None
    assert wanted.until.date() == date(2030, 1, 2)


def test_near_duplicates_are_shown_whatever_was_decided_about_them() -> None:
    assert Choosing(alike=CreationId(7)).wanted().selection is None
