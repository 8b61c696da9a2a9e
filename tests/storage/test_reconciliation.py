"""What stood under a message when somebody looked, held against what is known."""

from datetime import datetime
from pathlib import Path

import pytest

from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from storage import Storage
from storage.looks import MEMBERS_A_STEP
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after, created, making, spooled, started
from tests.storage.worlds import ELSEWHERE

HERE, THERE = MessageId(1), MessageId(2)


async def stars_of(storage: Storage, work: CreationId, member: MemberId) -> int | None:
    rating = await storage.ratings.get(work, member)
    return None if rating is None else rating.stars


async def test_a_reaction_that_came_unseen_counts(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)

    news = await storage.ratings.reconcile(HERE, {4: [BEN]}, at=after(60))

    assert news == 1
    assert await stars_of(storage, work.id, BEN) == 4
    assert (await storage.standings.of([work.id]))[work.id].raters == 1


async def test_a_reaction_that_went_unseen_counts_no_more(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 4, at=after(10))

    await storage.ratings.reconcile(HERE, {}, at=after(60))

    assert await stars_of(storage, work.id, BEN) is None
    assert (await storage.standings.of([work.id]))[work.id].raters == 0


async def test_the_rating_stands_whose_reaction_still_does(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 2, at=after(10))

    await storage.ratings.reconcile(HERE, {2: [BEN], 5: [BEN]}, at=after(60))

    assert await stars_of(storage, work.id, BEN) == 2


async def test_otherwise_the_highest_that_stands_counts(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 2, at=after(10))

    await storage.ratings.reconcile(HERE, {3: [BEN], 5: [BEN]}, at=after(60))

    assert await stars_of(storage, work.id, BEN) == 5


async def test_what_was_taken_away_and_given_again_counts(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 4, at=after(10))
    await storage.ratings.unreact(HERE, BEN, 4, at=after(20))
    await storage.ratings.clear(HERE, at=after(30))

    await storage.ratings.reconcile(HERE, {4: [BEN]}, at=after(60))

    assert await stars_of(storage, work.id, BEN) == 4


async def test_what_the_gateway_told_since_has_the_last_word(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 5, at=after(61))
    await storage.ratings.react(HERE, CLEO, 3, at=after(10))
    await storage.ratings.unreact(HERE, CLEO, 3, at=after(61))

    await storage.ratings.reconcile(HERE, {3: [CLEO]}, at=after(60))

    assert await stars_of(storage, work.id, BEN) == 5
    assert await stars_of(storage, work.id, CLEO) is None


async def test_what_a_moderator_has_cleared_since_stays_away(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.clear_emoji(HERE, 3, at=after(61))

    await storage.ratings.reconcile(HERE, {3: [BEN], 4: [CLEO]}, at=after(60))

    assert await stars_of(storage, work.id, BEN) is None
    assert await stars_of(storage, work.id, CLEO) == 4


async def erased(storage: Storage, member: MemberId, at: datetime, server: ServerId | None = SERVER) -> None:
    erasure = await storage.erasures.ask(member, server, takes_messages=False, at=at)
    while not (await storage.erasures.carry_on(erasure, at=at)).is_done:
        pass


@pytest.mark.parametrize("server", [SERVER, None])
async def test_what_a_member_had_erased_is_not_taken_in_again(
    storage: Storage, spool: Path, server: ServerId | None
) -> None:
    work = await created(storage, spool, HERE)
    await storage.ratings.react(HERE, BEN, 4, at=after(10))
    await storage.favourites.keep(HERE, BEN, at=after(10))
    await erased(storage, BEN, after(20), server)

    news = await storage.ratings.reconcile(HERE, {4: [BEN, CLEO]}, at=after(60))
    await storage.favourites.reconcile(HERE, {BEN, CLEO}, at=after(60))

    assert news == 1
    assert await stars_of(storage, work.id, BEN) is None
    assert await stars_of(storage, work.id, CLEO) == 4
    assert not await storage.favourites.is_kept(work.id, BEN)
    assert await storage.favourites.is_kept(work.id, CLEO)


async def test_what_a_member_does_after_an_erasure_counts(storage: Storage, spool: Path) -> None:
    old = await created(storage, spool, HERE)
    await erased(storage, BEN, after(20))
    job = await started(storage.jobs)
    job = await storage.jobs.succeed(job.id, making(spooled(spool, "another")), at=after(30))
    await storage.jobs.delivered(job.id, [THERE], at=after(31))
    await storage.ratings.react(HERE, BEN, 5, at=after(40))

    await storage.ratings.reconcile(HERE, {5: [BEN]}, at=after(60))
    await storage.ratings.reconcile(THERE, {3: [BEN]}, at=after(60))

    assert await stars_of(storage, old.id, BEN) == 5
    assert job.creation is not None
    assert await stars_of(storage, job.creation, BEN) == 3


async def test_a_crowd_that_came_unseen_counts_to_the_last(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    crowd = [MemberId(5_000 + number) for number in range(2 * MEMBERS_A_STEP + 1)]

    news = await storage.ratings.reconcile(HERE, {5: crowd}, at=after(60))

    assert news == len(crowd)
    assert (await storage.standings.of([work.id]))[work.id].raters == len(crowd)
    assert await storage.ratings.reconcile(HERE, {}, at=after(70)) == len(crowd)
    assert await storage.ratings.of(work.id) == []


async def test_nobody_rates_their_own_work_unseen(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)

    news = await storage.ratings.reconcile(HERE, {5: [ANNA]}, at=after(60))

    assert news == 0
    assert await storage.ratings.of(work.id) == []


async def test_looking_twice_finds_no_news(storage: Storage, spool: Path) -> None:
    await created(storage, spool, HERE)
    found = {1: [BEN], 5: [BEN, CLEO]}
    await storage.ratings.reconcile(HERE, found, at=after(60))

    assert await storage.ratings.reconcile(HERE, found, at=after(61)) == 0


async def test_a_message_that_is_no_work_is_passed_over(storage: Storage) -> None:
    assert await storage.ratings.reconcile(HERE, {5: [BEN]}, at=NOON) == 0
    assert await storage.favourites.reconcile(HERE, {BEN}, at=NOON) == 0


async def test_hearts_are_as_they_stand(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.favourites.keep(HERE, BEN, at=after(10))

    news = await storage.favourites.reconcile(HERE, {CLEO}, at=after(60))

    assert news == 2
    assert not await storage.favourites.is_kept(work.id, BEN)
    assert await storage.favourites.is_kept(work.id, CLEO)


async def test_a_heart_that_was_given_again_since_stays(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.favourites.keep(HERE, BEN, at=after(10))
    await storage.favourites.keep(HERE, BEN, at=after(61))

    await storage.favourites.reconcile(HERE, (), at=after(60))

    assert await storage.favourites.is_kept(work.id, BEN)


async def test_a_heart_that_was_told_of_since_stays(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)
    await storage.favourites.keep(HERE, BEN, at=after(60))

    news = await storage.favourites.reconcile(HERE, (), at=after(60))

    assert news == 0
    assert await storage.favourites.is_kept(work.id, BEN)


async def test_a_servers_newest_works_come_first_in_pages(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool, number, content=str(number)) for number in (1, 2, 3)]
    await created(storage, spool, 4, content="there", server=ELSEWHERE)

    first = await storage.creations.newest(SERVER, since=NOON, limit=2)
    second = await storage.creations.newest(SERVER, since=NOON, limit=2, older_than=first[-1].id)

    assert [one.id for one in (*first, *second)] == [work.id for work in works[::-1]]
    assert list(await storage.creations.newest(SERVER, since=after(3), limit=2)) == []


async def test_the_servers_are_those_in_which_something_was_made_lately(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1, content="here")
    await created(storage, spool, 2, content="there", server=ELSEWHERE)

    assert set(await storage.creations.servers(since=NOON)) == {SERVER, ELSEWHERE}
    assert list(await storage.creations.servers(since=after(3))) == []


async def test_only_of_works_messages_the_channel_is_known(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, HERE)

    assert await storage.creations.places([HERE, MessageId(2)]) == {HERE: work.channel}
