"""The search for two sides of a duel, along indexes alone.

Two of the same words tell most: pictures of one set, variants of a text, a work and what was made of it again. Where a
member has seen all of these, two works of one theme do: of a tag, or a term of the prompt, that they share.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Final, TypeAlias

from sqlalchemy import Select, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from storage.domain import Ground, Side, Sight
from storage.showable import is_showable, is_shown
from storage.standings import CHANCES
from storage.tables import ArtifactRow, CreationRow, DuelRow, ParentRow, StandingRow, TagRow, TermRow

_BATCH: Final = 24  # Works looked at in one go.
_MOST_BATCHES: Final = 20  # Looked through for works that have a theme in common with any other.
_THEMES: Final = 6  # Of one work, the rarest first.
_RIVALS: Final = 12  # Works of one theme that are looked at.
_COMMON: Final = 200  # What so many works share and what more do is equally common.
_FILLERS: Final = (  # Words that make no theme.
    "about all and any are but can does for from has have her his how into its like make more new not off one our out"
    " over please some than that the their them then there these they this those too two under was were what when where"
    " which who with write you your"
)
_LEAST_LETTERS: Final = 3  # Of a word; where a script has no words, a pair of characters does.

Pair: TypeAlias = tuple[Side, Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Theme:
    word: str
    is_tag: bool  # Else a term of prompts.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entrant:
    """A work that may have a side."""

    id: CreationId
    parts: tuple[int, ...]  # Those that may be shown.
    chosen: int | None  # The one that stands for the work; None: any of its parts, as of pictures.
    alike: CreationId

    def sides(self) -> Iterator[Side]:
        """What it can send against another work."""
        for part in self.parts if self.chosen is None else (self.chosen,):
            yield Side(creation=self.id, part=part)


class Pairing:
    """One look for a pair that a member can be asked about, in one transaction."""

    def __init__(
        self,
        session: AsyncSession,
        server: ServerId,
        member: MemberId,
        chance: Random,
        *,
        with_unsafe: bool,
        sight: Sight | None,
    ) -> None:
        self._session = session
        self._server = server
        self._member = member
        self._chance = chance
        self._is_showable = is_showable(with_unsafe=with_unsafe, sight=sight)

    async def run(self, media: Sequence[Medium]) -> tuple[Pair, Ground] | None:
        for medium in media:
            async for batch in self._walk(medium, is_paired=True):
                if pair := await self._of_same_words(batch):
                    return pair, Ground.PROMPT
        for medium, is_paired in product(media, (False, True)):
            batches, looked_at = 0, 0
            async for batch in self._walk(medium, is_paired=is_paired):
                themed = await self._themed(batch)
                if pair := await self._of_one_theme(medium, themed):
                    return pair, Ground.THEME
                batches, looked_at = batches + 1, looked_at + len(themed)
                if looked_at >= _BATCH or batches >= _MOST_BATCHES:
                    break  # What makes no pair with a theme of so many has hardly one.
        return None

    async def _walk(self, medium: Medium, *, is_paired: bool) -> AsyncIterator[Sequence[CreationId]]:
        """Others' works, those with the fewest answers first; among equals from a place on that chance chooses."""
        works = (
            select(StandingRow.chance, StandingRow.creation)
            .join(CreationRow, CreationRow.id == StandingRow.creation)
            .where(
                StandingRow.server == self._server,
                StandingRow.medium == medium,
                StandingRow.is_paired.is_(is_paired),
                StandingRow.member != self._member,
                self._is_showable,
            )
        )
        of_duels = works.with_only_columns(StandingRow.duels).order_by(StandingRow.duels).limit(1)
        duels = await self._session.scalar(of_duels)
        while duels is not None:
            start = self._chance.randrange(CHANCES)
            equals = works.where(StandingRow.duels == duels)
            for some in (StandingRow.chance >= start, StandingRow.chance < start):
                async for batch in self._pages(equals.where(some)):
                    yield batch
            duels = await self._session.scalar(of_duels.where(StandingRow.duels > duels))

    async def _pages(self, works: Select[int, CreationId]) -> AsyncIterator[Sequence[CreationId]]:
        last = -1
        while True:
            page = works.where(StandingRow.chance > last).order_by(StandingRow.chance, StandingRow.creation)
            found = (await self._session.execute(page.limit(_BATCH))).all()
            if found:
                yield [work.creation for work in found]
                last = found[-1].chance
            if len(found) < _BATCH:
                return

    async def _of_same_words(self, works: Sequence[CreationId]) -> Pair | None:
        kin = await self._kin_of(works)
        entrants = await self._entrants({*works, *(each for family in kin.values() for each in family)})
        seen = await self._seen(works)
        for work in works:
            if (entrant := entrants.get(work)) is None:
                continue
            own = combinations([Side(creation=work, part=part) for part in entrant.parts], 2)
            rivals = [entrants[each] for each in kin.get(work, ()) if each in entrants]
            others = (pair for rival in rivals for pair in product(entrant.sides(), rival.sides()))
            if pair := self._any_new([*own, *others], seen):
                return pair
        return None

    async def _of_one_theme(self, medium: Medium, works: Sequence[CreationId]) -> Pair | None:
        entrants = await self._entrants(works)
        seen = await self._seen(works)
        for work in works:
            entrant = entrants.get(work)
            for theme in await self._themes_of(work) if entrant else ():
                assert entrant is not None, "the loop is empty otherwise"
                rivals = await self._entrants(await self._rivals(medium, work, theme))
                different = [rival for rival in rivals.values() if rival.alike != entrant.alike]
                pairs = [pair for rival in different for pair in product(entrant.sides(), rival.sides())]
                if pair := self._any_new(pairs, seen):
                    return pair
        return None

    def _any_new(self, pairs: Sequence[Pair], seen: Collection[frozenset[Side]]) -> Pair | None:
        new = [pair for pair in pairs if frozenset(pair) not in seen]
        return self._chance.choice(new) if new else None

    async def _kin_of(self, works: Collection[CreationId]) -> Mapping[CreationId, Sequence[CreationId]]:
        """What these were made again from, and what was made again from them."""
        descents = (
            select(CreationRow.id.label("child"), ParentRow.creation.label("parent"))
            .join(ParentRow, ParentRow.job == CreationRow.job_id)
            .where(ParentRow.relation == Relation.AGAIN)
        )
        kin: dict[CreationId, list[CreationId]] = {work: [] for work in works}
        for of in (CreationRow.id, ParentRow.creation):
            for child, parent in await self._session.execute(descents.where(of.in_(works))):
                for one, other in ((child, parent), (parent, child)):
                    if one in kin and other not in kin[one]:
                        kin[one].append(other)
        return kin

    async def _entrants(self, works: Collection[CreationId]) -> Mapping[CreationId, _Entrant]:
        """Those of some works that this member may be shown, with what may be shown of them."""
        query = (
            select(CreationRow.id, CreationRow.medium, CreationRow.picked, StandingRow.alike, ArtifactRow.part)
            .join(StandingRow, StandingRow.creation == CreationRow.id)
            .join(ArtifactRow, ArtifactRow.creation == CreationRow.id)
            .where(
                CreationRow.id.in_(works),
                CreationRow.member != self._member,
                self._is_showable,
                is_shown(ArtifactRow),
            )
            .order_by(CreationRow.id, ArtifactRow.part)
        )
        found: dict[CreationId, _Entrant] = {}
        for work, medium, picked, alike, part in await self._session.execute(query):
            before = found[work].parts if work in found else ()
            chosen = (picked or 0) if medium is Medium.TEXT else None
            found[work] = _Entrant(id=work, parts=(*before, part), chosen=chosen, alike=alike)
        return found

    async def _seen(self, works: Collection[CreationId]) -> Collection[frozenset[Side]]:
        """The pairs with these works that the member was asked about."""
        seen = set()
        for of in (DuelRow.left_work, DuelRow.right_work):
            query = select(DuelRow).where(of.in_(works), DuelRow.member == self._member)
            for row in await self._session.scalars(query):
                left = Side(creation=row.left_work, part=row.left_part)
                right = Side(creation=row.right_work, part=row.right_part)
                seen.add(frozenset((left, right)))
        return seen

    async def _themed(self, works: Sequence[CreationId]) -> Sequence[CreationId]:
        """Those that have a tag, or a term that another work has too."""
        others = aliased(TermRow)
        is_shared = exists().where(
            others.server == TermRow.server, others.term == TermRow.term, others.creation != TermRow.creation
        )
        terms = select(TermRow.creation, TermRow.term).where(TermRow.creation.in_(works), is_shared)
        found = {row.creation for row in await self._session.execute(terms) if _is_theme(row.term)}
        found.update(await self._session.scalars(select(TagRow.creation).where(TagRow.creation.in_(works))))
        return [work for work in works if work in found]

    async def _themes_of(self, work: CreationId) -> Sequence[_Theme]:
        """What a work is about: its tags, and then the terms that others have too, the rarest first."""
        tags = (await self._session.scalars(select(TagRow.tag).where(TagRow.creation == work))).all()
        terms = (await self._session.scalars(select(TermRow.term).where(TermRow.creation == work))).all()
        counted = [(await self._count(term), term) for term in terms if _is_theme(term)]
        rarest = sorted((one for one in counted if one[0] > 1), key=lambda one: (one[0], -len(one[1]), one[1]))
        of_terms = [_Theme(word=term, is_tag=False) for _, term in rarest]
        return [*(_Theme(word=tag, is_tag=True) for tag in sorted(tags)), *of_terms][:_THEMES]

    async def _count(self, term: str) -> int:
        """How many works have it, up to `_COMMON`."""
        some = select(literal(1)).where(TermRow.server == self._server, TermRow.term == term).limit(_COMMON).subquery()
        return await self._session.scalar(select(func.count()).select_from(some)) or 0

    async def _rivals(self, medium: Medium, work: CreationId, theme: _Theme) -> Sequence[CreationId]:
        """The newest works with a theme besides this one."""
        named = select(TagRow.creation).where(TagRow.tag == theme.word)
        if not theme.is_tag:
            named = select(TermRow.creation).where(TermRow.server == self._server, TermRow.term == theme.word)
        (of,) = named.selected_columns
        suits = exists().where(
            CreationRow.id == of,
            CreationRow.server == self._server,
            CreationRow.medium == medium,
            CreationRow.member != self._member,
            self._is_showable,
        )
        return (await self._session.scalars(named.where(of != work, suits).order_by(of.desc()).limit(_RIVALS))).all()


_NO_THEMES: Final = frozenset(_FILLERS.split())


def _is_theme(term: str) -> bool:
    return term not in _NO_THEMES and len(term) >= (_LEAST_LETTERS if term.isascii() else 2)
