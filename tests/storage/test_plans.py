"""That the questions asked all the time are answered from an index, however long the tables grow."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event

from inference.contract.errors import QuotaReachedError
from inference.contract.identifiers import CreationId, JobId, MessageId
from inference.contract.jobs import Limits
from inference.contract.mediums import Medium
from storage import Storage, ranking
from storage.domain import Axis, Place, Preference, Ranked, Selection, Via, Wanted
from tests.storage.works import ANNA, BEN, MODEL, SERVER, after, again, created, submission

RANKED = (
    Ranked(least_raters=1),
    Ranked(least_raters=2, medium=Medium.TEXT, since=after(0)),
    Ranked(selection=Selection.OPEN, most_unsafe=0.5, tag="sea"),
    Ranked(selection=Selection.OPEN, medium=Medium.TEXT),
    Ranked(selection=Selection.OPEN, least_raters=1),
    Ranked(selection=Selection.OPEN, medium=Medium.TEXT, least_score=1.0, since=after(0), until=after(9)),
    Ranked(alike=CreationId(1)),
)

Asked = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """The questions that were run, with their parameters."""
    found: Asked = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: tuple[Any, ...], _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", listen)
    yield found
    event.remove(Engine, "before_cursor_execute", listen)


def is_slow(step: str) -> bool:
    return ("SCAN" in step and "INDEX" not in step) or "TEMP B-TREE" in step


def is_small(step: str, statement: str) -> bool:
    """Whether it goes through a handful, or no more than a question before it has counted."""
    if "SCAN" in step:
        # What was just found and is only counted, and kinds of near duplicates that are named one by one.
        return step in {"SCAN anon_1", "SCAN kinds"} or re.fullmatch(r"SCAN .*CONSTANT ROWS?", step) is not None
    of_one_work = "FROM reactions" in statement or "JOIN parents" in statement
    of_some_jobs = (
        "parents.job IN" in statement or "uploads.job IN" in statement
    )  # Those of a page or of a step, with the few that each began from.
    of_few_terms = "SELECT DISTINCT terms.creation" in statement  # Of a beginning that is known to be rare.
    of_some_works = "standings.creation IN" in statement  # Of a step, whose near duplicates are looked for.
    return of_one_work or of_some_jobs or of_few_terms or of_some_works


async def test_no_question_reads_a_whole_table_or_sorts(
    sqlite_address: str, tmp_path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        asked.clear()
        creation = await created(storage, tmp_path / "spool", 10)
        await storage.jobs.waiting(limit=5, without={JobId(1)})
        await storage.jobs.place(JobId(1))
        await storage.jobs.requeue_running()
        await storage.jobs.virtual_time()
        await storage.jobs.last_finish_tag(ANNA)
        await storage.jobs.recent_costs(MODEL, limit=20)
        await storage.jobs.undelivered()
        await storage.creations.by_message(MessageId(10))
        await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5)
        await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5, older_than=creation.id)
        await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5, newer_than=creation.id)
        month = Wanted(medium=Medium.TEXT, since=after(0), until=after(100))
        for wanted in (Wanted(), month, Wanted(words="a story"), Wanted(words="a story", member=ANNA)):
            await storage.creations.page(SERVER, wanted, viewer=BEN, limit=5, older_than=creation.id)
            await storage.creations.page(SERVER, wanted, viewer=BEN, limit=5, newer_than=CreationId(0))
        await storage.favourites.keep(MessageId(10), BEN, at=after(5))
        await storage.creations.page(SERVER, Wanted(kept_by=BEN), viewer=BEN, limit=5)
        await storage.favourites.is_kept(creation.id, BEN)
        await storage.jobs.unfinished(ANNA, SERVER)
        await storage.lineage.family(creation.id, SERVER, viewer=ANNA, limit=5)
        await storage.ratings.react(MessageId(10), BEN, 4, at=after(5))
        await storage.ratings.clear(MessageId(10), at=after(6))
        await storage.ratings.say(creation.id, BEN, {Axis.BEAUTY: 4}, via=Via.FORM, at=after(6), remark="fine")
        await storage.standings.of([creation.id])
        await storage.standings.neediest(SERVER, BEN, limit=5, sight=None)
        await storage.standings.neediest(
            SERVER, BEN, limit=5, medium=Medium.TEXT, start=9, with_unsafe=False, sight=None
        )
        await storage.ratings.by(BEN, creation.id)
        await storage.ratings.to_repeat(
            SERVER, BEN, before=after(9), start=0.5, medium=Medium.TEXT, with_unsafe=False, sight=None
        )
        await created(storage, tmp_path / "spool", 12, parents=again(creation.id))
        for medium in (None, Medium.TEXT, Medium.IMAGE):  # By the words first, and then by a theme.
            duel = await storage.duels.ask(SERVER, BEN, chance=Random(1), at=after(9), medium=medium, sight=None)
            if duel is not None:
                await storage.duels.decide(duel.id, BEN, Preference.TIE, server=SERVER, at=after(9))
        place = Place(low=3.0, creation=creation.id)
        for ranked, few in product(RANKED, (0, ranking.FEW)):  # Along the ranking, and by what leaves few.
            monkeypatch.setattr(ranking, "FEW", few)
            await storage.standings.best(SERVER, ranked, limit=5)
            await storage.standings.best(SERVER, ranked, limit=5, below=place)
            await storage.standings.best(SERVER, ranked, limit=5, above=place)
        await storage.jobs.add(submission(), limits=Limits(a_day=5, waiting=5))
        with pytest.raises(QuotaReachedError):
            await storage.jobs.add(submission(), limits=Limits(a_day=1))
        await storage.blocks.is_blocked(SERVER, ANNA)
        await storage.servers.get(SERVER)
        await storage.reports.untold([SERVER])
        await storage.reports.released_since(after(0))
        await storage.audit.page(SERVER, limit=5, older_than=3)
        erasure = await storage.erasures.ask(ANNA, None, takes_messages=True, at=after(9))
        await storage.erasures.carry_on(erasure, at=after(9))
        await storage.creations.delete((await created(storage, tmp_path / "spool", 11)).id)

    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:///"))) as connection:
        plans = {
            statement: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
        }
    slow = {
        statement: plan
        for statement, plan in plans.items()
        for step in plan
        if is_slow(step) and not is_small(step, statement)
    }
    assert slow == {}
    assert len(plans) > 15
