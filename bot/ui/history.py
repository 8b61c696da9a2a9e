"""Pages of works, and a work's family: pure functions from values to notes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, assert_never

from bot.i18n import Texts
from bot.ui.filters import Filters, Scope, page_id
from bot.ui.names import kind_name, medium_name, relation_name
from bot.ui.notes import MESSAGE_LIMIT, Button, Note, quoted
from bot.ui.parts import clipped, width
from bot.ui.scores import score_words
from inference.contract.identifiers import CreationId
from storage.domain import Creation, Page, Standing
from storage.lineage import Descent, Family

EXCERPT_LIMIT: Final = 45
FAMILY_EXCERPT_LIMIT: Final = 30
CHOICE_LIMIT: Final = 100


def history_note(
    page: Page[Creation], standings: Mapping[CreationId, Standing], filters: Filters | None = None, *, t: Texts
) -> Note:
    """One page of works, newest first."""
    filters = filters or Filters()
    if not page.rows:
        return Note(content=_nothing(filters, t))
    has_author = filters.scope in (Scope.SERVER, Scope.KEPT)
    lines = [_line(creation, standings.get(creation.id), t, has_author=has_author) for creation in page.rows]
    buttons = []
    if page.newer is not None:
        buttons.append(Button(custom_id=page_id(filters, newer_than=page.newer), label=t("Newer"), emoji="◀️"))
    if page.older is not None:
        buttons.append(Button(custom_id=page_id(filters, older_than=page.older), label=t("Older"), emoji="▶️"))
    return Note(content="\n".join((*_heading(filters, t), *lines)), buttons=tuple(buttons))


def family_note(family: Family, creations: Sequence[Creation], *, t: Texts) -> Note:
    """A work's ancestors and descendants as a tree, each below the parent that it was asked for with."""
    works = {creation.id: creation for creation in creations}
    head = t("**The family of work {number}**", number=family.work)
    if len(works) <= 1:
        return Note(content=f"{head}\n{t('It comes from no other work, and none comes from it.')}")
    cut = t("-# There are more, farther away.")
    tree = (one for one in _tree(family) if one[0] in works)
    lines = [head, *(_relative(works[each], depth, descent, family.work, t) for each, depth, descent in tree)]
    room = MESSAGE_LIMIT - width(cut) - 1
    shown = list(_fitting(lines, room))
    if len(shown) < len(lines) or not family.is_whole:
        shown.append(cut)
    return Note(content="\n".join(shown))


def work_choice(creation: Creation, t: Texts) -> str:
    """One line for a list to choose from, at most 100 wide."""
    name = f"{creation.id} · {kind_name(creation.request, t)} · "
    return name + clipped(creation.request.prompt, limit=CHOICE_LIMIT - width(name))


def _tree(family: Family) -> Iterator[tuple[CreationId, int, Descent | None]]:
    """Each member once, with its depth and what it hangs on, parents before their children."""
    first: dict[CreationId, Descent] = {}
    for descent in family.descents:
        first.setdefault(descent.child, descent)

    def below(parent: CreationId, depth: int) -> Iterator[tuple[CreationId, int, Descent | None]]:
        for each in family.members:
            if each in first and first[each].parent == parent:
                yield each, depth, first[each]
                yield from below(each, depth + 1)

    for root in family.members:
        if root not in first:
            yield root, 0, None
            yield from below(root, 1)


def _relative(creation: Creation, depth: int, descent: Descent | None, work: CreationId, t: Texts) -> str:
    facts = [
        f"`{creation.id}` {kind_name(creation.request, t)}",
        quoted(creation.request.prompt, limit=FAMILY_EXCERPT_LIMIT),
        *links_to(creation),
    ]
    line = " · ".join((*((f"*{relation_name(descent.relation, t)}*",) if descent else ()), *facts))
    branch = "\u2003" * min(depth - 1, 8) + "↳ " if depth else ""
    return f"{branch}{'👉 ' if creation.id == work else ''}{line}"


def _fitting(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= width(line) + 1
        if room < 0:
            return
        yield line


def _line(creation: Creation, standing: Standing | None, t: Texts, *, has_author: bool) -> str:
    facts = [
        f"`{creation.id}` {kind_name(creation.request, t)}",
        quoted(creation.request.prompt, limit=EXCERPT_LIMIT),
        *((f"<@{creation.member}>",) if has_author else ()),
        f"<t:{int(creation.created_at.timestamp())}:R>",
    ]
    if standing is not None and standing.raters:
        facts.append(score_words(standing, t))
    return " · ".join((*facts, *links_to(creation)))


def links_to(creation: Creation) -> Sequence[str]:
    """To the note, while it stands."""
    return [f"https://discord.com/channels/{creation.server}/{creation.channel}/{one}" for one in creation.messages[:1]]


def _heading(filters: Filters, t: Texts) -> Sequence[str]:
    narrowed = [*_narrowings(filters, t)]
    return [_title(filters, t), *(["-# " + " · ".join(narrowed)] if narrowed else [])]


def _title(filters: Filters, t: Texts) -> str:
    match filters.scope:
        case Scope.MINE:
            return t("**Your works**")
        case Scope.MEMBER:
            return t("**Works of** <@{member}>", member=filters.member)
        case Scope.SERVER:
            return t("**Everybody's works**")
        case Scope.KEPT:
            return t("**Your favourites**")
        case _:
            assert_never(filters.scope)


def _narrowings(filters: Filters, t: Texts) -> Iterator[str]:
    if filters.medium is not None:
        yield medium_name(filters.medium, t)
    if filters.since is not None:
        yield t("since {day}", day=t.day(filters.since))
    if filters.until is not None:
        yield t("until {day}", day=t.day(filters.until))
    if filters.words:
        yield t("with “{words}”", words=quoted(filters.words, limit=2 * len(filters.words)))


def _nothing(filters: Filters, t: Texts) -> str:
    if any(_narrowings(filters, t)):
        return "\n".join((*_heading(filters, t), t("Nothing here is like that.")))
    match filters.scope:
        case Scope.MINE:
            return t("You have not made anything here yet. Begin with `/write` or `/imagine`.")
        case Scope.MEMBER | Scope.SERVER:
            return t("Nothing has been made here yet.")
        case Scope.KEPT:
            return t("You keep no work of this server yet. React to one with ❤️.")
        case _:
            assert_never(filters.scope)
