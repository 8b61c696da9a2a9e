import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from inference.contract.identifiers import MemberId, MessageId
from storage import Creation, Ignored, Rating, Storage
from tests.storage.databases import fresh_addresses
from tests.storage.works import ANNA, BEN, CLEO, after, created

NOTE = MessageId(10)
SECOND = MessageId(20)
ELSEWHERE = MessageId(404)


@pytest.fixture
async def creation(storage: Storage, spool: Path) -> Creation:
    """By Anna, in two messages."""
    return await created(storage, spool, NOTE, SECOND)


async def stars_of(storage: Storage, creation: Creation, member: MemberId) -> int | None:
    rating = await storage.ratings.get(creation.id, member)
    return None if rating is None else rating.stars


async def test_the_latest_reaction_that_stands_is_the_rating(storage: Storage, creation: Creation) -> None:
    react, unreact = storage.ratings.react, storage.ratings.unreact
    three = Rating(creation=creation.id, member=BEN, stars=3, rated_at=after(1))
    five = Rating(creation=creation.id, member=BEN, stars=5, rated_at=after(2))

    assert await react(NOTE, BEN, 3, at=after(1)) == three
    assert await react(NOTE, BEN, 5, at=after(2)) == five
    assert await storage.ratings.of(creation.id) == [five]
    assert await unreact(NOTE, BEN, 5, at=after(3)) == three
    assert await unreact(NOTE, BEN, 3, at=after(4)) is None
    assert await storage.ratings.of(creation.id) == []


async def test_reactions_on_any_message_of_a_creation_count(storage: Storage, creation: Creation) -> None:
    await storage.ratings.react(NOTE, BEN, 3, at=after(1))
    await storage.ratings.react(SECOND, BEN, 4, at=after(2))
    assert await stars_of(storage, creation, BEN) == 4

    await storage.ratings.unreact(SECOND, BEN, 4, at=after(3))
    assert await stars_of(storage, creation, BEN) == 3


async def test_reactions_that_are_no_ratings_are_ignored_with_a_reason(storage: Storage, creation: Creation) -> None:
    assert await storage.ratings.react(NOTE, ANNA, 5, at=after(1)) is Ignored.OWN_WORK
    assert await storage.ratings.unreact(NOTE, ANNA, 5, at=after(2)) is Ignored.OWN_WORK
    assert await storage.ratings.react(ELSEWHERE, BEN, 5, at=after(1)) is Ignored.NO_CREATION
    assert await storage.ratings.unreact(ELSEWHERE, BEN, 5, at=after(2)) is Ignored.NO_CREATION
    await storage.ratings.clear(ELSEWHERE, at=after(3))
    await storage.ratings.clear_emoji(ELSEWHERE, 5, at=after(3))

    assert await storage.ratings.of(creation.id) == []


async def test_a_reaction_on_a_deleted_work_is_ignored(storage: Storage, creation: Creation) -> None:
    await storage.creations.delete(creation.id)

    assert await storage.ratings.react(NOTE, BEN, 5, at=after(1)) is Ignored.NO_CREATION


@pytest.mark.parametrize("stars", [0, 6])
async def test_there_are_one_to_five_stars(storage: Storage, creation: Creation, stars: int) -> None:
    for call in (storage.ratings.react, storage.ratings.unreact):
        with pytest.raises(ValueError, match="stars"):
            await call(NOTE, BEN, stars, at=after(1))
    with pytest.raises(ValueError, match="stars"):
        await storage.ratings.clear_emoji(NOTE, stars, at=after(1))


async def test_clearing_one_emoji_leaves_the_others(storage: Storage, creation: Creation) -> None:
    await storage.ratings.react(NOTE, BEN, 2, at=after(1))
    await storage.ratings.react(NOTE, BEN, 5, at=after(2))
    await storage.ratings.react(NOTE, CLEO, 5, at=after(3))

    await storage.ratings.clear_emoji(NOTE, 5, at=after(4))

    assert await stars_of(storage, creation, BEN) == 2
    assert await stars_of(storage, creation, CLEO) is None


async def test_clearing_a_message_leaves_the_other_messages(storage: Storage, creation: Creation) -> None:
    await storage.ratings.react(NOTE, BEN, 5, at=after(1))
    await storage.ratings.react(SECOND, CLEO, 4, at=after(2))

    await storage.ratings.clear(NOTE, at=after(3))

    assert await stars_of(storage, creation, BEN) is None
    assert await stars_of(storage, creation, CLEO) == 4


@pytest.mark.parametrize("is_undone_first", [False, True])
@pytest.mark.parametrize("undoing", ["unreact", "clear", "clear_emoji"])
async def test_what_is_undone_at_the_same_time_stays_undone(
    storage: Storage, creation: Creation, undoing: str, is_undone_first: bool
) -> None:
    async def undo() -> None:
        match undoing:
            case "unreact":
                await storage.ratings.unreact(NOTE, BEN, 5, at=after(1))
            case "clear":
                await storage.ratings.clear(NOTE, at=after(1))
            case _:
                await storage.ratings.clear_emoji(NOTE, 5, at=after(1))

    if is_undone_first:
        await undo()
    await storage.ratings.react(NOTE, BEN, 5, at=after(1))
    if not is_undone_first:
        await undo()
    assert await stars_of(storage, creation, BEN) is None

    await storage.ratings.react(NOTE, BEN, 5, at=after(2))
    assert await stars_of(storage, creation, BEN) == 5


@pytest.mark.parametrize("order", [(2, 4), (4, 2)])
async def test_of_two_reactions_at_the_same_time_the_higher_counts(
    storage: Storage, creation: Creation, order: tuple[int, int]
) -> None:
    for stars in order:
        await storage.ratings.react(NOTE, BEN, stars, at=after(1))

    assert await stars_of(storage, creation, BEN) == 4


async def test_reactions_of_one_member_at_once_come_to_the_latest(storage: Storage, creation: Creation) -> None:
    for second in range(0, 50, 10):
        await asyncio.gather(
            *(storage.ratings.react(NOTE, BEN, stars, at=after(second - stars)) for stars in range(1, 6))
        )

        assert await stars_of(storage, creation, BEN) == 1
        await storage.ratings.clear(NOTE, at=after(second))


@dataclass(frozen=True)
class Told:
    """One event, as Discord tells it; no member: cleared by a moderator, and no stars: of every emoji."""

    message: MessageId
    second: int
    member: MemberId | None = None
    stars: int | None = None
    is_added: bool = False


@dataclass
class Opinions:
    """The plain model: all events ever told, and what stands computed from the whole set each time."""

    told: set[Told] = field(default_factory=set)

    def stars(self, member: MemberId) -> int | None:
        standing = [
            (reaction.second, reaction.stars)
            for reaction in self.told
            if reaction.member == member and reaction.is_added and not self._is_undone(reaction)
        ]
        return max(standing)[1] if standing else None

    def _is_undone(self, reaction: Told) -> bool:
        return any(
            not later.is_added
            and later.second >= reaction.second
            and later.message == reaction.message
            and later.member in {None, reaction.member}
            and later.stars in {None, reaction.stars}
            for later in self.told
        )


async def tell(storage: Storage, event: Told) -> None:
    at = after(event.second)
    match event:
        case Told(member=None, stars=None):
            await storage.ratings.clear(event.message, at=at)
        case Told(member=None, stars=int(stars)):
            await storage.ratings.clear_emoji(event.message, stars, at=at)
        case Told(member=int(member), stars=int(stars), is_added=True):
            await storage.ratings.react(event.message, MemberId(member), stars, at=at)
        case Told(member=int(member), stars=int(stars)):
            await storage.ratings.unreact(event.message, MemberId(member), stars, at=at)
        case _:
            raise AssertionError(event)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def one_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from fresh_addresses(request.param, tmp_path_factory.mktemp("ratings"))


MESSAGES = itertools.count(10**18, step=2)  # Two new ones for each example, so that all can share a database.
STARS = st.integers(min_value=1, max_value=5)
RATERS = st.sampled_from([BEN, CLEO])


class Reactions(RuleBasedStateMachine):
    """Events as they come: in order, now and then twice, now and then late."""

    address: str
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opening = Storage.open(self.address, media_folder=self.folder / "media")
        self.storage = self.runner.run(self.opening.__aenter__())
        self.model = Opinions()
        self.second = 100
        self.messages = [MessageId(next(MESSAGES))]
        self.messages.append(MessageId(self.messages[0] + 1))

    @initialize()
    def create(self) -> None:
        self.creation = self.runner.run(created(self.storage, self.folder / "spool", *self.messages))

    @rule(which=st.integers(0, 1), member=RATERS, stars=STARS, is_added=st.booleans(), late=st.integers(0, 4))
    def hear(self, which: int, member: MemberId, stars: int, is_added: bool, late: int) -> None:
        self._hear(Told(self.messages[which], self.second - late, member, stars, is_added))

    @rule(which=st.integers(0, 1), stars=st.none() | STARS, late=st.integers(0, 4))
    def hear_of_a_clearing(self, which: int, stars: int | None, late: int) -> None:
        self._hear(Told(self.messages[which], self.second - late, stars=stars))

    @rule()
    def let_time_pass(self) -> None:
        self.second += 2

    @rule(which=st.integers(0, 100))
    def hear_again(self, which: int) -> None:
        if self.model.told:
            self._hear(sorted(self.model.told, key=repr)[which % len(self.model.told)])

    @invariant()
    def the_ratings_are_those_of_the_model(self) -> None:
        creation: Creation | None = getattr(self, "creation", None)
        if creation is not None:
            ratings = self.runner.run(self.storage.ratings.of(creation.id))
            expected = {member: self.model.stars(member) for member in (BEN, CLEO)}
            assert {rating.member: rating.stars for rating in ratings} == {
                member: stars for member, stars in expected.items() if stars is not None
            }

    def teardown(self) -> None:
        self.runner.run(self.opening.__aexit__(None, None, None))
        self.runner.close()

    def _hear(self, event: Told) -> None:
        self.model.told.add(event)
        self.runner.run(tell(self.storage, event))


def test_ratings_follow_a_simple_model(one_address: str, tmp_path: Path) -> None:
    machine = type("ReactionsHere", (Reactions,), {"address": one_address, "folder": tmp_path})
    run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=15, deadline=None))


EVENTS = st.lists(
    st.one_of(
        st.builds(
            Told,
            message=st.just(MessageId(0)),
            second=st.integers(0, 5),
            member=RATERS,
            stars=STARS,
            is_added=st.booleans(),
        ),
        st.builds(Told, message=st.just(MessageId(0)), second=st.integers(0, 5), stars=st.none() | STARS),
    ),
    max_size=8,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, chance=st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_does_not_matter(
    one_address: str, tmp_path: Path, events: list[Told], chance: random.Random
) -> None:
    async def rated(storage: Storage, order: list[Told]) -> list[tuple[MemberId, int]]:
        message = MessageId(next(MESSAGES))
        creation = await created(storage, tmp_path / "spool", message)
        for event in order:
            await tell(storage, replace(event, message=message))
        return [(rating.member, rating.stars) for rating in await storage.ratings.of(creation.id)]

    async def both_ways() -> None:
        shuffled = [*events, *events[:2]]
        chance.shuffle(shuffled)
        async with Storage.open(one_address, media_folder=tmp_path / "media") as storage:
            assert await rated(storage, events) == await rated(storage, shuffled)

    asyncio.run(both_ways())
