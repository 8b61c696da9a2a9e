"""Which limits hold for whom, and what a server's settings say before and after a change."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ChannelNotOpenError
from bot.features.settings import with_role
from bot.features.settings.words import words_in
from bot.house import House, limits_of
from inference.contract.errors import StorageUnavailableError, WordBlockedError
from inference.contract.identifiers import ChannelId, ModelName, RoleId
from inference.contract.image import Guard
from inference.contract.jobs import Limits
from inference.contract.mediums import Basis
from inference.contract.text import TextRequest
from storage import Storage
from storage.domain import Preset, ServerSettings
from tests.storage.databases import sqlite_address
from tests.storage.works import ANNA, NOON, SERVER

__all__ = ["sqlite_address"]

HERE, THERE = ChannelId(1), ChannelId(2)
MODEL = ModelName("fake")
PAINTER = ModelName("fake-pictures")
REVISION = TextRequest(prompt="a calm sea", model=MODEL, basis=Basis.REVISION, change="more krakens")

figures = st.none() | st.integers(0, 5)
limits = st.builds(Limits, a_day=figures, waiting=figures)
roles = st.dictionaries(st.integers(1, 5).map(RoleId), limits)


@pytest.fixture
async def storage(sqlite_address: str, tmp_path: Path) -> AsyncIterator[Storage]:
    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        yield storage


def house_over(storage: Storage) -> House:
    return House(
        storage.servers,
        text_model=MODEL,
        image_model=PAINTER,
        seeds_reactions=True,
        is_here=lambda name: name in ("fake", "other"),
        clock=lambda: NOON,
    )


def test_who_has_no_role_with_limits_has_those_of_everybody() -> None:
    settings = ServerSettings(limits=Limits(a_day=3), role_limits={RoleId(1): Limits(a_day=9)})
    assert limits_of(settings, [RoleId(2)]) == Limits(a_day=3)


def test_a_role_may_have_less_than_everybody() -> None:
    settings = ServerSettings(limits=Limits(a_day=3), role_limits={RoleId(1): Limits(a_day=1)})
    assert limits_of(settings, [RoleId(1)]) == Limits(a_day=1)


@given(everybody=limits, by_role=roles, held=st.sets(st.integers(1, 5).map(RoleId)))
def test_one_more_role_with_limits_never_takes_anything_from_who_has_one(
    everybody: Limits, by_role: dict[RoleId, Limits], held: set[RoleId]
) -> None:
    settings = ServerSettings(limits=everybody, role_limits=by_role)
    for role in held & by_role.keys():
        alone, together = limits_of(settings, [role]), limits_of(settings, held)
        assert is_at_least(together.a_day, alone.a_day)
        assert is_at_least(together.waiting, alone.waiting)


def is_at_least(limit: int | None, other: int | None) -> bool:
    return limit is None or (other is not None and limit >= other)


async def test_a_change_holds_at_once_and_for_the_next_to_start(storage: Storage) -> None:
    house = house_over(storage)
    was, now = await house.change(SERVER, lambda settings: replace(settings, channels=(HERE,)), by=ANNA)
    assert (was.channels, now.channels) == ((), (HERE,))
    for each in (house, house_over(storage)):
        await each.load()
        each.require_open(SERVER, HERE)
        with pytest.raises(ChannelNotOpenError):
            each.require_open(SERVER, THERE)


async def test_of_two_changes_at_once_neither_is_lost(storage: Storage) -> None:
    house = house_over(storage)
    await asyncio.gather(
        house.change(SERVER, lambda settings: replace(settings, language="zh-CN"), by=ANNA),
        house.change(SERVER, lambda settings: replace(settings, seeds_reactions=False), by=ANNA),
    )
    settings = await storage.servers.get(SERVER)
    assert (settings.language, settings.seeds_reactions) == ("zh-CN", False)


async def test_a_change_that_was_not_written_down_does_not_hold(storage: Storage, tmp_path: Path) -> None:
    house = house_over(storage)
    (tmp_path / "atelier.db").write_bytes(b"no database any longer" * 1000)
    with pytest.raises(StorageUnavailableError):
        await house.change(SERVER, lambda settings: replace(settings, channels=(HERE,)), by=ANNA)
    house.require_open(SERVER, THERE)


async def test_new_word_rules_hold_for_prompts_and_for_changes(storage: Storage) -> None:
    house = house_over(storage)
    house.require_fit(SERVER, REVISION)
    for word in ("Krakens", "calm"):
        await house.change(SERVER, partial(replace, blocked_words=(word,)), by=ANNA)
        with pytest.raises(WordBlockedError) as caught:
            house.require_fit(SERVER, REVISION)
        assert caught.value.word == word


async def test_a_chosen_model_writes_while_the_host_has_it(storage: Storage) -> None:
    house = house_over(storage)
    for chosen, expected in (("other", "other"), ("gone", "fake"), (None, "fake")):
        model = ModelName(chosen) if chosen else None
        await house.change(SERVER, partial(replace, text_model=model), by=ANNA)
        assert house.text_model_of(SERVER) == expected


async def test_who_names_no_model_gets_the_styles_or_the_servers_while_they_are_here(storage: Storage) -> None:
    house = house_over(storage)
    style = Preset(name="Sketch", frame="{prompt}, pencil", model=ModelName("fake"))
    assert house.image_model_of(SERVER) == PAINTER
    assert house.image_model_of(SERVER, style) == "fake"
    await house.change(SERVER, lambda settings: replace(settings, image_model=ModelName("other")), by=ANNA)
    assert house.image_model_of(SERVER) == "other"
    assert house.image_model_of(SERVER, replace(style, model=ModelName("gone"))) == "other"
    await house.change(SERVER, lambda settings: replace(settings, image_model=ModelName("gone")), by=ANNA)
    assert house.image_model_of(SERVER) == PAINTER


@pytest.mark.parametrize(
    ("guard", "guards", "ordinary", "age_restricted"),
    [
        (None, {}, Guard.HOLD, Guard.BLUR),
        (Guard.HOLD, {}, Guard.HOLD, Guard.HOLD),
        (Guard.BLUR, {}, Guard.BLUR, Guard.BLUR),
        (Guard.PASS, {}, Guard.BLUR, Guard.PASS),
        (Guard.PASS, {HERE: Guard.HOLD}, Guard.HOLD, Guard.HOLD),
        (Guard.HOLD, {HERE: Guard.PASS}, Guard.BLUR, Guard.PASS),
        (Guard.BLUR, {THERE: Guard.PASS}, Guard.BLUR, Guard.BLUR),
    ],
)
async def test_what_looks_unsafe_is_guarded_by_the_channel_and_passes_in_age_restricted_ones_alone(
    storage: Storage, guard: Guard | None, guards: dict[ChannelId, Guard], ordinary: Guard, age_restricted: Guard
) -> None:
    house = house_over(storage)
    await house.change(SERVER, lambda settings: replace(settings, guard=guard, guards=guards), by=ANNA)
    assert house.guard_in(SERVER, HERE, is_age_restricted=False) is ordinary
    assert house.guard_in(SERVER, HERE, is_age_restricted=True) is age_restricted


def test_roles_that_are_gone_are_forgotten_with_the_next_change() -> None:
    settings = ServerSettings(role_limits={RoleId(1): Limits(a_day=1), RoleId(2): Limits(a_day=2)})
    changed = with_role(settings, RoleId(3), Limits(a_day=3), known={RoleId(2), RoleId(3)})
    assert changed.role_limits == {RoleId(2): Limits(a_day=2), RoleId(3): Limits(a_day=3)}
    assert with_role(changed, RoleId(3), None, known={RoleId(2), RoleId(3)}).role_limits == {RoleId(2): Limits(a_day=2)}


def test_a_list_of_words_has_each_once_and_in_order() -> None:
    assert words_in("Zebra\n\n  apple pie \nZEBRA\n\u200b\nApple  Pie\n傻瓜") == ("Zebra", "apple pie", "傻瓜")
