"""One decision about many works."""

from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from inference.contract.mediums import Medium
from storage import Storage, decisions
from storage.decisions import Sweep
from storage.domain import Deed, Ranked, Selection
from tests.storage.works import BEN, CLEO, SERVER, after, created

WAITING: Final = Ranked(selection=Selection.OPEN)
AT: Final = after(100)


def sweep(at: datetime = AT) -> Sweep:
    return Sweep(server=SERVER, by=CLEO, at=at)


async def accept_all(storage: Storage, wanted: Ranked = WAITING) -> int:
    decided = [one.decided async for one in storage.decisions.decide(sweep(), wanted, Selection.ACCEPTED)]
    return decided[-1] if decided else 0


async def take_all_back(storage: Storage) -> int:
    decided = [one.decided async for one in storage.decisions.take_back(sweep(), at=after(200))]
    return decided[-1] if decided else 0


async def count(storage: Storage, selection: Selection) -> int:
    return await storage.decisions.count(SERVER, Ranked(selection=selection))


async def log(storage: Storage) -> list[tuple[Deed, str]]:
    return [(entry.deed, entry.detail) for entry in (await storage.audit.page(SERVER, limit=9)).rows]


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "WORKS_A_STEP", 2)


async def test_all_that_wait_are_accepted_as_one_deed(storage: Storage, spool: Path) -> None:
    for number in range(5):
        await created(storage, spool, content=f"Fox {number}.", prompt=f"fox {number}")

    assert await accept_all(storage) == 5
    assert await count(storage, Selection.ACCEPTED) == 5
    assert await log(storage) == [(Deed.ACCEPTED, "× 5")]


async def test_what_was_decided_and_what_is_hidden_is_not_touched(storage: Storage, spool: Path) -> None:
    rejected, hidden, _ = [await created(storage, spool, content=text, prompt=text) for text in ("one", "two", "three")]
    await storage.curation.decide(rejected.id, SERVER, Selection.REJECTED, by=BEN, at=after(50))
    report, _ = await storage.reports.file(hidden.id, BEN, reason="no", at=after(60))
    await storage.reports.hide(report.id, by=BEN, at=after(61))

    assert await accept_all(storage) == 1
    assert await count(storage, Selection.REJECTED) == 1


async def test_only_what_is_like_that_is_decided_about(storage: Storage, spool: Path) -> None:
    await created(storage, spool)

    assert await accept_all(storage, Ranked(selection=Selection.OPEN, medium=Medium.IMAGE)) == 0
    assert await accept_all(storage, Ranked(selection=Selection.OPEN, least_raters=1)) == 0
    assert await count(storage, Selection.OPEN) == 1
    assert await log(storage) == []


async def test_broken_off_it_goes_on_as_the_same_deed(storage: Storage, spool: Path) -> None:
    for number in range(5):
        await created(storage, spool, content=f"Fox {number}.", prompt=f"fox {number}")
    async with aclosing(storage.decisions.decide(sweep(), WAITING, Selection.ACCEPTED)) as steps:
        assert (await anext(steps)).decided == 2

    assert await accept_all(storage) == 3
    assert await log(storage) == [(Deed.ACCEPTED, "× 5")]


async def test_it_is_taken_back_and_other_decisions_stay(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool, content="A fox.", prompt="a fox")
    await storage.curation.decide(first.id, SERVER, Selection.ACCEPTED, by=CLEO, at=after(50))
    for number in range(3):
        await created(storage, spool, content=f"Fox {number}.", prompt=f"fox {number}")
    await accept_all(storage)

    assert await take_all_back(storage) == 3
    assert await count(storage, Selection.ACCEPTED) == 1
    assert (await log(storage))[0] == (Deed.REOPENED, "× 3")
