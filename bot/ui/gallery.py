"""The best works of a server, with their pictures and beginnings or as a list of ranks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.i18n import Texts
from bot.ui.contents import Print
from bot.ui.filters import Ranking, View, ranking_id
from bot.ui.history import links_to
from bot.ui.names import kind_name, medium_name
from bot.ui.notes import Attachment, Button, Note, picture_elsewhere, quoted
from bot.ui.parts import clipped
from bot.ui.scores import score_words
from inference.contract.identifiers import CreationId
from inference.contract.image import ImageRequest
from storage.domain import MOST_FOLDED, Creation, Standing, StandingPage

WORKS_A_PAGE: Final = 4
LINES_A_PAGE: Final = 7  # What fits into a message, however long its words.
_PROMPT_LIMIT: Final = 50
_EXCERPT_LIMIT: Final = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What is shown of a work: its text, one of its pictures, or nothing where that is not for everybody's eyes."""

    part: int
    content: str | Print


def works_a_page(view: View) -> int:
    match view:
        case View.WORKS:
            return WORKS_A_PAGE
        case View.LEADERBOARD:
            return LINES_A_PAGE


def gallery_note(
    page: StandingPage,
    works: Mapping[CreationId, Creation],
    exhibits: Mapping[CreationId, Exhibit],
    ranking: Ranking,
    *,
    rank: int,
    t: Texts,
) -> Note:
    """One page, whose first work has this rank."""
    if not page.rows:
        is_more = page.before is not None or page.after is not None
        said = t("Nothing like that so far, but not everything was looked at.") if is_more else _nothing(ranking, t)
        buttons = _buttons(page, ranking, rank, t)
        return Note(content="\n".join((*_heading(ranking, t), said)), buttons=buttons)
    ranked = [
        (rank + number, one, works[one.creation]) for number, one in enumerate(page.rows) if one.creation in works
    ]
    content = "\n".join((*_heading(ranking, t), *_lines(ranked, exhibits, ranking, t)))
    files = (_file(number, work, exhibits.get(work.id), t) for number, _, work in ranked)
    return Note(content=content, buttons=_buttons(page, ranking, rank, t), attachments=tuple(filter(None, files)))


def _lines(
    ranked: Sequence[tuple[int, Standing, Creation]], exhibits: Mapping[CreationId, Exhibit], ranking: Ranking, t: Texts
) -> Iterator[str]:
    for number, standing, work in ranked:
        prompt = f"“{quoted(work.request.prompt, limit=_PROMPT_LIMIT)}”"
        facts = (f"**{number}.** {kind_name(work.request, t)} · {prompt}", f"<@{work.member}>")
        score = " · ".join((score_words(standing, t), *_kin(standing, t), *links_to(work)))
        if ranking.view is View.LEADERBOARD:
            yield " · ".join((*facts, score))
            continue
        yield " · ".join(facts)
        yield score
        match exhibits.get(work.id):
            case None:
                yield "-# " + t("🔒 Its pictures are shown in age-restricted channels alone.")
            case Exhibit(content=str(text)):
                yield f"> {quoted(text, limit=_EXCERPT_LIMIT)}"
            case Exhibit():
                pass


def _kin(standing: Standing, t: Texts) -> Sequence[str]:
    if standing.folded > MOST_FOLDED:
        return [t("more than {count} like it", count=MOST_FOLDED)]
    return [t("{count} like it", count=standing.folded)] if standing.folded else []


def _file(rank: int, work: Creation, exhibit: Exhibit | None, t: Texts) -> Attachment | None:
    if exhibit is None or isinstance(exhibit.content, str):
        return None
    assert isinstance(work.request, ImageRequest), "pictures come of requests for pictures"
    file = picture_elsewhere(work, work.request, exhibit.part, exhibit.content, t)
    return file.described(t("{rank}. {picture}", rank=rank, picture=file.description))


def _buttons(page: StandingPage, ranking: Ranking, rank: int, t: Texts) -> tuple[Button, ...]:
    a_page, further = works_a_page(ranking.view), t("Look further")
    buttons = []
    if page.before is not None:
        back = ranking_id(ranking, rank=max(1, rank - a_page), above=page.before)
        buttons.append(Button(custom_id=back, label=t("Better ones") if page.rows else further, emoji="◀️"))
    if page.after is not None:
        on = ranking_id(ranking, rank=rank + len(page.rows), below=page.after)
        buttons.append(Button(custom_id=on, label=t("On") if page.rows else further, emoji="▶️"))
    return tuple(buttons)


def _heading(ranking: Ranking, t: Texts) -> Sequence[str]:
    title = t("**The best works here**") if ranking.view is View.WORKS else t("**Leaderboard**")
    narrowed = [
        *([medium_name(ranking.medium, t)] if ranking.medium else []),
        *([t("since {day}", day=t.day(ranking.since))] if ranking.since else []),
    ]
    return [title, *(["-# " + clipped(" · ".join(narrowed), limit=100)] if narrowed else [])]


def _nothing(ranking: Ranking, t: Texts) -> str:
    if ranking.medium or ranking.since:
        return t("Nothing that anybody has rated is like that.")
    return t("Nobody has rated anything here yet. `/rate` is a good beginning.")
