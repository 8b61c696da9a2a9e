"""Whatever members are shown, once in each of its forms, for tests that look at all of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import discord

from bot.features.privacy.consent import WORDINGS, question_note
from bot.i18n import Texts
from bot.styles import shipped
from bot.ui import duels, gallery, notes, rating, styles
from bot.ui.choices import Usual, overview
from bot.ui.contents import Gallery, Print
from bot.ui.filters import Filters, Ranking, Scope, View
from bot.ui.history import family_note, history_note
from bot.ui.notes import Note
from bot.ui.notes.pictures import UNREAD
from bot.ui.privacy import panel_note
from bot.ui.rating import Turn
from bot.ui.recipes import recipe
from bot.ui.reports import next_button, report_buttons, report_card
from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import (
    ChannelId,
    CreationId,
    DuelId,
    MemberId,
    MessageId,
    ModelName,
    ReportId,
    RoleId,
    ServerId,
)
from inference.contract.image import Canvas, Guard, ImageRequest, Option, Picture, Showing, Style
from inference.contract.jobs import Limits, Parent, Relation
from inference.contract.mediums import Basis, Medium
from storage.domain import (
    Axis,
    Consent,
    Creation,
    Duel,
    Ground,
    Holdings,
    Page,
    Place,
    Preset,
    Report,
    Selection,
    ServerSettings,
    Side,
    Standing,
    StandingPage,
    Statement,
)
from storage.lineage import Descent, Family
from tests.bot.test_notes import NOW, creation, job, request, written
from tests.bot.test_picture_notes import drawn

REPORT: Final = Report(
    id=ReportId(5), server=ServerId(2), creation=CreationId(9), reporter=MemberId(43), reason="", reported_at=NOW
)
HELD: Final = replace(REPORT, reporter=None)
STANDING: Final = Standing(
    creation=CreationId(9), medium=Medium.TEXT, raters=1, score=4.0, low=3.0, high=5.0, alike=CreationId(9),
    selection=Selection.OPEN, selected_by=None, selected_at=None, folded=2,
)  # fmt: skip
PICTURES: Final = drawn(showings=[Showing.OPEN, Showing.SPOILER])
SHORT: Final = ["7", "8", "9"]
LONG: Final = ["7 " * 3_000] * 3


def every_note(t: Texts) -> Sequence[Note]:
    """What stands in a channel, or is told to one member."""
    of_opinions = (*_of_ratings(t), *_of_duels(t), *_of_galleries(t))
    return [*_of_jobs(t), *_of_works(t), *_pages(t), *_families(t), *_about_privacy(t), *_reports(t), *of_opinions]


def every_card(t: Texts) -> Sequence[discord.Embed]:
    work = replace(
        creation(variants=2),
        request=replace(request("7"), basis=Basis.REVISION, change="8", language="de"),
        parents=tuple(Parent(creation=CreationId(3), relation=relation) for relation in Relation),
    )
    chosen = ServerSettings(
        channels=(ChannelId(1),) * 99,
        limits=Limits(a_day=1, waiting=2),
        role_limits={RoleId(number): Limits(a_day=1) for number in range(99)},
        seeds_reactions=True,
        guard=Guard.PASS,
        guards={ChannelId(number): Guard.PASS for number in range(99)},
        blocked_words=("7",) * 999,
    )
    usual = Usual(text_model=ModelName("1"), image_model=ModelName("2"), seeds_reactions=False, locale="")
    settings = [overview(each, usual, t=t) for each in (ServerSettings(), chosen)]
    pictures = replace(
        work,
        request=ImageRequest(
            prompt="7",
            model=ModelName("8"),
            style=Style(name="7", frame="{prompt}", avoid="7"),
            basis=Basis.REFERENCE,
            strength=0.5,
            unused=tuple(Option),
        ),
        provenance=replace(work.provenance, settings={"translation": "7"}),
        uploads=work.artifacts[:1],
    )
    return [
        recipe(work, t=t),
        recipe(pictures, t=t),
        report_card(REPORT, work, SHORT, t=t),
        *settings,
        *_of_held_pictures(t),
        *_of_styles(t),
    ]


def _of_held_pictures(t: Texts) -> Sequence[discord.Embed]:
    pictures = [Picture(width=1, height=1, fingerprint="0" * 16, unsafe=score) for score in (0.1, 0.9, None)]
    work = creation(variants=3)
    artifacts = tuple(
        replace(one, picture=replace(picture, showing=Showing.HELD))
        for one, picture in zip(work.artifacts, pictures, strict=True)
    )
    return [report_card(HELD, replace(work, artifacts=artifacts), (), t=t)]


def _of_styles(t: Texts) -> Sequence[discord.Embed]:
    ours = list(shipped().values())
    many = [Preset(name=f"{number} " * 16, frame="{prompt} 7") for number in range(100)]
    whole = Preset(
        name="Anime", frame="{prompt} " + "7 " * 240, avoid="7 " * 250, steps=1, guidance=2.5,
        canvas=Canvas(width=64, height=64), model=ModelName("1"),
    )  # fmt: skip
    return [styles.overview([], ours, [], t=t), styles.overview(many, ours, ours, t=t), styles.card_of(whole, t=t)]


def _of_jobs(t: Texts) -> Sequence[Note]:
    revision = replace(request("7"), basis=Basis.REVISION, change="8")
    continuation = replace(request("7"), basis=Basis.CONTINUATION)
    return [
        notes.waiting(job(), place=1, t=t),
        notes.waiting(job(), place=3, eta_seconds=(60.0, 300.0), t=t),
        notes.working(job(), fraction=0.5, preview="", t=t),
        *(notes.cancelled(job(request=one), t=t) for one in (request("7"), revision, continuation)),
        *(notes.failed(job(failure=Failure(code=code)), t=t) for code in FailureCode),
        notes.ready_ping(job().member, t=t),
    ]


def _of_works(t: Texts) -> Sequence[Note]:
    several = creation(variants=3)
    return [
        *_of_pictures(t),
        notes.hidden(creation(), t=t),
        *notes.finished(creation(), written(SHORT[:1]), t=t),
        *notes.finished(creation(), written(LONG[:1]), t=t),
        *notes.finished(several, written(SHORT), t=t),
        *notes.finished(several, written(LONG), t=t),
        *notes.finished(replace(several, picked=1), written(SHORT), t=t),
        notes.variants_to_look_at(several, SHORT, may_pick=True, t=t),
        notes.variants_to_look_at(several, LONG, may_pick=True, t=t),
    ]


def _of_pictures(t: Texts) -> Sequence[Note]:
    style = Style(name="7", frame="{prompt}")
    drawn = ImageRequest(prompt="7", model=ModelName("8"), style=style, unused=tuple(Option))
    requests = [drawn, replace(drawn, basis=Basis.REFERENCE), replace(drawn, basis=Basis.UPSCALE)]
    several = [replace(creation(variants=4), request=one) for one in requests]
    unread = [
        replace(work, provenance=replace(work.provenance, settings={UNREAD: count}))
        for work in several
        for count in (0, 1, 2)
    ]
    seen = Print(content=b"", extension=".png")
    galleries = [Gallery(prints=prints) for prints in ((seen,) * 4, (None, seen, seen, seen), (None,) * 4)]
    return [
        notes.working(job(request=drawn), fraction=0.5, sketch=b"7", t=t),
        *(note for work in unread for gallery in galleries for note in notes.finished(work, gallery, t=t)),
        *notes.finished(replace(creation(), request=drawn), Gallery(prints=(seen,)), t=t),
    ]


def _pages(t: Texts) -> Sequence[Note]:
    empty: Page[Creation] = Page(rows=(), older=None, newer=None)
    full = Page(rows=(creation(),), older=CreationId(1), newer=CreationId(2))
    standings = {CreationId(9): STANDING}
    day = date(2026, 1, 1)
    shown = []
    for scope in Scope:
        plain = Filters(scope=scope, member=MemberId(42))
        narrow = replace(plain, medium=Medium.TEXT, since=day, until=day, words="7")
        shown += [history_note(page, standings, filters, t=t) for page in (empty, full) for filters in (plain, narrow)]
    return shown


def _families(t: Texts) -> Sequence[Note]:
    child = replace(creation(), id=CreationId(10))
    alone = Family(work=child.id, members=(child.id,), descents=(), is_whole=True)
    pairs = [
        Family(
            work=child.id,
            members=(CreationId(9), child.id),
            descents=(Descent(child=child.id, parent=CreationId(9), relation=relation),),
            is_whole=False,
        )
        for relation in Relation
    ]
    return [family_note(alone, [child], t=t), *(family_note(pair, [creation(), child], t=t) for pair in pairs)]


def _about_privacy(t: Texts) -> Sequence[Note]:
    holdings = Holdings(
        requests=1,
        works=2,
        files_bytes=3 << 20,
        ratings=4,
        remarks=1,
        duels=2,
        favourites=5,
        reports=6,
        statements=7,
        audit_entries=8,
    )
    yes = Statement(server=ServerId(2), consent=Consent.WORKS, is_given=True, at=NOW, wording=9, locale="")
    no, outdated = replace(yes, is_given=False), replace(yes, wording=0)
    said = [{}, *(dict.fromkeys(Consent, each) for each in (yes, no, outdated))]
    panels = [panel_note(holdings, each, MemberId(42), wordings=WORDINGS, t=t) for each in said]
    return [*(question_note(each, t) for each in Consent), *panels]


def _reports(t: Texts) -> Sequence[Note]:
    of_both = (report_buttons(REPORT, t=t), report_buttons(HELD, looks=True, t=t))
    return [Note(content="", buttons=(*buttons, next_button(REPORT.id, t=t))) for buttons in of_both]


def _of_ratings(t: Texts) -> Sequence[Note]:
    turn = Turn(medium=None, number=36**6)
    seen = Print(content=b"", extension=".png")
    stars = dict.fromkeys(Axis, 3)
    sentences = [rating.noted({}, "", t), rating.noted(stars, "7 " * 150, t)]
    return [
        *(rating.served(creation(), written([text]), turn, before=rating.given(3, t), t=t) for text in ("7", LONG[0])),
        rating.served(PICTURES, Gallery(prints=(seen, None)), turn, t=t),
        rating.nothing_left(t),
        rating.nothing_left(t, before=rating.given(3, t)),
        rating.stopped(t),
        *(Note(content=sentence) for sentence in sentences),
    ]


def _of_duels(t: Texts) -> Sequence[Note]:
    left, right = (Side(creation=CreationId(9), part=part) for part in range(2))
    duel = Duel(
        id=DuelId(3), server=ServerId(2), member=MemberId(4), ground=Ground.PROMPT, left=left, right=right, asked_at=NOW
    )
    seen = Print(content=b"", extension=".png")
    contents: list[tuple[Creation, str | Print]] = [(creation(), "7"), (creation(), LONG[0]), (PICTURES, seen)]
    return [
        *(
            duels.duel_note(
                replace(duel, ground=ground),
                duels.Contender(creation=work, part=0, content=content),
                duels.Contender(creation=work, part=1, content=content),
                Medium.IMAGE,
                before=before(t),
                t=t,
            )
            for work, content in contents
            for ground in Ground
            for before in (duels.noted, duels.gone)
        ),
        duels.nothing_left(t),
        duels.stopped(t),
    ]


def _of_galleries(t: Texts) -> Sequence[Note]:
    place = Place(low=3.0, creation=CreationId(9))
    full = StandingPage(rows=(STANDING,) * gallery.LINES_A_PAGE, before=place, after=place)
    short = replace(full, rows=full.rows[: gallery.WORKS_A_PAGE])
    empty = StandingPage(rows=(), before=None, after=None)
    far = replace(empty, after=place)
    exhibits = [gallery.Exhibit(part=0, content=LONG[0]), None]
    narrow = Ranking(medium=Medium.TEXT, since=date(2026, 1, 1))
    listed = Ranking(view=View.LEADERBOARD)
    work = replace(creation(), request=request("*7* " * 400), messages=(MessageId(10**19),))
    shown = [
        gallery.gallery_note(page, {work.id: work}, {work.id: exhibit} if exhibit else {}, ranking, rank=10_000, t=t)
        for page, ranking in (
            (short, Ranking()),
            (short, narrow),
            (full, listed),
            (empty, Ranking()),
            (empty, narrow),
            (far, listed),
        )
        for exhibit in exhibits
    ]
    picture = gallery.Exhibit(part=0, content=Print(content=b"", extension=".png"))
    return [*shown, gallery.gallery_note(short, {work.id: PICTURES}, {work.id: picture}, narrow, rank=1, t=t)]
