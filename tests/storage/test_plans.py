"""That the questions asked all the time are answered from an index, however long the tables grow."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from inference.contract.identifiers import JobId, MessageId
from storage import Storage
from tests.storage.works import ANNA, BEN, MODEL, SERVER, after, created

Asked = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """The SELECTs that were run, with their parameters."""
    found: Asked = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: tuple[Any, ...], _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", listen)
    yield found
    event.remove(Engine, "before_cursor_execute", listen)


async def test_no_question_reads_a_whole_table_or_sorts(sqlite_address: str, tmp_path: Path, asked: Asked) -> None:
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
        await storage.creations.page(SERVER, ANNA, limit=5)
        await storage.creations.page(SERVER, ANNA, limit=5, older_than=creation.id)
        await storage.creations.page(SERVER, ANNA, limit=5, newer_than=creation.id)
        await storage.ratings.react(MessageId(10), BEN, 4, at=after(5))
        await storage.ratings.clear(MessageId(10), at=after(6))
        await storage.ratings.scores([creation.id])
        await storage.creations.delete(creation.id)

    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:///"))) as connection:
        plans = {
            statement: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
        }
    slow = {
        statement: plan
        for statement, plan in plans.items()
        for step in plan
        # The reactions of one member to one work are sorted: they are a handful.
        if ("SCAN" in step and "INDEX" not in step) or ("TEMP B-TREE" in step and "FROM reactions" not in statement)
    }
    assert slow == {}
    assert len(plans) > 15
