"""Builds the folder of a release from a plan."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from storage.database import Database
from storage.faults import translated
from storage.media import MediaStore
from storage.release import manifest
from storage.release.developing import Inscribe, developing
from storage.release.files import Lines, Spool, as_json, written
from storage.release.gathering import Gathering
from storage.release.identification import identification
from storage.release.pairing import Pairing
from storage.release.plan import Plan
from storage.release.pseudonyms import Aliases
from storage.release.tombs import tombstones
from storage.release.values import LICENCE, Phase, Progress, RaterTombstone, Reason, ReleaseRequest, Split
from storage.release.writing import Tally, Writing

T = TypeVar("T")

FORMAT: Final = 2  # Of the folder, raised by every change that a reader has to know of.
CHARTS: Final = "card"
TOMBSTONES: Final = "tombstones.jsonl"
_LICENCE_TEXT: Final = Path(__file__).with_name("licence.txt")
_NO_TITLE: Final = "Community creations"
_SOFTWARE: Final = ("atelier", "pyarrow", "matplotlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A folder that is whole."""

    works: int
    ratings: int
    pairs: int
    size_bytes: int
    manifest_sha256: str
    raters: frozenset[str]  # By their pseudonyms, of ratings and of duels.


class Maker:
    """One release. Reads the database and writes files; nothing else is changed."""

    def __init__(
        self,
        database: Database,
        media: MediaStore,
        request: ReleaseRequest,
        plan: Plan,
        aliases: Aliases,
        gone: Sequence[RaterTombstone],
    ) -> None:
        """`gone`: raters of earlier releases."""
        self._database = database
        self._request = request
        self._plan = plan
        self._gone = gone
        self._gathering = Gathering(database, media, request.server, plan, aliases)

    async def build(self, root: Path, inscribe: Inscribe, progress: Progress) -> Built:
        """Raises `FilesLostError`, `DiskFullError`, `StorageUnavailableError`."""
        with translated(), Spool(root) as spool:
            await self._gathering.prepare()
            with developing(root, inscribe, works=len(self._plan.chosen)) as develop:
                writing = Writing(root, spool, self._plan, self._request.models, self._gathering.scale, develop)
                await self._write_works(writing, progress)
            pairing = Pairing(root, spool, writing.contenders)
            newest = await self._write_pairs(pairing, writing.tally.newest, progress)
            graves = await self._write_tombstones(root, spool)
            progress(Phase.CARD, 0, 1)
            return await in_thread(self._finish, root, spool, writing, pairing, newest, graves)

    async def is_still_there(self) -> bool:
        """Whether all that was written of its works is still there. Raises `StorageUnavailableError`."""
        return await self._gathering.is_still_there()

    async def _write_works(self, writing: Writing, progress: Progress) -> None:
        """While a page is written, the next one is read."""
        of, done = len(self._plan.chosen), 0
        pages = aiter(self._gathering.works())
        page = await anext(pages, None)
        while page is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            try:
                await in_thread(writing.add, page)
            except BaseException:
                coming.cancel()
                await asyncio.wait([coming])
                raise
            done += len(page)
            progress(Phase.WORKS, done, of)
            page = await coming
        await in_thread(writing.close)

    async def _write_pairs(self, pairing: Pairing, newest: datetime, progress: Progress) -> datetime:
        """Returns when the newest fact of the release came to be."""
        progress(Phase.PAIRS, 0, 1)
        async for page in self._gathering.choices():
            here = self._plan.splits_of([side.creation for one, _ in page for side in (one.left, one.right)])
            of_works = [each for each in page if each[0].left.creation in here and each[0].right.creation in here]
            newest = max([newest, *(at for choice, at in of_works if choice.rater is not None)])
            await in_thread(pairing.add_duels, [choice for choice, _ in page])
        await in_thread(pairing.write)
        await in_thread(pairing.close)
        return newest

    async def _write_tombstones(self, root: Path, spool: Spool) -> int:
        lines = Lines(root, TOMBSTONES, spool)
        request = self._request
        async for one in tombstones(self._database, request.server, self._plan, below=request.version):
            lines.add(as_json({"work": one.work, "versions": list(one.versions), "reason": one.reason}))
        for gone in self._gone:
            lines.add(as_json({"rater": gone.rater, "versions": [gone.version], "reason": Reason.WITHDRAWN.value}))
        lines.close()
        return lines.count

    def _finish(
        self, root: Path, spool: Spool, writing: Writing, pairing: Pairing, newest: datetime, graves: int
    ) -> Built:
        tally, risk = writing.tally, identification(root)
        parts = {"works": dict(tally.works), "ratings": dict(tally.ratings), **pairing.rows}
        self._write_card(root, spool, writing, pairing, newest, graves, parts, risk)
        spool.list(written(root, "LICENSE", _LICENCE_TEXT.read_bytes()))
        told = {**self._told(tally, newest, graves, parts), "identification": risk}
        size_bytes = sum(each.size_bytes for each in spool.listed())
        listed = manifest.write(root, told, spool.listed())
        return Built(
            works=tally.works.total(),
            ratings=tally.ratings.total(),
            pairs=pairing.counts.total(),
            size_bytes=size_bytes + listed.size_bytes,
            manifest_sha256=listed.sha256,
            raters=frozenset(tally.raters.keys() | pairing.raters),
        )

    def _write_card(
        self,
        root: Path,
        spool: Spool,
        writing: Writing,
        pairing: Pairing,
        newest: datetime,
        graves: int,
        parts: Mapping[str, Mapping[Split, int]],
        risk: Mapping[str, Any],
    ) -> None:
        # Late, since they bring matplotlib's weight with them.
        from storage.release.card import CardFacts, card
        from storage.release.charts import charts

        tally = writing.tally
        figures = tally.figures.quality()
        drawn = list(charts(figures))
        for chart in drawn:
            spool.list(written(root, f"{CHARTS}/{chart.name}", chart.png))
        request, plan = self._request, self._plan
        facts = CardFacts(
            title=request.title or _NO_TITLE,
            version=request.version,
            as_of=newest,
            works=tally.works.total(),
            by_medium=_ordered(tally.by_medium),
            by_split=_ordered(tally.works),
            ratings=tally.ratings.total(),
            ratings_left_out=tally.ratings_left_out,
            ratings_withheld=tally.ratings_withheld,
            raters_in_several_splits=tally.raters_in_several_splits,
            identification=risk,
            shards=writing.shards,
            pairs=_ordered(pairing.counts),
            pairs_dropped=_ordered(pairing.dropped),
            excluded=plan.excluded,
            included=request.included,
            licences=dict(sorted(tally.licences.items())),
            is_split_by_author=plan.is_split_by_author,
            tombstones=graves,
            languages=sorted(tally.languages),
            parts={name: [split for split in Split if rows.get(split)] for name, rows in parts.items()},
            contact=request.contact,
            quality=figures,
        )
        spool.list(written(root, "README.md", card(facts, drawn, CHARTS).encode()))

    def _told(
        self, tally: Tally, newest: datetime, graves: int, parts: Mapping[str, Mapping[Split, int]]
    ) -> Mapping[str, Any]:
        """What the manifest says of the release."""
        request, plan = self._request, self._plan
        return {
            "format": FORMAT,
            "title": request.title or _NO_TITLE,
            "version": request.version,
            "as_of": newest.date().isoformat(),
            "licence": LICENCE,
            "counts": {
                name: {split.value: rows[split] for split in Split if rows.get(split)} for name, rows in parts.items()
            },
            "by_medium": {medium.value: count for medium, count in _ordered(tally.by_medium).items()},
            "excluded": {reason.value: count for reason, count in plan.excluded.items()},
            "included": sorted(reason.value for reason in request.included),
            "is_split_by_author": plan.is_split_by_author,
            "ratings_left_out": tally.ratings_left_out,
            "ratings_withheld": tally.ratings_withheld,
            "raters_in_several_splits": tally.raters_in_several_splits,
            "tombstones": graves,
            "software": {name: version(name) for name in _SOFTWARE},
        }


def _ordered(counts: Mapping[T, int]) -> Mapping[T, int]:
    """In the order in which their kinds are listed."""
    kinds: Sequence[T] = list(type(next(iter(counts)))) if counts else []  # type: ignore[call-overload]
    return {kind: counts[kind] for kind in kinds if counts.get(kind)}


async def in_thread(call: Callable[..., T], *given: object) -> T:
    """As `asyncio.to_thread`, but who is cancelled waits for the end of it: nobody writes where all is removed."""
    return await finished(asyncio.to_thread(call, *given))


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Its result; who is cancelled waits for the end of it."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
