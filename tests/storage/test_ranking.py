"""Pages of what hardly a work is like."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from inference.contract.identifiers import CreationId, MessageId
from inference.contract.mediums import Medium
from storage import Storage, ranking
from storage.domain import Place, Ranked, Selection, StandingPage
from tests.storage.works import ANNA, BEN, NOON, SERVER, after, created


@pytest.fixture
async def works(storage: Storage, spool: Path) -> Sequence[CreationId]:
    """Nine, the best first; Ben rated five of them."""
    made = [(await created(storage, spool, number, content=str(number))).id for number in range(1, 10)]
    for number, stars in enumerate((5, 4, 3, 2, 1), start=1):
        await storage.ratings.react(MessageId(number), BEN, stars, at=NOON)
    standings = await storage.standings.of(made)
    return sorted(made, key=lambda work: (standings[work].low, work), reverse=True)


@pytest.fixture
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many more works than are looked at for one page."""
    monkeypatch.setattr(ranking, "FEW", 0)
    monkeypatch.setattr(ranking, "REACHES", (1, 2))


async def pages(storage: Storage, wanted: Ranked, *, limit: int) -> AsyncIterator[StandingPage]:
    """Each page from the best on."""
    page = await storage.standings.best(SERVER, wanted, limit=limit)
    yield page
    while page.after is not None:
        page = await storage.standings.best(SERVER, wanted, limit=limit, below=page.after)
        yield page


async def ids_of(storage: Storage, wanted: Ranked, *, limit: int) -> list[list[CreationId]]:
    return [[one.creation for one in page.rows] async for page in pages(storage, wanted, limit=limit)]


WAITING = Ranked(selection=Selection.OPEN)


@pytest.mark.parametrize("walks", ["short_walks", None])
@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (WAITING, [*range(9)]),
        (Ranked(least_raters=1), None),
        (Ranked(selection=Selection.OPEN, least_raters=1), None),
        (Ranked(selection=Selection.OPEN, least_raters=2), []),
        (Ranked(selection=Selection.ACCEPTED), []),
        (Ranked(selection=Selection.OPEN, medium=Medium.IMAGE), []),
        (Ranked(selection=Selection.OPEN, since=after(1_000)), []),
        (Ranked(selection=Selection.OPEN, until=after(1_000)), [*range(9)]),
        (Ranked(selection=Selection.OPEN, tag="sea"), [8]),
    ],
)
async def test_all_that_is_wanted_is_found_in_order_page_by_page(
    storage: Storage,
    works: Sequence[CreationId],
    wanted: Ranked,
    places: Sequence[int] | None,
    walks: str | None,
    request: pytest.FixtureRequest,
) -> None:
    if walks:
        request.getfixturevalue(walks)
    await storage.curation.tag(works[8], SERVER, ["sea"], by=ANNA, at=NOON)
    standings = await storage.standings.of(works)
    rated = [work for work in works if standings[work].raters]

    found = await ids_of(storage, wanted, limit=2)

    assert [work for page in found for work in page] == (rated if places is None else [works[at] for at in places])


@pytest.mark.usefixtures("short_walks")
async def test_a_walk_that_finds_nothing_says_where_it_broke_off(storage: Storage, works: Sequence[CreationId]) -> None:
    wanted = Ranked(selection=Selection.OPEN, tag="sea")
    standings = await storage.standings.of(works)

    page = await storage.standings.best(SERVER, wanted, limit=2)

    assert page == StandingPage(rows=(), before=None, after=standings[works[2]].place)


@pytest.mark.usefixtures("short_walks")
async def test_a_walk_back_breaks_off_as_well_and_goes_on(storage: Storage, works: Sequence[CreationId]) -> None:
    await storage.curation.tag(works[0], SERVER, ["sea"], by=ANNA, at=NOON)
    wanted = Ranked(selection=Selection.OPEN, tag="sea")
    edge: Place | None = Place(low=0.0, creation=CreationId(0))
    found: list[list[CreationId]] = []
    while edge is not None:
        page = await storage.standings.best(SERVER, wanted, limit=2, above=edge)
        found.append([one.creation for one in page.rows])
        edge = page.before

    assert found == [[], [], [works[0]], []]


async def test_few_works_are_found_at_once_wherever_they_stand(
    storage: Storage, works: Sequence[CreationId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "REACHES", (1, 2))
    standings = await storage.standings.of(works)
    rated = [work for work in works if standings[work].raters]

    page = await storage.standings.best(SERVER, Ranked(selection=Selection.OPEN, least_raters=1), limit=9)

    assert [one.creation for one in page.rows] == rated
    assert page.after is None
